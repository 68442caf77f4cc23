"""The digit that travels through the network: where it comes from, and how a link holds it."""

import numpy as np
import streamlit as st

from digitcore.errors import DataError, DigitcoreError
from digitcore.links import decode, encode
from ui.canvas import last_drawing
from ui.mnist import test_images
from ui.pictures import tile
from ui.widgets import digit_source

SIDE = 112
CODE, SEEN, OPEN = "digit", "digit_seen", "digit_open"


def travelling_digit() -> np.ndarray:
    """The digit as networks get it, with a way to bring another one.

    It comes from the link, else it is the visitor's last drawing, else a test image; the page's address always holds it.

    Returns:
        float32 ``(28, 28)`` in 0-1, in steps of 1/255, so that the address says it exactly.
    """
    if CODE not in st.session_state:
        st.session_state[CODE] = _checked(st.query_params.get(CODE)) or _first_digit()
    elif (drawing := last_drawing()) and drawing != st.session_state.get(SEEN):
        _take(drawing)  # drawn on another page since
    with st.container(horizontal=True, vertical_alignment="center", key="digit_now"):
        shown = st.empty()
        st.toggle("Bring another digit", key=OPEN)
    if st.session_state[OPEN]:
        for picture in digit_source()[:1]:
            _take(picture.content)
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


def _first_digit() -> str:
    drawing = last_drawing()
    if drawing and _take(drawing):
        return st.session_state[CODE]
    images, _, _ = test_images()
    return encode(images[0] / 255)


def _take(content: bytes) -> bool:
    """Let a picture's digit travel; a picture without one leaves all as it is, and says why."""
    from digitcore.segmentation import as_one_digit

    st.session_state[SEEN] = content
    try:
        image = as_one_digit(content)
    except DigitcoreError as error:
        st.error(str(error))
        return False
    if image is None:
        image = np.zeros((28, 28), np.float32)
    st.session_state[CODE] = encode(image)
    return True
