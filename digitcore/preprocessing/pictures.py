"""Check a visitor's picture and read it as grayscale.

Only the PNG, JPEG and WebP decoders are used, and the cost of a picture is checked before it is decoded.
"""

import io
import re
import struct
import zlib
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from digitcore.errors import ImageError, summary

ImageSource = str | Path | bytes | Image.Image | np.ndarray

FORMATS = ("PNG", "JPEG", "WEBP")
FILE_SUFFIXES = (".png", ".jpg", ".jpeg", ".webp")
#: A phone's best photo takes 8 MB.
MAX_BYTES = 10 * 1024 * 1024
MAX_PIXELS = 20_000_000
#: A JPEG that is not progressive is decoded at a half, a quarter or an eighth of its size, so that the best phones' photos fit.
MAX_SCALED_PIXELS = 50_000_000
#: While it decodes a WebP picture, Pillow holds four copies of it at 4 bytes per pixel: 190 MB for this many pixels.
MAX_WEBP_PIXELS = 12_000_000
#: Decoding a progressive JPEG goes over all its pixels once per scan. Cameras and programs write about ten.
MAX_JPEG_SCANS = 100
MIN_SIDE = 8

#: Larger pictures are reduced to about this many pixels along the long side; a digit needs fewer. The short side of a strip
#: keeps at least so many.
WORKING_SIDE, LEAST_WORKING_SIDE = 1024, 64

#: Brightness differences below this, on the scale 0-1, are invisible.
VISIBLE_CONTRAST = 0.05

#: The name under which an image notes how much larger its file is than what was decoded.
SCALE = "digitcore_scale"
#: What stands at the beginning of a HEIC or HEIF file (ISO/IEC 23008-12).
HEIC_BRANDS = (b"heic", b"heix", b"hevc", b"heim", b"heis", b"mif1", b"msf1")
JPEG_BLOCK = 16
JPEG_END = b"\xff\xd9"
#: A marker outside compressed data. Within such data, 0xFF is followed by 0x00, or by 0xD0-0xD7 at a restart.
JPEG_MARKER = re.compile(rb"\xff+([^\x00\xd0-\xd7\xff])", re.DOTALL)
#: What Pillow raises for a damaged file.
DECODING_ERRORS = (OSError, SyntaxError, ValueError, EOFError, struct.error, zlib.error)


@dataclass(frozen=True, kw_only=True, eq=False)
class Picture:
    """A grayscale picture, the right way up.

    Attributes:
        pixels: float32 ``(H, W)``, 0 black to 1 white.
        size: the original's (height, width), pixels; a large picture has been reduced.
        notes: remarks on how it was read.
    """

    pixels: np.ndarray
    size: tuple[int, int]
    notes: tuple[str, ...] = ()


def load_picture(source: ImageSource) -> Picture:
    """Read a picture, turn it upright, lay transparent parts on paper and reduce it to brightness.

    Args:
        source: a path, the bytes of a file, a PIL image, or a uint8 array ``(H, W)``, ``(H, W, 3)`` or ``(H, W, 4)``.

    Raises:
        ImageError: the picture has another format, or is too large, too small or too damaged.
    """
    if isinstance(source, Image.Image):
        _check_size(*source.size)
        try:
            source.load()
        except DECODING_ERRORS as error:
            raise ImageError(f"The picture is damaged and cannot be read ({summary(error)}).") from error
        return _to_picture(_upright(source), [])
    if isinstance(source, np.ndarray):
        return _to_picture(_from_array(source), [])
    return _decode(_read(source))


