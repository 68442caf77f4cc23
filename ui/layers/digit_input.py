"""The digit that the Layers page follows: where it comes from, and how a link stores it."""

import contextlib

import numpy as np
import streamlit as st

from digitcore.errors import DataError, DigitcoreError, ModelError
from digitcore.explain.network import Network
from digitcore.explain.replay import answer
from digitcore.figures.words import percent, with_article
from digitcore.preprocessing.links import decode, encode
from ui.shared.address import follow_address
from ui.shared.canvas import last_drawing
from ui.shared.glossary import explain
from ui.shared.mnist import test_images
from ui.shared.pictures import tile
from ui.shared.titles import title_of
from ui.shared.widgets import NamedPicture, digit_source

SIDE = 84
#: The digit's name in the address, and in the session.
CODE = "digit"
#: The pictures that were tried last.
SEEN = "layers_digit_seen"


def digit_input(model: str | None) -> np.ndarray:
    """Show a way to bring a digit, and return the digit that the page follows.

    It comes from the link; without one it is the visitor's last drawing, or else a test image. What is brought later takes its
    place.

    Args:
        model: name of the model that finds the digit in a picture, as on the Recognise page; None if there is none.

    Returns:
        float32 ``(28, 28)`` in 0-1, in multiples of 1/255, so that the address stores it exactly.
    """
    follow_address(CODE)
    linked = None if CODE in st.session_state else _checked(st.query_params.get(CODE))
    pictures = digit_source()
    brought = [picture.content for picture in pictures]
    if linked:
        st.session_state.update({CODE: linked, SEEN: brought})
    elif brought != st.session_state.get(SEEN):
        st.session_state[SEEN] = brought
        any(_take(picture, model) for picture in reversed(pictures))  # the newest one that can be read
    if CODE not in st.session_state:
        st.session_state[CODE] = _first_digit(model)
    return decode(st.session_state[CODE])


def show_reading(model: str, network: Network, image: np.ndarray, activations: dict[str, np.ndarray]) -> None:
    """Show the digit as the network sees it, and what it reads, if it reads digits."""
    with st.container(horizontal=True, wrap=False, vertical_alignment="center", gap="small", key="layers_digit"):
        st.image(tile(image, SIDE), width=SIDE, alt="The digit as the network sees it, 28 by 28 pixels")
        with contextlib.suppress(ModelError):
            probabilities = activations[answer(network)]
            st.markdown(
                f"{title_of(model)} reads {with_article(probabilities.argmax(), bold=True)}, with "
                f"{percent(probabilities.max())} confidence.",
                help=explain("confidence"),
            )


def _checked(code: str | None) -> str | None:
    """The digit's code from a link if it is valid; for a damaged one the page shows a warning."""
    if not code:
        return None
    try:
        decode(code)
    except DataError as error:
        st.warning(f"{error} Another digit is shown instead.", icon=":material/link_off:")
        return None
    return code


def _first_digit(model: str | None) -> str:
    drawing = last_drawing()
    if drawing and _take(NamedPicture(name="your drawing", content=drawing), model):
        return st.session_state[CODE]
    images, _ = test_images()
    return encode(images[0] / 255)


def _take(picture: NamedPicture, model: str | None) -> bool:
    """Use a picture's digit from now on. A picture without a digit changes nothing, and the page says why."""
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
    """The digit of a picture as an MNIST-style image, and a note; None for a blank picture."""
    from digitcore.networks.recogniser import recognise
    from digitcore.preprocessing.pipeline import as_one_digit

    try:
        recognition = recognise(content, model)
    except ModelError:  # no model that reads digits: all the ink is one digit
        return as_one_digit(content), ""
    if not recognition.probabilities.any():
        return None, recognition.reason
    note = (
        f"The picture has {len(recognition.digits)} digits; the page shows the largest." if len(recognition.digits) > 1 else ""
    )
    return recognition.steps[-1].pixels, note
