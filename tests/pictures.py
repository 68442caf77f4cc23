"""Pictures for tests: handwriting-like digits, drawn by code, and their pen strokes for replay on a real canvas."""

import io
import itertools
import math
from collections.abc import Iterable, Sequence

import numpy as np
from PIL import Image, ImageDraw

Point = tuple[float, float]
Stroke = list[Point]

#: Of a stroke, as a share of the picture's side; about the canvas's own.
PEN_WIDTH = 0.07


def _arc(centre: Point, radii: Point, start: float, end: float, points: int = 24) -> Stroke:
    """Part of an ellipse, angles in degrees: 0 is right, 90 is below."""
    angles = (math.radians(start + (end - start) * i / (points - 1)) for i in range(points))
    return [(centre[0] + radii[0] * math.cos(a), centre[1] + radii[1] * math.sin(a)) for a in angles]


def _line(*corners: Point, points: int = 12) -> Stroke:
    """Straight lines from corner to corner, ``points`` on each."""
    stroke = [corners[0]]
    for (x0, y0), (x1, y1) in itertools.pairwise(corners):
        stroke += [(x0 + (x1 - x0) * i / points, y0 + (y1 - y0) * i / points) for i in range(1, points + 1)]
    return stroke


def _curve(*through: Point, points: int = 4) -> Stroke:
    """A smooth Catmull-Rom curve, ``points`` for each piece of it."""
    padded = [through[0], *through, through[-1]]
    stroke = [through[0]]
    for before, start, end, after in zip(padded, padded[1:], padded[2:], padded[3:], strict=False):
        for i in range(1, points + 1):
            t = i / points
            x, y = (
                (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2 + (3 * b - a - 3 * c + d) * t**3) / 2
                for a, b, c, d in zip(before, start, end, after, strict=True)
            )
            stroke.append((x, y))
    return stroke


#: Each digit's pen strokes: points in a unit square, x to the right, y down.
STROKES: dict[int, list[Stroke]] = {
    0: [_arc((0.5, 0.5), (0.19, 0.30), -80, -440)],
    1: [_line((0.54, 0.19), (0.47, 0.81), points=14)],
    2: [
        _curve((0.33, 0.34), (0.38, 0.24), (0.50, 0.19), (0.62, 0.25), (0.64, 0.37), (0.57, 0.51), (0.45, 0.66), (0.32, 0.78))
        + _line((0.32, 0.78), (0.69, 0.77))[1:]
    ],
    3: [
        _curve((0.34, 0.27), (0.44, 0.20), (0.57, 0.21), (0.63, 0.31), (0.57, 0.43), (0.44, 0.48))
        + _curve((0.44, 0.48), (0.58, 0.51), (0.66, 0.63), (0.61, 0.75), (0.48, 0.80), (0.33, 0.75))[1:]
    ],
    4: [_line((0.38, 0.21), (0.32, 0.53), (0.68, 0.52)), _line((0.62, 0.20), (0.58, 0.81))],
    5: [
        _line((0.40, 0.22), (0.36, 0.46))
        + _curve((0.36, 0.46), (0.48, 0.42), (0.60, 0.47), (0.65, 0.60), (0.59, 0.74), (0.46, 0.79), (0.33, 0.74))[1:],
        _line((0.40, 0.22), (0.66, 0.21)),
    ],
    6: [
        _curve(
            *((0.60, 0.19), (0.47, 0.31), (0.38, 0.46), (0.35, 0.63), (0.41, 0.76), (0.52, 0.80)),
            *((0.62, 0.73), (0.63, 0.61), (0.55, 0.53), (0.45, 0.55), (0.37, 0.65)),
        )
    ],
    7: [_line((0.32, 0.23), (0.68, 0.21)) + _curve((0.68, 0.21), (0.57, 0.43), (0.50, 0.60), (0.45, 0.81))[1:]],
    8: [
        _curve(
            *((0.61, 0.26), (0.50, 0.20), (0.39, 0.27), (0.42, 0.41), (0.55, 0.53), (0.62, 0.67)),
            *((0.53, 0.80), (0.41, 0.77), (0.37, 0.66), (0.46, 0.53), (0.58, 0.42), (0.63, 0.33), (0.61, 0.26)),
        )
    ],
    9: [
        _curve(
            *((0.62, 0.29), (0.54, 0.20), (0.42, 0.22), (0.36, 0.35), (0.42, 0.47), (0.53, 0.47), (0.61, 0.39)),
            *((0.63, 0.27), (0.62, 0.50), (0.57, 0.81)),
        )
    ],
}


