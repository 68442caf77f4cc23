"""Feature maps as pictures, and as text for people who cannot see them."""

import numpy as np

from ui.shared.pictures import montage

#: Units of a dense layer shown in one row.
UNITS_A_ROW = 16
UNIT_CELL = 10


def strongest_first(activation: np.ndarray) -> np.ndarray:
    """The indices of a layer's feature maps ``(H, W, C)`` or units ``(N,)``, by descending largest magnitude."""
    return np.argsort(-np.abs(activation).reshape(-1, activation.shape[-1]).max(axis=0), kind="stable")


def pictures(
    activation: np.ndarray,
    *,
    limit: int | None = None,
    columns: int,
    cell: int,
    own_scale: bool = False,
    numbered: bool = False,
) -> str | None:
    """A layer's output as a picture on one colour scale; None if it cannot be drawn.

    Args:
        activation: float ``(H, W, C)``, drawn with the strongest map first, or ``(N,)``, drawn in order.
        limit: the number of maps to draw; None for all.
        columns: maps in one row.
        cell: the width of a map on the page, in pixels.
        own_scale: whether each map has its own colour scale.
        numbered: whether the number of each map stands below it, counted from 0.
    """
    if activation.ndim == 1:
        return _units(activation)
    if activation.ndim != 3:
        return None
    order = strongest_first(activation)[:limit]
    maps = activation.transpose(2, 0, 1)[order]
    signed = maps.min() < 0
    if own_scale:
        maps = maps / np.maximum(np.abs(maps).max(axis=(1, 2), keepdims=True), np.finfo(np.float32).tiny)
    labels = [str(number) for number in order] if numbered else None
    return montage(maps, columns=min(columns, len(maps)), cell=cell, signed=signed, labels=labels)


def in_words(activation: np.ndarray) -> str:
    """Describe a layer's output: the largest number and its position, the smallest, and the share of zeros."""
    if not activation.size:
        return "no numbers"
    place = tuple(int(index) for index in np.unravel_index(activation.argmax(), activation.shape))
    names = {1: ("unit",), 2: ("row", "column"), 3: ("row", "column", "map")}.get(len(place))
    where = ", ".join(f"{name} {index}" for name, index in zip(names, place, strict=True)) if names else f"index {place}"
    low, zeros = float(activation.min()), float(np.mean(activation == 0))
    return f"largest {activation[place]:.3g} at {where}, smallest {low:.3g}, {zeros:.0%} are zero"


def _units(activation: np.ndarray) -> str:
    rows = -(-len(activation) // UNITS_A_ROW)
    if rows > 2 * UNITS_A_ROW:  # too many to tell apart: draw the strongest
        activation, rows = activation[strongest_first(activation)[: UNITS_A_ROW**2]], UNITS_A_ROW
    cells = activation[:, None, None]
    return montage(cells, columns=min(UNITS_A_ROW, len(activation)), cell=UNIT_CELL, signed=activation.min() < 0)
