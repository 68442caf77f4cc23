"""One digit, and what a run's network makes of it after each epoch."""

import contextlib
from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from digitcore.errors import DataError, DigitcoreError
from digitcore.figures.words import percent, with_article
from digitcore.runs.run import Run
from ui.shared.bars import probability_bars
from ui.shared.canvas import last_drawing
from ui.shared.detail import shows_everything
from ui.shared.glossary import explain
from ui.shared.mnist import test_images
from ui.shared.pictures import montage, tile

if TYPE_CHECKING:
    from digitcore.training.snapshots import Snapshot

#: The newest epoch reads so many test images, to find misread ones; at most so many of these are listed.
READ, MISREAD_LISTED = 300, 30
DRAWING = -1
PICTURE_SIDE = 112
KERNEL_CELL, KERNEL_COLUMNS = 32, 8
MAP_CELL, MAP_COLUMNS = 56, 8
PLAIN = {"displayModeBar": False}


def show_watched_digit(run: Run, *, live: bool) -> None:
    """Choose a digit and an epoch, and see the ten probabilities that the network gave it; nothing if no epoch is kept."""
    if not (epochs := run.epochs_kept()):
        return
    st.subheader("One digit, epoch by epoch", anchor=False)
    # While a run is polled, a spinner would move what stands below it.
    waiting = contextlib.nullcontext() if live else st.spinner("The network reads …")
    try:
        with waiting:
            _show_digit_and_epoch(run, epochs)
    except DataError as error:
        st.error(str(error))
    except DigitcoreError as error:
        if not live:  # a run in progress deletes epochs at any moment
            st.error(str(error))


def _show_digit_and_epoch(run: Run, epochs: list[int]) -> None:
    with st.container(horizontal=True, vertical_alignment="bottom", key="train_watched"):
        choice = _choose_digit(run, epochs[-1])
        epoch = _choose_epoch(run, epochs)
    image = _image_of(choice)
    _show_epoch(run, epoch, image)
    if shows_everything() and len(epochs) > 1:
        from digitcore.figures.training import readings_chart

        st.caption("The ten probabilities after each epoch")
        readings = np.stack([_read(run, each, _version(run, each), image) for each in epochs])
        st.plotly_chart(readings_chart(epochs, readings), key="train_readings_chart", config=PLAIN)


def _choose_digit(run: Run, newest: int) -> int:
    """The number of a test image, or ``DRAWING``; at first the visitor's drawing, if there is one, or the first image."""
    labels = test_images()[1][:READ]
    names = _names(labels, _answers(run, newest, _version(run, newest)))
    chosen = st.session_state.get("train_digit")
    if (chosen == DRAWING and DRAWING not in names) or chosen not in range(DRAWING, READ):  # whatever a browser sends
        chosen = DRAWING if DRAWING in names else 0
    names.setdefault(chosen, _name(labels, chosen))  # one that an earlier epoch misread
    options = list(names)
    # Each newest epoch has its own list, because the names say what that epoch reads.
    key = f"train_digit_{run.id}_{newest}"
    return st.selectbox(
        "Watched digit",
        options,
        options.index(chosen),
        format_func=lambda index: names.get(index, str(index)),
        key=key,
        on_change=_keep_digit,
        args=(key,),
        help=f"Of the first {READ} test images, those that epoch {newest} misreads come first.",
        width=320,
    )


def _names(labels: np.ndarray, answers: np.ndarray) -> dict[int, str]:
    """The choices and what they are called: the drawing, the misread images, and one of each digit that was read right."""
    names = {DRAWING: "Your drawing"} if _drawing() is not None else {}
    for index in np.flatnonzero(answers != labels)[:MISREAD_LISTED]:
        names[int(index)] = f"Misread: {with_article(labels[index])} as {with_article(answers[index])} (test image {index + 1})"
    for digit in range(10):
        for index in np.flatnonzero((labels == digit) & (answers == digit))[:1]:
            names[int(index)] = _name(labels, index)
    return names


def _name(labels: np.ndarray, index: int) -> str:
    return f"{with_article(labels[index]).capitalize()} (test image {index + 1})"


def _keep_digit(key: str) -> None:
    st.session_state["train_digit"] = st.session_state.get(key)