def draw_digit(digit: int, side: int = 200, *, pen_width: float = PEN_WIDTH) -> Image.Image:
    """A clear handwritten digit, black on white: an RGB picture of ``side`` x ``side`` pixels."""
    return draw_digits([digit], side, pen_width=pen_width)


def draw_digits(digits: Iterable[int], side: int = 200, *, pen_width: float = PEN_WIDTH) -> Image.Image:
    """Several digits side by side, black on white; each in a square of ``side`` x ``side`` pixels."""
    digits = list(digits)
    image = Image.new("RGB", (side * len(digits), side), "white")
    for i, digit in enumerate(digits):
        draw_strokes(image, STROKES[digit], (i * side, 0), side, pen_width=pen_width)
    return image


def draw_strokes(
    image: Image.Image,
    strokes: Sequence[Stroke],
    corner: tuple[int, int],
    side: int,
    *,
    colour: str | tuple[int, ...] | int = "black",
    pen_width: float = PEN_WIDTH,
) -> None:
    """Draw strokes with a round pen into the square of ``side`` pixels whose top left is ``corner``."""
    pen = ImageDraw.Draw(image)
    radius = pen_width * side / 2
    for stroke in strokes:
        points = [(corner[0] + x * side, corner[1] + y * side) for x, y in stroke]
        pen.line(points, fill=colour, width=round(2 * radius), joint="curve")
        for x, y in points:
            pen.ellipse((x - radius, y - radius, x + radius, y + radius), fill=colour)


def photograph(
    digit: int,
    side: int = 300,
    *,
    paper: float = 0.85,
    ink: float = 0.25,
    gradient: float = 0.0,
    grain: float = 0.008,
    squares: int = 0,
    ruling: float = 0.35,
    seed: int = 0,
) -> Image.Image:
    """A digit on real paper: a grayscale picture of ``side`` x ``side`` pixels.

    Args:
        digit: 0-9.
        side: of the picture, pixels.
        paper: brightness of the paper, 0-1.
        ink: brightness of the ink, 0-1.
        gradient: how much darker the lower right corner is than the upper left, 0-1.
        grain: standard deviation of the paper's noise, 0-1.
        squares: how many squares of ruled paper lie along each side; 0 for none.
        ruling: how dark their lines are, as a share of the ink's contrast, 0-1.
        seed: of the noise.
    """
    pen = np.asarray(draw_digit(digit, side, pen_width=0.05).convert("L"), np.float64) / 255
    brightness = np.full((side, side), paper)
    if squares:
        for position in (np.arange(squares) + 0.4) * side / squares:
            line = int(position)
            brightness[line : line + 2] = brightness[:, line : line + 2] = paper - ruling * (paper - ink)
    brightness = pen * brightness + (1 - pen) * ink
    rows, columns = np.mgrid[:side, :side] / (side - 1)
    brightness -= gradient * (rows + columns) / 2
    brightness += np.random.default_rng(seed).normal(0, grain, brightness.shape)
    return Image.fromarray((np.clip(brightness, 0, 1) * 255).astype(np.uint8))


def as_file(image: Image.Image, format: str = "PNG", **options: object) -> bytes:
    """The bytes of a file of that format: ``"PNG"``, ``"JPEG"``, ``"WEBP"`` ..."""
    file = io.BytesIO()
    image.save(file, format, **options)
    return file.getvalue()
