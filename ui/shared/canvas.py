"""The drawing canvas, which keeps the drawing across pages."""

import streamlit as st
from streamlit_drawable_canvas import st_canvas

#: Fits a phone that is 390 pixels wide, and is large enough to draw on with a finger.
SIDE = 340


def digit_canvas(key: str = "canvas") -> bytes | None:
    """Show a canvas with undo, clear and pen width. The drawing is still there when the visitor returns to it.

    Args:
        key: the session-state key; canvases with the same key show the same drawing.

    Returns:
        The drawing as a PNG, black on white; None if the canvas is blank.
    """
    state = st.session_state.setdefault(
        f"{key}_drawing", {"objects": [], "png": None, "start": None, "stale": None, "pen_width": 22}
    )
    if key not in st.session_state:
        # The canvas is new on this page: start with the earlier drawing.
        state["start"] = {"objects": state["objects"]}
    state["pen_width"] = st.session_state.get(f"{key}_pen_width", state["pen_width"])

    # The component's toolbar covers this line.
    st.caption("Draw a large digit here")
    result = st_canvas(
        stroke_width=state["pen_width"],
        stroke_color="#000000",
        background_color="#ffffff",
        width=SIDE,
        height=SIDE,
        initial_drawing=state["start"],
        return_image_data=True,
        key=key,
    )
    png = result.image_bytes
    if png is not None and png != state["stale"]:
        state.update(objects=result.json_data["objects"], png=png, stale=None)

    with st.container(horizontal=True, vertical_alignment="bottom", width=SIDE):
        st.slider("Pen width", 8, 40, state["pen_width"], key=f"{key}_pen_width")
        st.button(
            "Undo",
            icon=":material/undo:",
            on_click=_start_with,
            args=(state, state["objects"][:-1]),
            disabled=not state["objects"],
        )
        st.button("Clear", icon=":material/delete:", on_click=_start_with, args=(state, []), disabled=not state["objects"])
    return state["png"] if state["objects"] else None


def _start_with(state: dict, objects: list) -> None:
    """Give the canvas new content, and ignore what it still reports about the old content."""
    revision = (state["start"] or {}).get("revision", 0) + 1  # the canvas reloads only when this changes
    state.update(start={"objects": objects, "revision": revision}, stale=state["png"], objects=objects)


def last_drawing(key: str = "canvas") -> bytes | None:
    """The visitor's latest drawing on that canvas as a PNG; None if it is blank or was never opened."""
    state = st.session_state.get(f"{key}_drawing", {})
    return state["png"] if state.get("objects") else None