def _choose_epoch(run: Run, epochs: list[int]) -> int:
    """The epoch on the slider, which follows the training until the visitor moves it."""
    if len(epochs) == 1:
        return epochs[0]
    chosen, newest = f"train_epoch_{run.id}", epochs[-1]
    start = st.session_state.get(chosen)
    # Each newest epoch has its own slider: a late report about the previous one must not look like a move.
    key = f"{chosen}_{newest}"
    return st.select_slider(
        "Epoch",
        epochs,
        start if start in epochs else newest,
        key=key,
        on_change=_keep_epoch,
        args=(chosen, key, newest),
        help=explain("epoch") + " Epoch 0 is the untrained network, which can only guess.",
    )


def _keep_epoch(chosen: str, key: str, newest: int) -> None:
    """Note the visitor's choice; at the newest epoch the slider follows the training again."""
    epoch = st.session_state.get(key)
    st.session_state[chosen] = None if epoch == newest else epoch


def _show_epoch(run: Run, epoch: int, image: np.ndarray) -> None:
    from digitcore.training.snapshots import snapshot_of

    seen = snapshot_of(run, epoch, image)
    digit = int(seen.probabilities.argmax())
    left, right = st.columns([1, 4], vertical_alignment="center")
    with left:
        st.image(tile(image, PICTURE_SIDE), width=PICTURE_SIDE, alt="The watched digit")
    with right:
        when = f"After epoch {epoch}" if epoch else "Before training"
        st.markdown(
            f"{when} it reads {with_article(digit, bold=True)}, with a probability of {percent(seen.probabilities[digit])}.",
            help=explain("probability"),
        )
        probability_bars(seen.probabilities)
    if shows_everything() and seen.layer is not None:
        _show_first_layer(seen)


def _show_first_layer(seen: "Snapshot") -> None:
    with st.expander("Kernels and feature maps of the first convolution", key="train_first_layer"):
        strongest = np.abs(seen.kernels).max()
        st.caption(f"Kernels of {seen.layer}: blue negative, orange positive, up to ±{strongest:.2f}", help=explain("kernel"))
        alt = f"{len(seen.kernels)} kernels of the layer {seen.layer} after epoch {seen.epoch}, up to ±{strongest:.2f}"
        st.image(montage(seen.kernels, columns=KERNEL_COLUMNS, cell=KERNEL_CELL, signed=True), alt=alt)
        low, high = seen.feature_maps.min(), seen.feature_maps.max()
        st.caption(f"Its feature maps, from {low:.2f} (black) to {high:.2f} (white)", help=explain("feature map"))
        alt = f"{len(seen.feature_maps)} feature maps of the layer {seen.layer} after epoch {seen.epoch}"
        st.image(montage(seen.feature_maps, columns=MAP_COLUMNS, cell=MAP_CELL), alt=alt)


def _version(run: Run, epoch: int) -> tuple[str, int]:
    """The file of an epoch and when it was written, for caches."""
    path = run.epoch_file(epoch)
    return str(path), path.stat().st_mtime_ns if path.exists() else 0


@st.cache_data(max_entries=2000, show_spinner=False)
def _read(_run: Run, epoch: int, version: tuple[str, int], image: np.ndarray) -> np.ndarray:
    from digitcore.training.snapshots import snapshot_of

    return snapshot_of(_run, epoch, image).probabilities


@st.cache_data(max_entries=500, show_spinner=False)
def _answers(_run: Run, epoch: int, version: tuple[str, int]) -> np.ndarray:
    """What the network of an epoch reads in the first test images: int ``(READ,)``."""
    from digitcore.training.snapshots import probabilities_of

    images = test_images()[0][:READ].astype(np.float32) / 255
    return probabilities_of(_run, epoch, images).argmax(axis=1)


def _image_of(choice: int) -> np.ndarray:
    """The chosen image, float32 ``(28, 28)`` in 0-1."""
    drawing = _drawing()
    if choice == DRAWING and drawing is not None:
        return drawing
    return (test_images()[0][max(choice or 0, 0)] / 255).astype(np.float32)


def _drawing() -> np.ndarray | None:
    """The visitor's last drawing as an image; None if there is none, or nothing to read in it."""
    drawing = last_drawing()
    if drawing is None:
        return None
    from digitcore.preprocessing.pipeline import as_one_digit

    return as_one_digit(drawing)
