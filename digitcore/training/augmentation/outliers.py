"""Images that show no digit, made by rule, so that a network learns when to be unsure (outlier exposure).

The idea is from Hendrycks, Mazeika and Dietterich, "Deep anomaly detection with outlier exposure" (ICLR 2019). Everything is
drawn here or made of training digits; no other pictures are used. Letters come from the fonts of this machine and Pillow's own.
"""

from collections.abc import Callable
from functools import cache
from pathlib import Path

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from digitcore.preprocessing.mnist_style import SIDE, centre
from digitcore.training.augmentation.canvas import ZOOM, Canvas, to_image
from digitcore.training.augmentation.pens import change_pen

#: Letters and signs that no handwritten digit resembles.
LETTERS = "AEFHKMNPRUVWXadefhkmnrtuvwx&@#%?+=*$€ΓΔΛΞΠΣΨΩλμπψωЖДИЛШЩЪЫЮЯ"
#: Debian keeps fonts here; which are installed differs between machines.
FONT_DIR = Path("/usr/share/fonts")
FONT_SUFFIXES = (".ttf", ".otf")
MOST_FONTS = 60
CANVAS_SIDE = SIDE * ZOOM

#: Digits that look like no digit when they are mirrored, or turned by 90 or 180 degrees.
MIRRORED, TURNED_90, TURNED_180 = (3, 4, 6, 7, 9), (2, 3, 4, 5, 6, 7, 9), (3, 4, 7)
#: Digits whose upper or lower half, or left or right half, looks like no digit.
HALVED_ACROSS, HALVED_DOWN = (2, 3, 5), (0, 3, 8)

Source = Callable[[np.random.Generator], tuple[np.ndarray, int]]
Kind = Callable[[Source, np.random.Generator], np.ndarray]


def make_outliers(count: int, images: np.ndarray, labels: np.ndarray, generator: np.random.Generator) -> np.ndarray:
    """Images that show no digit.

    Args:
        count: how many.
        images: float32 ``(N, 28, 28)`` in 0-1, white on black: digits to make some of them of.
        labels: their labels, ``(N,)``.
        generator: the source of randomness.

    Returns:
        float32 ``(count, 28, 28)`` in 0-1.
    """

    def digit(generator: np.random.Generator) -> tuple[np.ndarray, int]:
        index = generator.integers(len(images))
        return images[index], int(labels[index])

    kinds = generator.choice(len(KINDS), count, p=SHARES)
    return np.array([KINDS[kind](digit, generator) for kind in kinds], np.float32).reshape(count, SIDE, SIDE)


def _fitted(ink: np.ndarray) -> np.ndarray:
    image = to_image(ink)
    return np.zeros((SIDE, SIDE), np.float32) if image is None else image


def _strokes(digit: Source, generator: np.random.Generator) -> np.ndarray:
    """A few random lines and curves, from a scribble to an invented sign."""
    ink = np.zeros((CANVAS_SIDE, CANVAS_SIDE), np.uint8)
    pen = int(generator.integers(2, 8))
    for _ in range(generator.integers(3, 8)):
        corners = generator.uniform(4, CANVAS_SIDE - 4, (generator.integers(2, 6), 2))
        if generator.random() < 0.6:
            corners = _smooth(corners)
        cv2.polylines(ink, [np.round(corners * 16).astype(np.int32)], False, 255, pen, cv2.LINE_AA, 4)
    return _fitted(ink)


def _smooth(corners: np.ndarray) -> np.ndarray:
    """The Bezier curve of the corners."""
    t = np.linspace(0, 1, 24)[:, None, None]
    points = np.broadcast_to(corners, (24, *corners.shape))
    while points.shape[1] > 1:
        points = (1 - t) * points[:, :-1] + t * points[:, 1:]
    return points[:, 0]


