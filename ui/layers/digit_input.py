"""The digit that travels through the network: where it comes from, and how a link holds it."""

import numpy as np
import streamlit as st

from digitcore.errors import DataError, DigitcoreError, ModelError
from digitcore.preprocessing.links import decode, encode
from ui.shared.canvas import last_drawing
from ui.shared.mnist import test_images
from ui.shared.pictures import tile
from ui.shared.widgets import NamedPicture, digit_source

SIDE = 112
CODE, SEEN, OPEN = "digit", "digit_seen", "digit_open"


def travelling_digit(model: str | None) -> np.ndarray:
    """The digit as networks get it, with a way to bring another one.

    It comes from the link, else it is the visitor's last drawing, else a test image; the page's address always holds it.

    Args:
        model: finds the digit in a picture, as on the recognise page; None where there is none.

    Returns:
        float32 ``(28, 28)`` in 0-1, in steps of 1/255, so that the address says it exactly.
    """
    if CODE not in st.session_state:
        st.session_state[CODE] = _checked(st.query_params.get(CODE)) or _first_digit(model)
    elif (drawing := last_drawing()) and drawing != st.session_state.get(SEEN):
        _take(NamedPicture(name="your drawing", content=drawing), model)  # drawn on another page since
    with st.container(horizontal=True, vertical_alignment="center", key="digit_now"):
        shown = st.empty()
        st.toggle("Bring another digit", key=OPEN)
    if st.session_state[OPEN]:
        any(_take(picture, model) for picture in reversed(digit_source()))  # the newest that can be read
    code = st.session_state[CODE]
    st.query_params[CODE] = code
    image = decode(code)
    shown.image(tile(image, SIDE), width=SIDE, alt="The digit as the network sees it, 28 by 28 pixels")
    return image


def _checked(code: str | None) -> str | None:
    """The code of a link where it can be used; a visitor who was sent a damaged one is told so."""
    if not code:
        return None
    try:
        decode(code)
    except DataError as error:
        st.warning(f"{error} Another one is shown instead.", icon=":material/link_off:")
        return None
    st.session_state[SEEN] = last_drawing()
    return code


def _first_digit(model: str | None) -> str:
    drawing = last_drawing()
    if drawing and _take(NamedPicture(name="your drawing", content=drawing), model):
        return st.session_state[CODE]
    images, _ = test_images()
    return encode(images[0] / 255)


def _take(picture: NamedPicture, model: str | None) -> bool:
    """Let a picture's digit travel; a picture without one leaves all as it is, and says why."""
    st.session_state[SEEN] = picture.content
    try:
        image, note = _digit_in(picture.content, model)
    except DigitcoreError as error:
        st.error(f"{picture.name}: {error}")
        return False
    if note:
        st.caption(f"{picture.name}: {note}")
    if image is not None:
        st.session_state[CODE] = encode(image)
    return image is not None


def _digit_in(content: bytes, model: str | None) -> tuple[np.ndarray | None, str]:
    """The digit of a picture, MNIST-style, and a remark; None where the picture is blank."""
    from digitcore.networks.recogniser import recognise
    from digitcore.preprocessing.pipeline import as_one_digit

    try:
        found = recognise(content, model)
    except ModelError:  # none that reads digits: the picture's ink as a whole
        return as_one_digit(content), ""
    if not found.probabilities.any():
        return None, found.reason
    several = f"{len(found.digits)} digits were found; the largest travels."
    return found.steps[-1].pixels, several if len(found.digits) > 1 else ""