def _read(source: str | Path | bytes) -> bytes:
    if isinstance(source, bytes | bytearray | memoryview):
        content = bytes(source)
    elif isinstance(source, str | Path):
        try:
            path = Path(source)
            if path.stat().st_size > MAX_BYTES:
                raise _too_many_bytes(path.stat().st_size)
            content = path.read_bytes()
        except (OSError, ValueError) as error:
            raise ImageError(f"{source} cannot be read: {getattr(error, 'strerror', None) or error}.") from error
    else:
        raise ImageError(
            f"Cannot read a picture from {type(source).__name__}: give a path, bytes, a PIL image or a uint8 array."
        )
    if not content:
        raise ImageError("The file is empty. Choose a PNG, JPEG or WebP picture.")
    if len(content) > MAX_BYTES:
        raise _too_many_bytes(len(content))
    return content


def _too_many_bytes(size: int) -> ImageError:
    return ImageError(
        f"The file is {size / 2**20:.1f} MB; the limit is {MAX_BYTES // 2**20} MB. Save it smaller and try again."
    )


def _from_array(array: np.ndarray) -> Image.Image:
    if array.dtype != np.uint8 or array.ndim not in (2, 3) or (array.ndim == 3 and array.shape[2] not in (3, 4)):
        raise ImageError(f"The array is {array.dtype} {array.shape}; expected uint8 (H, W), (H, W, 3) or (H, W, 4).")
    _check_size(array.shape[1], array.shape[0])
    return Image.fromarray(np.ascontiguousarray(array))


def _check_size(width: int, height: int, max_pixels: int = MAX_PIXELS) -> None:
    if min(width, height) < MIN_SIDE:
        raise ImageError(f"The picture is {width} x {height} pixels; at least {MIN_SIDE} on each side are needed.")
    if width * height > max_pixels:
        raise ImageError(
            f"The picture is {width} x {height}, {width * height / 1e6:.1f} megapixels; the limit is {max_pixels // 10**6}. "
            "Save it smaller and try again."
        )


def _decode(content: bytes) -> Picture:
    image = _open(content)
    notes = []
    if getattr(image, "n_frames", 1) > 1 and image.format != "MPO":  # MPO: a camera's JPEG with a preview
        notes.append("The picture is animated; its first frame was read.")
    try:
        image.load()
    except DECODING_ERRORS as error:
        image = _salvage(image, content, error)
        notes.append("The file is cut off; only the remaining part was read.")
    return _to_picture(_upright(image), notes)


def _open(content: bytes) -> Image.Image:
    """Open a file by its content, not its name, and check what decoding would cost, without decoding it."""
    try:
        image = Image.open(io.BytesIO(content), formats=FORMATS)
    except Image.DecompressionBombError as error:
        raise ImageError(f"The picture is far over the limit of {MAX_PIXELS // 10**6} megapixels. Save it smaller.") from error
    except UnidentifiedImageError as error:
        if content[4:8] == b"ftyp" and content[8:12] in HEIC_BRANDS:
            raise ImageError(
                "This is a HEIC photo, as iPhones take them. Send it as a JPEG: choose Most Compatible under Settings, Camera, "
                "Formats, or save a copy as JPEG."
            ) from error
        raise ImageError("This is not a PNG, JPEG or WebP picture. Save it in one of these formats and try again.") from error
    except DECODING_ERRORS as error:
        raise ImageError(
            f"The picture is damaged and cannot be opened ({summary(error)}). Save a new copy and try again."
        ) from error
    is_jpeg = image.format in ("JPEG", "MPO")
    can_scale = is_jpeg and not image.info.get("progressive")
    _check_size(*image.size, MAX_SCALED_PIXELS if can_scale else MAX_WEBP_PIXELS if image.format == "WEBP" else MAX_PIXELS)
    if is_jpeg and _has_too_many_scans(content):
        raise ImageError(f"The JPEG has more than {MAX_JPEG_SCANS} scans; cameras write about ten. Save a new copy of it.")
    full_width = image.width
    if can_scale:
        image.draft(image.mode, (WORKING_SIDE, WORKING_SIDE))
    image.info[SCALE] = full_width / image.width
    return image


