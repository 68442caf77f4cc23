"""Choose an image of MNIST's test set."""

from typing import TYPE_CHECKING

import numpy as np
import streamlit as st
from PIL import Image

from digitcore.errors import DataError
from ui.shared.glossary import explain
from ui.shared.pictures import as_png, tile

if TYPE_CHECKING:
    from digitcore.datasets.evaluation_data import EvaluationSet

SIDE = 280
ANY = "Any digit"
DIGITS = (ANY, *range(10))


@st.cache_resource(show_spinner="Fetching MNIST (11 MB, once) …", max_entries=1)
def mnist_test() -> "EvaluationSet":
    """MNIST's test set from ``evaluation_data``; this function only adds a message while it is being downloaded.

    Raises:
        DataError: MNIST cannot be loaded.
    """
    from digitcore.datasets import evaluation_data

    return evaluation_data.mnist_test()


def test_images() -> tuple[np.ndarray, np.ndarray]:
    """MNIST's test images, uint8 ``(10000, 28, 28)``, and their labels.

    Raises:
        DataError: MNIST cannot be loaded.
    """
    data = mnist_test()
    return data.images, data.labels


def mnist_picker(key: str = "mnist") -> bytes | None:
    """Pick a test image by digit and number. Returns it as a PNG, or None if MNIST cannot be loaded."""
    try:
        images, labels = test_images()
    except DataError as error:
        st.error(str(error))
        return None
    digit_key = f"{key}_digit"
    if st.session_state.get(digit_key, ANY) not in DIGITS:  # whatever a browser sends
        st.session_state[digit_key] = ANY
    digit = st.pills(
        "Which digit",
        DIGITS,
        default=ANY,
        key=digit_key,
        required=True,
        wrap=True,
        persist_state="session",
        help=explain("MNIST"),
    )
    matching = np.flatnonzero(labels == digit) if digit in DIGITS[1:] else np.arange(len(labels))
    index = matching[_choose_number(len(matching), key=f"{key}_number_{digit}") - 1]
    st.image(tile(images[index] / 255, SIDE), width=SIDE, alt=f"A handwritten {labels[index]}")
    st.caption(f"From MNIST's test images, labelled **{labels[index]}**. Models that were trained on MNIST have not seen it.")
    return as_png(Image.fromarray(images[index]))


def _choose_number(count: int, *, key: str) -> int:
    if not _is_number(st.session_state.get(key, 1), count):
        st.session_state[key] = 1
    number = st.number_input(f"Which image, 1 to {count:,}", 1, count, key=key, persist_state="session")
    return number if _is_number(number, count) else 1


def _is_number(value: object, count: int) -> bool:
    return isinstance(value, int) and 1 <= value <= count