def _glyph(digit: Source, generator: np.random.Generator) -> np.ndarray:
    """A letter or a sign, as printed or as if written with another pen."""
    font = _fonts()[generator.integers(len(_fonts()))]
    letter = LETTERS[generator.integers(len(LETTERS))]
    image = Image.new("L", (120, 120))
    ImageDraw.Draw(image).text((60, 60), letter, 255, font, anchor="mm")
    canvas = Canvas(cv2.resize(np.asarray(image), (CANVAS_SIDE, CANVAS_SIDE), interpolation=cv2.INTER_AREA))
    if generator.random() < 0.7:
        change_pen(canvas, generator)
    return _fitted(canvas.ink)


@cache
def _fonts() -> tuple[ImageFont.FreeTypeFont, ...]:
    paths = sorted(path for path in FONT_DIR.rglob("*") if path.suffix.lower() in FONT_SUFFIXES)[:MOST_FONTS]
    found = [ImageFont.load_default(72)]
    for path in paths:
        try:
            found.append(ImageFont.truetype(path, 72))
        except OSError:
            continue
    return tuple(found)


def _merged(digit: Source, generator: np.random.Generator) -> np.ndarray:
    """Two or three digits over each other."""
    image = digit(generator)[0]
    for _ in range(generator.integers(1, 3)):
        image = np.maximum(image, _turned(digit(generator)[0], generator.uniform(-90, 90), generator.uniform(-5, 5, 2)))
    return _fitted(_bytes(image))


def _side_by_side(digit: Source, generator: np.random.Generator) -> np.ndarray:
    """Two to four digits in a row, which is a number and not a digit."""
    parts = []
    for _ in range(generator.choice([2, 2, 2, 3, 4])):
        image = digit(generator)[0]
        columns = np.flatnonzero(image.max(axis=0) > 0.2)
        parts.append(image[:, columns[0] : columns[-1] + 1] if len(columns) else image)
        parts.append(np.zeros((SIDE, generator.integers(0, 6)), np.float32))
    return _fitted(_bytes(np.concatenate(parts[:-1], axis=1)))


def _turned_digit(digit: Source, generator: np.random.Generator) -> np.ndarray:
    """A digit in the mirror, lying on its side, or upside down, if it is none then."""
    for _ in range(20):
        image, label = digit(generator)
        turns = [kind for kind, labels in enumerate((MIRRORED, TURNED_90, TURNED_180)) if label in labels]
        if not turns:
            continue
        kind = turns[generator.integers(len(turns))]
        if kind == 0:
            return image[:, ::-1]
        return np.rot90(image, 2 if kind == 2 else generator.choice([1, 3]))
    return _strokes(digit, generator)


