"""What the browser benchmarks share: a bare page to compare with, a stroke, and a table."""

import shutil
import statistics
from pathlib import Path

from playwright.sync_api import Browser, Page, Playwright

from tests.server import CHROMIUM_ARGUMENTS, CHROMIUM_NAMES

BARE_CANVAS_PAGE = """
import streamlit as st
from streamlit_drawable_canvas import st_canvas

result = st_canvas(stroke_width=22, background_color="#fff", width=340, height=340, return_image_data=True, key="canvas")
ink = 0 if result.image_data is None else int((result.image_data[..., 0] < 128).sum())
with st.container(key="answer"):
    st.write(f"{ink} pixels" if ink else "blank")
"""
BARE_PAGE = """
import streamlit as st
from streamlit_drawable_canvas import st_canvas

st_canvas(width=340, height=340, key="canvas")
"""
SEVEN = [(0.25, 0.25), (0.72, 0.25), (0.45, 0.85)]


def launch(playwright: Playwright) -> Browser:
    """Chromium, the system's where there is one."""
    path = next(filter(None, map(shutil.which, CHROMIUM_NAMES)), None)
    return playwright.chromium.launch(executable_path=path, args=CHROMIUM_ARGUMENTS)


def write_page(folder: Path, code: str) -> Path:
    """Write a page to compare with; it runs under the same server settings."""
    path = folder / "bare.py"
    path.write_text(code)
    return path


def wait_for_canvas(page: Page) -> None:
    """Wait until the canvas takes strokes."""
    page.locator("canvas.upper-canvas").wait_for(timeout=60_000)


def draw_seven(page: Page, shift: float = 0.0) -> None:
    """Draw a 7 with the mouse, the pen still down on return."""
    box = page.locator("canvas.upper-canvas").bounding_box()
    points = [(box["x"] + (x + shift) * box["width"], box["y"] + y * box["height"]) for x, y in SEVEN]
    page.mouse.move(*points[0])
    page.mouse.down()
    for x, y in points[1:]:
        page.mouse.move(x, y, steps=5)


def row(name: str, values: list[float], unit: str = "ms", factor: float = 1000) -> str:
    """One line of a table: minimum, median, maximum."""
    low, middle, high = (f"{factor * v:>9.1f}" for v in (min(values), statistics.median(values), max(values)))
    return f"{name:<28}{low}{middle}{high} {unit}"


HEADER = f"{'':<28}{'min':>9}{'median':>9}{'max':>9}"
