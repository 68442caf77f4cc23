"""Drawings to try on the empty page."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import streamlit as st
from PIL import Image, ImageDraw

from ui.shared.canvas import SIDE, put_drawing
from ui.shared.pictures import as_png, data_url

#: One stroke of the pen, as the canvas holds it: "M" for its start, then "L" for lines and "C" for cubic Bézier curves.
Path = list[list[str | float]]
#: The width of the pictures on the buttons, twice what they have on the page.
BUTTON_SIDE = 128
#: The picture is drawn this much larger and reduced, for smooth edges.
OVERSAMPLING = 4
POINTS_PER_CURVE = 16


@dataclass(frozen=True, kw_only=True)
class Example:
    """A drawing: what it is called, its strokes, and the width of the pen, both in the canvas's pixels."""

    title: str
    paths: list[Path]
    pen_width: int = 22

    @property
    def objects(self) -> list[dict]:
        """The strokes as objects of the canvas."""
        style = {"type": "path", "fill": None, "stroke": "black", "strokeLineCap": "round", "strokeLineJoin": "round"}
        return [style | {"strokeWidth": self.pen_width, "path": path} for path in self.paths]

    @cached_property
    def image(self) -> Image.Image:
        """The drawing, black on white, as large as the canvas."""
        image = Image.new("L", (SIDE * OVERSAMPLING,) * 2, "white")
        pen, radius = ImageDraw.Draw(image), self.pen_width * OVERSAMPLING / 2
        for path in self.paths:
            points = [tuple(OVERSAMPLING * point) for point in _points(path)]
            pen.line(points, fill="black", width=round(2 * radius), joint="curve")
            for x, y in points:
                pen.ellipse((x - radius, y - radius, x + radius, y + radius), fill="black")
        return image.resize((SIDE, SIDE), Image.Resampling.BOX)

    @cached_property
    def png(self) -> bytes:
        return as_png(self.image)

    @cached_property
    def button(self) -> str:
        """The label of its button, with the picture in it."""
        small = self.image.resize((BUTTON_SIDE, BUTTON_SIDE), Image.Resampling.BOX)
        return f"![]({data_url(small)}) {self.title}"


def _points(path: Path) -> list[np.ndarray]:
    """A stroke as points that lie close together."""
    points = []
    for kind, *numbers in path:
        corners = np.reshape(numbers, (-1, 2))
        if kind == "C":
            start, shares = points[-1], np.linspace(0, 1, POINTS_PER_CURVE + 1)[1:, None]
            weights = [(1 - shares) ** 3, 3 * (1 - shares) ** 2 * shares, 3 * (1 - shares) * shares**2, shares**3]
            points.extend(sum(weight * corner for weight, corner in zip(weights, (start, *corners), strict=True)))
        else:
            points.append(corners[0])
    return points


EXAMPLES = (
    Example(
        title="A clear 3",
        paths=[
            [
                ["M", 112, 95], ["C", 135, 50, 220, 50, 220, 110], ["C", 220, 150, 180, 165, 150, 165],
                ["C", 190, 165, 230, 185, 230, 228], ["C", 230, 290, 145, 298, 104, 252],
            ],
        ],
    ),
    Example(
        title="A 4 that could be a 9",
        paths=[
            [["M", 138, 78], ["C", 78, 85, 100, 140, 104, 178], ["C", 110, 205, 190, 205, 226, 165]],
            [["M", 226, 72], ["L", 214, 285]],
        ],
    ),
    Example(
        title="A letter",
        paths=[[["M", 225, 70], ["L", 115, 70], ["L", 115, 270], ["L", 230, 270]], [["M", 115, 168], ["L", 205, 168]]],
    ),
    Example(
        title="A tiny digit",
        pen_width=4,
        paths=[
            [["M", 163, 159], ["L", 162, 168], ["C", 167, 164, 175, 167, 175, 173], ["C", 175, 181, 167, 182, 162, 178]],
            [["M", 163, 159], ["L", 174, 159]],
        ],
    ),
)  # fmt: skip


def show_examples() -> None:
    """Show buttons that put a drawing on the canvas."""
    st.caption("Or try one of these. The networks know the ten digits alone, so they take a letter for one of them.")
    with st.container(horizontal=True, gap="xsmall", key="recognise_examples"):
        for number, example in enumerate(EXAMPLES):
            st.button(example.button, key=f"recognise_example_{number}", on_click=_draw, args=(example,), width="stretch")


def _draw(example: Example) -> None:
    st.session_state["way_in"] = "Draw"
    put_drawing(example.objects, example.png)
