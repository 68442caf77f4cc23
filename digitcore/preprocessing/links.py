"""A digit as text, short enough for a link."""

import base64
import zlib

import numpy as np

from digitcore.errors import DataError

SHAPE = (28, 28)


def encode(image: np.ndarray) -> str:
    """Encode a float ``(28, 28)`` image in 0-1, in steps of 1/255, as a text of about 300 characters for a link."""
    pixels = np.round(np.clip(image, 0, 1) * 255).astype(np.uint8)
    return base64.urlsafe_b64encode(zlib.compress(pixels.tobytes(), 9)).decode().rstrip("=")


def decode(code: str) -> np.ndarray:
    """Decode the text that ``encode`` returned: float32 ``(28, 28)`` in 0-1.

    Raises:
        DataError: the text does not contain such an image.
    """
    try:
        packed = base64.urlsafe_b64decode(code + "=" * (-len(code) % 4))
        pixels = zlib.decompressobj().decompress(packed, SHAPE[0] * SHAPE[1] + 1)  # no more, however much a link unpacks to
    except (ValueError, zlib.error) as error:
        raise DataError("The link does not contain a digit.") from error
    if len(pixels) != SHAPE[0] * SHAPE[1]:
        raise DataError("The digit in the link is not 28 × 28 pixels.")
    return np.frombuffer(pixels, np.uint8).reshape(SHAPE).astype(np.float32) / 255
