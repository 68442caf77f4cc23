"""A confusion matrix, or the difference of two -> the cells of a table, with colours that suit a light and a dark page."""

from dataclasses import dataclass

import numpy as np

from digitcore.figures import palette


@dataclass(frozen=True, kw_only=True)
class Colours:
    """The colours of a cell on one kind of page, as in CSS."""

    ground: str
    text: str


@dataclass(frozen=True, kw_only=True)
class Cell:
    """One cell of the table.

    Attributes:
        text: its number; empty for zero.
        description: label, prediction and number in words.
        light: its colours on a light page.
        dark: its colours on a dark page.
    """

    text: str
    description: str
    light: Colours
    dark: Colours


def confusion_cells(counts: np.ndarray) -> list[Cell]:
    """The cells of a confusion matrix, row by row: blue where the prediction is right, orange where it is wrong.

    Args:
        counts: int ``(10, 10)``, rows by label, columns by prediction.
    """
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    right = np.eye(10, dtype=bool)
    # Mistakes are a thousand times rarer than right predictions, so they have their own scale; the root shows single ones.
    strength = np.where(right, shares, np.sqrt(shares / max(shares[~right].max(), 1e-9)))
    return [
        _cell(f"{count:,}", count, f"{_place(number)}: {images(count)}", is_blue, part)
        for number, (count, is_blue, part) in enumerate(zip(counts.flat, right.flat, strength.flat, strict=True))
    ]


def difference_cells(first: np.ndarray, second: np.ndarray, *, names: tuple[str, str]) -> list[Cell]:
    """What the second of two confusion matrices has more or less than the first, row by row; blue where it is better.

    Better is a smaller number of mistakes and, on the diagonal, a larger number of right predictions.

    Args:
        first: int ``(10, 10)``, of the same images as ``second``.
        second: int ``(10, 10)``.
        names: of the two models.
    """
    more = second - first
    better = np.where(np.eye(10, dtype=bool), more, -more) > 0
    strength = np.sqrt(np.abs(more) / max(np.abs(more).max(), 1))
    cells = []
    for number, (difference, before, after, is_blue, part) in enumerate(
        zip(more.flat, first.flat, second.flat, better.flat, strength.flat, strict=True)
    ):
        text = f"{difference:+,}".replace("-", "−")
        description = f"{_place(number)}: {text} ({names[0]} {before:,}, {names[1]} {after:,})"
        cells.append(_cell(text, difference, description, is_blue, part))
    return cells


def images(count: int) -> str:
    """Such as "1 image" or "1,032 images"."""
    return "1 image" if count == 1 else f"{count:,} images"


def _place(number: int) -> str:
    label, prediction = divmod(number, 10)
    return f"{label} read as {prediction}"


def _cell(text: str, value: int, description: str, is_blue: bool, strength: float) -> Cell:
    colour = palette.MATRIX_RIGHT if is_blue else palette.MATRIX_WRONG
    light, dark = (_colours(palette.blend(colour, page, float(strength))) for page in (palette.PAGE, palette.DARK_PAGE))
    return Cell(text=text if value else "", description=description, light=light, dark=dark)


def _colours(ground: str) -> Colours:
    return Colours(ground=ground, text=palette.readable_on(ground))
