"""The visitor's drawing, as a run's network read it after each epoch."""

import numpy as np
import streamlit as st

from digitcore.errors import DigitcoreError
from digitcore.runs.run import Run
from ui.shared.canvas import last_drawing
from ui.shared.mnist import test_images
from ui.shared.pictures import montage

KERNEL_CELL, KERNEL_COLUMNS = 32, 8
MAP_CELL, MAP_COLUMNS = 56, 8


def show_epoch_scrubber(run: Run, *, live: bool) -> None:
    """A slider over the kept epochs: how each read the drawing, its first kernels and feature maps."""
    from digitcore.figures.training import readings_chart

    image, what = _picture()
    epochs = run.epochs_kept()
    st.subheader("Epoch by epoch", anchor=False)
    st.caption(f"How the network read {what} after each epoch.")
    try:
        if len(epochs) > 1:
            readings = np.stack([_read(run, run.id, epoch, image) for epoch in epochs])
            st.plotly_chart(readings_chart(epochs, readings), key="train_readings_chart", config={"displayModeBar": False})
        _show_epoch(run, _choose(run, epochs), image)
    except DigitcoreError as error:
        if not live:  # a run in progress deletes epochs at any moment
            st.error(str(error))


def _choose(run: Run, epochs: list[int]) -> int:
    """The epoch on the slider, which follows the training until the visitor moves it."""
    if len(epochs) == 1:
        return epochs[0]
    chosen, newest = f"train_epoch_{run.id}", epochs[-1]
    start = st.session_state.get(chosen)
    # Each newest epoch has its own slider: a late report about the previous one must not look like a move.
    key = f"{chosen}_{newest}"
    return st.select_slider(
        "Epoch", epochs, start if start in epochs else newest, key=key, on_change=_keep, args=(chosen, key, newest)
    )


def _keep(chosen: str, key: str, newest: int) -> None:
    """Note the visitor's choice; at the newest epoch the slider follows the training again."""
    epoch = st.session_state[key]
    st.session_state[chosen] = None if epoch == newest else epoch


def _show_epoch(run: Run, epoch: int, image: np.ndarray) -> None:
    from digitcore.training.snapshots import snapshot_of

    seen = snapshot_of(run, epoch, image)
    digit = int(seen.probabilities.argmax())
    st.write(f"After epoch {epoch} it reads a **{digit}**, with a probability of {seen.probabilities[digit]:.1%}.")
    if seen.layer is None:
        st.caption("The network has no convolution, so there are no kernels to show.")
        return
    strongest = np.abs(seen.kernels).max()
    st.caption(f"Kernels of {seen.layer}: blue negative, orange positive, up to ±{strongest:.2f}")
    alt = f"{len(seen.kernels)} kernels of the layer {seen.layer} after epoch {epoch}, up to ±{strongest:.2f}"
    st.image(montage(seen.kernels, columns=KERNEL_COLUMNS, cell=KERNEL_CELL, signed=True), alt=alt)
    low, high = seen.feature_maps.min(), seen.feature_maps.max()
    st.caption(f"Its feature maps, from {low:.2f} (black) to {high:.2f} (white)")
    alt = f"{len(seen.feature_maps)} feature maps of the layer {seen.layer} after epoch {epoch}, from {low:.2f} to {high:.2f}"
    st.image(montage(seen.feature_maps, columns=MAP_COLUMNS, cell=MAP_CELL), alt=alt)


@st.cache_data(max_entries=2000, show_spinner=False)
def _read(_run: Run, run_id: str, epoch: int, image: np.ndarray) -> np.ndarray:
    from digitcore.training.snapshots import snapshot_of

    return snapshot_of(_run, epoch, image).probabilities


def _picture() -> tuple[np.ndarray, str]:
    """The visitor's last drawing, MNIST-style, otherwise a test image; and what it is, in words."""
    drawing = last_drawing()
    if drawing is not None:
        from digitcore.preprocessing.pipeline import as_one_digit

        image = as_one_digit(drawing)
        if image is not None:
            return image, "your drawing"
    images, labels = test_images()
    return (images[0] / 255).astype(np.float32), f"a {labels[0]} from the test images (draw your own on the Recognise page)"
