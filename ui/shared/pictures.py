"""Turn arrays into pictures for ``st.image``.

They are sent inside the page as data URLs: files of their own would be gone if the next stroke came before the browser has
fetched them, and each would cost a request.
"""

import base64
import io
from collections.abc import Sequence

import numpy as np
import streamlit as st
from PIL import Image, ImageDraw, ImageFont, ImageOps

from digitcore.figures import palette
from digitcore.figures.palette import rgb
from digitcore.geometry import Box
from digitcore.preprocessing.pictures import FORMATS, load_picture

GREY = 128
#: The long side of a visitor's picture as it is shown, in pixels.
LARGE = 1000
#: Half the space between two pictures of a montage, in the montage's pixels, two of which make a CSS pixel.
GAP = 3
#: The translucent colour between them, which separates light and dark pictures in both themes.
FRAME = (128, 128, 128, 70)
OPACITY = 0.85
#: The strip with a picture's label below it: its height and the size of the letters, in the montage's pixels, and its colours,
#: which can be read in both themes.
LABEL_HEIGHT, LABEL_SIZE = 30, 24
LABEL_GROUND, LABEL_INK = (38, 39, 48, 255), (255, 255, 255, 255)
#: The ends of a scale with white in the middle.
NEGATIVE, POSITIVE = np.array(rgb(palette.NEGATIVE)), np.array(rgb(palette.POSITIVE))


