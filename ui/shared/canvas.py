"""The drawing canvas, which keeps the drawing across pages."""

import binascii
from pathlib import Path

import streamlit as st
from streamlit_drawable_canvas import CanvasResult, st_canvas

#: The side of the drawing in its own pixels; on the page it is as wide as its column.
SIDE = 340
#: The width of a drawing with room for a number.
WIDE = 4 * SIDE
THINNEST, PEN_WIDTH, THICKEST = 8, 22, 40
PEN_SCRIPT = Path(__file__).with_name("canvas_pen.js").read_text("utf-8")
PEN_STYLE = Path(__file__).with_name("canvas_pen.css").read_text("utf-8")
PEN_HTML = f'<label>Pen <input type="range" aria-label="Pen width" min="{THINNEST}" max="{THICKEST}"></label>'


def digit_canvas(key: str = "canvas", *, width: int = SIDE) -> bytes | None:
    """Show a canvas with undo, clear and pen width. The drawing is still there when the visitor returns to it.

    Args:
        key: the session-state key; canvases with the same key show the same drawing.
        width: of the drawing, in its own pixels; it is ``SIDE`` high.

    Returns:
        The drawing as a PNG, black on white; None if the canvas is blank.
    """
    state = _state(key)
    if key not in st.session_state:
        # The canvas is new on this page: start with the earlier drawing.
        state["start"] = {"objects": state["objects"]}
    with st.container(key=f"{key}_area"):
        state["pen_width"] = _pen_chosen(f"{key}_pen", state["pen_width"])
        result = st_canvas(
            stroke_width=state["pen_width"],
            stroke_color="#000000",
            background_color="#ffffff",
            width=width,
            height=SIDE,
            initial_drawing=state["start"],
            return_image_data=True,
            key=key,
        )
        objects, png = _reported(result)
        if png is not None and png != state["stale"]:
            state.update(objects=objects, png=png, stale=None)
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            _pen(f"{key}_pen", state["pen_width"], aspect=width / SIDE)
            with st.container(horizontal=True, gap="small", width="content"):
                _buttons(state)
    return state["png"] if state["objects"] else None


def _state(key: str) -> dict:
    return st.session_state.setdefault(
        f"{key}_drawing", {"objects": [], "png": None, "start": None, "stale": None, "pen_width": PEN_WIDTH}
    )


def _buttons(state: dict) -> None:
    objects = state["objects"]
    st.button("Undo", icon=":material/undo:", on_click=_start_with, args=(state, objects[:-1]), disabled=not objects)
    st.button("Clear", icon=":material/delete:", on_click=_start_with, args=(state, []), disabled=not objects)


def _pen_chosen(key: str, before: int) -> int:
    width = (st.session_state.get(key) or {}).get("width")
    return width if isinstance(width, int) and THINNEST <= width <= THICKEST else before


def _pen(key: str, width: int, *, aspect: float) -> None:
    """The slider of the pen's width, which tells the server when it has come to rest.

    Streamlit builds the canvas anew, without what was drawn, if its data change twice in quick succession. The component also
    fits the canvas to its column and hides the canvas's own toolbar.
    """
    pen = st.components.v2.component("canvas_pen", html=PEN_HTML, css=PEN_STYLE, js=PEN_SCRIPT)
    pen(data={"width": width, "aspect": aspect}, key=key, on_width_change=lambda: None)


def _reported(result: CanvasResult) -> tuple[list, bytes | None]:
    """The strokes and the PNG that the browser sent; nothing if it sent anything else."""
    match result.json_data:
        case {"objects": list(objects)} if all(isinstance(each, dict) for each in objects):
            try:
                return objects, result.image_bytes
            except (ValueError, AttributeError, TypeError, binascii.Error):  # no data URL
                pass
    return [], None


def _start_with(state: dict, objects: list) -> None:
    """Give the canvas new content, and ignore what it still reports about the old content."""
    revision = (state["start"] or {}).get("revision", 0) + 1  # the canvas reloads only when this changes
    state.update(start={"objects": objects, "revision": revision}, stale=state["png"], objects=objects)


def put_drawing(objects: list[dict], png: bytes, key: str = "canvas") -> None:
    """Put a drawing on the canvas, in place of what is there.

    Args:
        objects: its strokes, as the canvas describes them.
        png: the same drawing, black on white, which counts until the canvas has reported its own.
        key: the canvas's key.
    """
    state = _state(key)
    _start_with(state, objects)
    state["png"] = png


def last_drawing(key: str = "canvas") -> bytes | None:
    """The visitor's latest drawing on that canvas as a PNG; None if it is blank or was never opened."""
    state = st.session_state.get(f"{key}_drawing", {})
    return state["png"] if state.get("objects") else None
