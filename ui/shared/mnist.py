"""Choose an image of MNIST's test set."""

import numpy as np
import streamlit as st
from PIL import Image

from digitcore.datasets import mnist
from digitcore.errors import DataError
from ui.shared.pictures import as_png, tile

SIDE = 196


@st.cache_resource(show_spinner="Fetching MNIST (11 MB, once) …", max_entries=1)
def test_images() -> tuple[np.ndarray, np.ndarray, bool]:
    """MNIST's test images, their labels, and whether they are only the sample's."""
    dataset = mnist.load_mnist()
    return dataset.x_test, dataset.y_test, dataset.is_sample


def mnist_picker(key: str = "mnist") -> bytes | None:
    """Pick a test image by digit and number. Returns it as a PNG, or None where MNIST cannot be had."""
    try:
        images, labels, is_sample = test_images()
    except DataError as error:
        st.error(str(error))
        return None
    digit = st.pills("Digit", ["any", *range(10)], default="any", key=f"{key}_digit", required=True, wrap=True)
    matching = np.arange(len(labels)) if digit == "any" else np.flatnonzero(labels == digit)
    number = st.number_input(f"Image, 1 to {len(matching):,}", 1, len(matching), key=f"{key}_number_{digit}")
    index = matching[number - 1]
    st.image(tile(images[index] / 255, SIDE), width=SIDE, alt=f"A handwritten {labels[index]}")
    where = "the 5,000-image sample's test part" if is_sample else "MNIST's test set"
    st.caption(f"From {where}, labelled **{labels[index]}**. No model was trained on it.")
    return as_png(Image.fromarray(images[index]))
