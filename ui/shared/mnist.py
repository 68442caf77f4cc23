"""Choose an image of MNIST's test set."""

from typing import TYPE_CHECKING

import numpy as np
import streamlit as st
from PIL import Image

from digitcore.errors import DataError
from ui.shared.pictures import as_png, tile

if TYPE_CHECKING:
    from digitcore.datasets.evaluation_data import EvaluationSet

SIDE = 196


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
    digit = st.pills("Digit", ["any", *range(10)], default="any", key=f"{key}_digit", required=True, wrap=True)
    matching = np.arange(len(labels)) if digit == "any" else np.flatnonzero(labels == digit)
    number = st.number_input(f"Image, 1 to {len(matching):,}", 1, len(matching), key=f"{key}_number_{digit}")
    index = matching[number - 1]
    st.image(tile(images[index] / 255, SIDE), width=SIDE, alt=f"A handwritten {labels[index]}")
    st.caption(f"From MNIST's test set, labelled **{labels[index]}**. Models that were trained on MNIST have not seen it.")
    return as_png(Image.fromarray(images[index]))