def tile(pixels: np.ndarray, side: int) -> str:
    """A square picture of a float ``(H, W)`` array in 0-1, sharp on a dense screen; small arrays keep their pixels visible."""
    image = Image.fromarray((np.clip(pixels, 0, 1) * 255).astype(np.uint8))
    side *= 2
    scale = (side - 2) / max(image.size)
    size = [max(1, round(length * scale)) for length in image.size]
    image = image.resize(size, Image.Resampling.NEAREST if scale > 1 else Image.Resampling.BOX)
    square = Image.new("L", (side, side), GREY)
    framed = ImageOps.expand(image, border=1, fill=GREY)
    square.paste(framed, ((side - framed.width) // 2, (side - framed.height) // 2))
    return data_url(square)


def montage(arrays: np.ndarray, *, columns: int, cell: int, signed: bool = False, labels: Sequence[str] | None = None) -> str:
    """Many small pictures in one, with a common scale: float ``(N, H, W)``, sharp on a dense screen.

    Args:
        arrays: the pictures.
        columns: the number of pictures side by side.
        cell: the width of each on the page, in CSS pixels.
        signed: whether zero is in the middle: negative numbers blue, positive ones orange.
        labels: what stands below each picture; None for nothing.
    """
    count, height, width = arrays.shape
    scale = max(1, round(2 * cell / width))
    colours = _diverging(arrays) if signed else _grey(arrays)
    colours = colours.repeat(scale, axis=1).repeat(scale, axis=2)
    rows = -(-count // columns)
    step_y, step_x = height * scale + 2 * GAP + (LABEL_HEIGHT if labels else 0), width * scale + 2 * GAP
    canvas = np.zeros((rows * step_y, columns * step_x, 4), np.uint8)
    canvas[:] = FRAME
    for number, picture in enumerate(colours):
        top, left = number // columns * step_y + GAP, number % columns * step_x + GAP
        canvas[top : top + height * scale, left : left + width * scale] = picture
    image = Image.fromarray(canvas)
    for number, label in enumerate(labels or ()):
        top, left = number // columns * step_y + GAP + height * scale, number % columns * step_x + GAP
        _write(image, label, (left, top, left + width * scale - 1, top + LABEL_HEIGHT - 1))
    return data_url(image)


def _write(image: Image.Image, text: str, box: tuple[int, int, int, int]) -> None:
    """Write a label into the middle of a box (left, top, right, bottom)."""
    pen = ImageDraw.Draw(image)
    pen.rectangle(box, fill=LABEL_GROUND)
    middle = ((box[0] + box[2]) / 2, (box[1] + box[3]) / 2)
    pen.text(middle, text, fill=LABEL_INK, font=ImageFont.load_default(LABEL_SIZE), anchor="mm")


def sheet(arrays: np.ndarray, *, columns: int, signed: bool = False) -> str:
    """Many small pictures in one with a common scale, as ``montage``, but one pixel a number and no space between them."""
    count, height, width = arrays.shape
    rows = -(-count // columns)
    colours = _diverging(arrays)[..., :3] if signed else _grey(arrays)[..., 0]
    cells = np.zeros((rows * columns, *colours.shape[1:]), np.uint8)
    cells[:count] = colours
    grid = cells.reshape(rows, columns, *colours.shape[1:]).swapaxes(1, 2)
    return data_url(Image.fromarray(grid.reshape(rows * height, columns * width, *colours.shape[3:])))


def overlay(image: np.ndarray, heat: np.ndarray, side: int) -> str:
    """A heatmap over a picture, both float ``(H, W)``: the picture in grey, positive heat in orange, negative heat in blue.

    Args:
        image: in 0-1.
        heat: in -1 to 1.
        side: the width on the page, in CSS pixels.
    """
    grey = np.clip(image, 0, 1)[..., None] * 255
    strength = np.clip(np.abs(heat), 0, 1)[..., None] * OPACITY
    hue = np.where(heat[..., None] < 0, NEGATIVE, POSITIVE)
    mixed = Image.fromarray((grey * (1 - strength) + hue * strength).astype(np.uint8))
    return data_url(mixed.resize((2 * side, 2 * side), Image.Resampling.NEAREST))


@st.cache_data(max_entries=16, show_spinner=False)
def upright(content: bytes) -> str:
    """A visitor's picture the right way up, as part of the page; see ``upright_image``."""
    return data_url(upright_image(content))


@st.cache_data(max_entries=16, show_spinner=False)
def with_boxes(content: bytes, boxes: Sequence[tuple[Box, str]]) -> str:
    """A visitor's picture the right way up, with boxes and what is read in each.

    Args:
        content: the bytes of the picture's file.
        boxes: in the picture's own pixels, each with a short text.

    Raises:
        ImageError: the picture cannot be used; see ``load_picture``.
    """
    image = upright_image(content).convert("RGB")
    height, _ = load_picture(content).size
    scale, size = image.height / height, max(14, image.width // 28)
    pen, font = ImageDraw.Draw(image), ImageFont.load_default(size)
    for box, text in boxes:
        corners = [scale * edge for edge in (box.left, box.top, box.right, box.bottom)]
        pen.rectangle(corners, outline=palette.ACCENT, width=max(2, size // 10))
        top = max(0, corners[1] - size - 2)
        label = pen.textbbox((corners[0], top), text, font=font)
        pen.rectangle((label[0] - 3, label[1] - 2, label[2] + 3, label[3] + 2), fill=palette.ACCENT)
        pen.text((corners[0], top), text, fill=palette.WHITE, font=font)
    return data_url(image)


def upright_image(content: bytes) -> Image.Image:
    """A visitor's picture the right way up, in its colours where Pillow can reduce it, else in grey.

    Raises:
        ImageError: the picture cannot be used; see ``load_picture``.
    """
    grey = Image.fromarray((load_picture(content).pixels * 255).astype(np.uint8))  # also checks what decoding costs
    try:
        image = Image.open(io.BytesIO(content), formats=FORMATS)
        image.thumbnail((LARGE, LARGE))
        image = ImageOps.exif_transpose(image)
    except Exception:  # a damaged file, of which ``load_picture`` has kept what can be read
        image = grey
    if image.mode != "RGB":
        image = grey
    image.thumbnail((LARGE, LARGE))
    return image


def data_url(image: Image.Image) -> str:
    """A picture as part of the page."""
    return f"data:image/png;base64,{base64.b64encode(as_png(image)).decode()}"


def _grey(arrays: np.ndarray) -> np.ndarray:
    """Zero, or the lowest number, black; the highest white; opaque."""
    low, high = min(0.0, float(arrays.min())), float(arrays.max())
    grey = (255 * (arrays - low) / ((high - low) or 1)).astype(np.uint8)
    return np.stack([grey, grey, grey, np.full_like(grey, 255)], axis=-1)


def _diverging(arrays: np.ndarray) -> np.ndarray:
    strength = np.abs(arrays)[..., None] / (np.abs(arrays).max() or 1)
    hue = np.where(arrays[..., None] < 0, NEGATIVE, POSITIVE)
    colours = 255 + (hue - 255) * strength
    return np.concatenate([colours, np.full_like(strength, 255)], axis=-1).astype(np.uint8)


def as_png(image: Image.Image) -> bytes:
    """The bytes of a PNG file."""
    file = io.BytesIO()
    image.save(file, "PNG")
    return file.getvalue()