def _mixed_halves(digit: Source, generator: np.random.Generator) -> np.ndarray:
    """The upper half of one digit above the lower half of another that is turned on its side, or one half alone."""
    image, label = digit(generator)
    if generator.random() < 0.5 and label in HALVED_ACROSS:
        half = image[: SIDE // 2] if generator.random() < 0.5 else image[SIDE // 2 :]
        return _fitted(_bytes(half))
    if generator.random() < 0.5 and label in HALVED_DOWN:
        half = image[:, : SIDE // 2] if generator.random() < 0.5 else image[:, SIDE // 2 :]
        return _fitted(_bytes(half))
    below = np.rot90(digit(generator)[0], generator.choice([1, 3]))
    return _fitted(_bytes(np.concatenate([image[: SIDE // 2], below[SIDE // 2 :]])))


def _silhouette(digit: Source, generator: np.random.Generator) -> np.ndarray:
    """A filled shape with one axis of symmetry and a pattern inside, such as a garment, a bottle or a leaf has."""
    side = CANVAS_SIDE
    ys = np.linspace(4, side - 4, generator.integers(4, 9))
    widths = generator.uniform(0.05, 0.48, len(ys)) * side
    outline = np.concatenate([np.stack([side / 2 - widths, ys], 1), np.stack([side / 2 + widths, ys], 1)[::-1]])
    shape = np.zeros((side, side), np.uint8)
    cv2.fillPoly(shape, [np.round(outline).astype(np.int32)], 255)
    if generator.random() < 0.3:  # two legs, or two sleeves
        half, top = generator.uniform(1, 9), generator.uniform(0.15, 0.6) * side
        cv2.fillPoly(shape, [np.round([[side / 2, top], [side / 2 - half, side], [side / 2 + half, side]]).astype(np.int32)], 0)
    if generator.random() < 0.5:
        shape = cv2.warpAffine(
            shape, cv2.getRotationMatrix2D((side / 2, side / 2), generator.uniform(-90, 90), 1), (side, side)
        )
    inside = 0.35 + 0.65 * _texture((side, side), generator)
    return _fitted((shape * inside).astype(np.uint8))


def _shapes(digit: Source, generator: np.random.Generator) -> np.ndarray:
    """Filled rectangles, discs and polygons."""
    ink = np.zeros((CANVAS_SIDE, CANVAS_SIDE), np.uint8)
    for _ in range(generator.integers(1, 4)):
        value = int(generator.integers(120, 256))
        corners = np.round(generator.uniform(2, CANVAS_SIDE - 2, (generator.integers(4, 7), 2))).astype(np.int32)
        kind = generator.integers(3)
        if kind == 0:
            cv2.rectangle(ink, corners[0].tolist(), (corners[0] + generator.integers(12, 40, 2)).tolist(), value, -1)
        elif kind == 1:
            axes = generator.integers(9, 24, 2).tolist()
            cv2.ellipse(ink, corners[0].tolist(), axes, generator.uniform(0, 180), 0, 360, value, -1)
        else:
            cv2.fillPoly(ink, [corners], value)
    return _fitted(ink)


def _texture_image(digit: Source, generator: np.random.Generator) -> np.ndarray:
    """Noise of some grain, stripes or a gradient over the whole image."""
    image = _texture((SIDE, SIDE), generator)
    if generator.random() < 0.5:
        size = generator.integers(10, 21, 2)
        return centre(image[: size[0], : size[1]])
    return image


def _texture(shape: tuple[int, int], generator: np.random.Generator) -> np.ndarray:
    """float32 of that shape in 0-1."""
    if generator.random() < 0.4:
        rows, columns = np.mgrid[: shape[0], : shape[1]]
        angle, length = generator.uniform(0, np.pi), generator.uniform(3, 24)
        wave = np.sin(2 * np.pi * (rows * np.sin(angle) + columns * np.cos(angle)) / length + generator.uniform(0, 6))
        return np.clip(0.5 + generator.uniform(0.5, 2) * wave, 0, 1).astype(np.float32)
    cells = int(generator.integers(2, 15))
    field = cv2.resize(generator.random((cells, cells), np.float32), shape[::-1], interpolation=cv2.INTER_LINEAR)
    return np.clip(0.5 + generator.uniform(0.8, 4) * (field - 0.5), 0, 1)


def _turned(image: np.ndarray, angle: float, shift: np.ndarray) -> np.ndarray:
    matrix = cv2.getRotationMatrix2D((SIDE / 2, SIDE / 2), angle, 1)
    matrix[:, 2] += shift
    return cv2.warpAffine(image, matrix, (SIDE, SIDE))


def _bytes(image: np.ndarray) -> np.ndarray:
    return np.round(np.clip(image, 0, 1) * 255).astype(np.uint8)


#: Each kind of outlier and how often it is made, in relation to the others.
_WEIGHTS: dict[Kind, float] = {
    _strokes: 2,
    _glyph: 4,
    _merged: 1,
    _side_by_side: 1.5,
    _turned_digit: 2,
    _mixed_halves: 1,
    _silhouette: 2,
    _shapes: 1,
    _texture_image: 0.7,
}
KINDS = tuple(_WEIGHTS)
SHARES = np.array(list(_WEIGHTS.values())) / sum(_WEIGHTS.values())
