"""Boxes in pictures, and the pictures of the preprocessing steps."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, kw_only=True, eq=False)
class PreprocessingStep:
    """The result of one preprocessing step: a picture, float32 ``(H, W)`` in 0-1, its name, and what was done."""

    name: str
    caption: str
    pixels: np.ndarray


@dataclass(frozen=True, kw_only=True)
class Box:
    """A rectangle in a picture: columns ``left`` to ``right`` and rows ``top`` to ``bottom``, the ends excluded, in pixels."""

    left: int
    top: int
    right: int
    bottom: int

    @property
    def width(self) -> int:
        return self.right - self.left

    @property
    def height(self) -> int:
        return self.bottom - self.top

    @property
    def area(self) -> int:
        return self.width * self.height


def bounding_box(mask: np.ndarray) -> Box:
    """The smallest box around all True pixels of a bool ``(H, W)`` mask, which must have at least one."""
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    return Box(left=int(columns[0]), top=int(rows[0]), right=int(columns[-1]) + 1, bottom=int(rows[-1]) + 1)


def inside(pixels: np.ndarray, box: Box) -> np.ndarray:
    """The part of an array that lies in the box."""
    return pixels[box.top : box.bottom, box.left : box.right]


def gap(first: Box, second: Box) -> tuple[int, int]:
    """The empty columns and rows between two boxes; negative where they overlap."""
    return (
        max(first.left, second.left) - min(first.right, second.right),
        max(first.top, second.top) - min(first.bottom, second.bottom),
    )


def union(first: Box, second: Box) -> Box:
    """The smallest box around both."""
    return Box(
        left=min(first.left, second.left),
        top=min(first.top, second.top),
        right=max(first.right, second.right),
        bottom=max(first.bottom, second.bottom),
    )
