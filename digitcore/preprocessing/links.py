"""A digit as text, short enough for a link."""

import base64
import zlib

import numpy as np

from digitcore.errors import DataError

SHAPE = (28, 28)


def encode(image: np.ndarray) -> str:
    """A float ``(28, 28)`` in 0-1 as text for a link, of some 300 characters; it keeps steps of 1/255."""
    pixels = np.round(np.clip(image, 0, 1) * 255).astype(np.uint8)
    return base64.urlsafe_b64encode(zlib.compress(pixels.tobytes(), 9)).decode().rstrip("=")


def decode(code: str) -> np.ndarray:
    """What ``encode`` was given, as float32 ``(28, 28)``.

    Raises:
        DataError: the text holds no such picture.
    """
    try:
        packed = base64.urlsafe_b64decode(code + "=" * (-len(code) % 4))
        pixels = zlib.decompressobj().decompress(packed, SHAPE[0] * SHAPE[1] + 1)  # no more, whatever a link claims
    except (ValueError, zlib.error) as error:
        raise DataError("The link does not contain a digit.") from error
    if len(pixels) != SHAPE[0] * SHAPE[1]:
        raise DataError("The link's digit has another size than 28 × 28.")
    return np.frombuffer(pixels, np.uint8).reshape(SHAPE).astype(np.float32) / 255
