"""What a browser says of the canvas may be anything."""

import base64

import pytest
from streamlit.testing.v1 import AppTest

STROKES = [{"type": "Path"}]
PNG_URL = "data:image/png;base64," + base64.b64encode(b"png").decode()


def canvas_page(json_data, url):
    """A page with a canvas, whose browser says this."""
    import streamlit as st
    from streamlit_drawable_canvas import CanvasResult

    from ui.shared import canvas

    canvas.st_canvas = lambda **_: CanvasResult(json_data, url, True)
    st.text(canvas.digit_canvas())


@pytest.fixture(autouse=True)
def kept_canvas():
    """The component is put back."""
    yield
    import streamlit_drawable_canvas

    from ui.shared import canvas

    canvas.st_canvas = streamlit_drawable_canvas.st_canvas


@pytest.mark.parametrize(
    ("json_data", "url", "drawing"),
    [
        ({"objects": STROKES}, PNG_URL, "b'png'"),
        (None, None, "None"),
        ([], PNG_URL, "None"),
        ({"objects": 7}, PNG_URL, "None"),
        ({"objects": [7]}, PNG_URL, "None"),
        ({"objects": {"length": 1}}, PNG_URL, "None"),
        ({}, PNG_URL, "None"),
        ({"objects": STROKES}, "no URL", "None"),
        ({"objects": STROKES}, "data:image/png;base64,a", "None"),
        ({"objects": STROKES}, 7, "None"),
    ],
)
def test_what_a_browser_sends(json_data, url, drawing):
    """An honest drawing is taken; anything else is as if nothing had been drawn."""
    app = AppTest.from_function(canvas_page, kwargs={"json_data": json_data, "url": url}).run()
    assert not app.exception
    assert app.text[0].value == drawing


@pytest.mark.parametrize(
    ("state", "width"), [({"width": 8}, 8), ({"width": 41}, 22), ({"width": "9"}, 22), ({}, 22), (None, 22)]
)
def test_pen_width(state, width):
    """A width within the slider's range is taken; with any other the pen stays."""

    def page(state):
        import streamlit as st

        from ui.shared.canvas import _pen_chosen

        st.session_state["pen"] = state
        st.text(_pen_chosen("pen", 22))

    assert AppTest.from_function(page, kwargs={"state": state}).run().text[0].value == str(width)