def _has_too_many_scans(content: bytes) -> bool:
    """Whether a JPEG has more scans than ``MAX_JPEG_SCANS``, counted by its markers only (ITU-T T.81, annex B)."""
    position, scans = 2, 0
    while (found := JPEG_MARKER.search(content, position)) and scans <= MAX_JPEG_SCANS:
        marker, position = found[1], found.end()
        if marker == b"\xd9":  # the end of the image
            break
        if marker not in b"\x01\xd8":  # all others are followed by their length
            scans += marker == b"\xda"
            position += int.from_bytes(content[position : position + 2], "big")
    return scans > MAX_JPEG_SCANS


def _salvage(image: Image.Image, content: bytes, error: Exception) -> Image.Image:
    """Keep the decoded rows of a cut-off file and crop the missing ones.

    Pillow's own switch for this would apply to every thread.
    """
    try:
        if image.format in ("JPEG", "MPO"):  # with an end marker appended, the decoder fills in the rest
            image = _open(content + JPEG_END)
        else:
            image.tile = []  # there is nothing left to decode
        image.load()
    except DECODING_ERRORS:
        raise ImageError(
            f"The picture is damaged and cannot be read ({summary(error)}). Save a new copy and try again."
        ) from error
    rows = np.asarray(image).reshape(image.height, -1)
    if (rows == rows[-1, -1]).all():
        raise ImageError("The file is cut off before its first row. Save a new copy and try again.")
    whole_rows = int(np.flatnonzero((rows != rows[-1, -1]).any(axis=1)).max()) + 1
    # A JPEG's last row of blocks may be incomplete.
    whole_rows -= JPEG_BLOCK if image.format == "JPEG" and whole_rows < image.height else 0
    _check_size(image.width, whole_rows)
    # crop() drops the EXIF data, and with it the orientation.
    exif = image.getexif()
    image = image.crop((0, 0, image.width, whole_rows))
    image.getexif().update(exif)
    return image


def _upright(image: Image.Image) -> Image.Image:
    try:
        return ImageOps.exif_transpose(image)
    except Exception:  # unreadable EXIF gives no orientation; Pillow raises many types of exception for it
        return image


def _to_picture(image: Image.Image, notes: list[str]) -> Picture:
    size = (image.height, image.width)
    full_size = (round(image.height * image.info.get(SCALE, 1)), round(image.width * image.info.get(SCALE, 1)))
    reduction = max(1, min(max(size) // WORKING_SIDE, min(size) // LEAST_WORKING_SIDE))
    if image.mode.startswith("I") or image.mode == "F":
        # Pillow's own conversion would clip 16 bits at 255.
        values = np.asarray(image, dtype=np.float32)
        scaled = Image.fromarray(np.clip(values / (255 if values.max() <= 255 else 65535), 0, 1))
        return Picture(pixels=np.asarray(scaled.reduce(reduction)), size=full_size, notes=tuple(notes))
    mode = "RGBA" if image.has_transparency_data else "L" if image.mode in ("1", "L") else "RGB"
    image = image if image.mode == mode else image.convert(mode)
    values = np.asarray(image if reduction == 1 else image.reduce(reduction))
    brightness = values if mode == "L" else cv2.cvtColor(values, cv2.COLOR_RGBA2GRAY if mode == "RGBA" else cv2.COLOR_RGB2GRAY)
    pixels = brightness.astype(np.float32) / 255
    if mode == "RGBA" and values[..., 3].min() < 255:
        pixels = _composite(pixels, values[..., 3].astype(np.float32) / 255)
    return Picture(pixels=pixels, size=full_size, notes=tuple(notes))


def _composite(brightness: np.ndarray, alpha: np.ndarray) -> np.ndarray:
    """Lay ink on white paper; light ink, which would vanish there, on black."""
    on_white = alpha * brightness + (1 - alpha)
    if np.ptp(on_white) < VISIBLE_CONTRAST <= np.ptp(alpha):
        return alpha * brightness
    return on_white
