"""Beside the form: the size and the duration of the run, the Start button, and previews of the plan."""

import numpy as np
import streamlit as st

from digitcore.errors import DataError, DigitcoreError
from digitcore.jobs.queue import check_submission, submit_run
from digitcore.networks.cost import network_cost
from digitcore.runs.config import TrainConfig
from digitcore.training.augmentation import augment
from digitcore.training.limits import fit_batch_size
from digitcore.training.notes import notes_on_data
from server.services import services
from ui.shared.mnist import test_images
from ui.shared.pictures import montage
from ui.train.form import fill_form, read_form
from ui.train.panels import in_words
from ui.train.run_list import open_run

PREVIEW_CELL, PREVIEW_ROWS = 40, 4
ERROR = "train_error"


def show_run_preview() -> None:
    """The plan of the run in the form, and the Start button; if the settings cannot be used, the reason instead."""
    try:
        config = read_form()
        parameters = network_cost(config.architecture, config.arguments).parameters
        images = check_submission(config)
        notes = notes_on_data(config, images)
    except DigitcoreError as error:
        st.error(str(error))
        st.button("Start", type="primary", icon=":material/play_arrow:", disabled=True)
        return
    with st.container(horizontal=True, vertical_alignment="center", key="train_start"):
        st.button("Start", type="primary", icon=":material/play_arrow:", on_click=_start)
        st.metric("Parameters", f"{parameters:,}", width="content")
        st.metric("Images", f"{images:,}", width="content")
        _show_time(config)
    if problem := st.session_state.pop(ERROR, None):
        st.error(problem)
    for note in notes:
        st.info(note)
    _show_rates(config, images)
    if config.augmentation:
        _show_distorted(config)


def _start() -> None:
    """Put the run in the queue and watch it, or say why not."""
    try:
        config = read_form()
        open_run(submit_run(config))
        fill_form(config)  # with a name that is free, for the next one
    except DigitcoreError as error:
        st.session_state[ERROR] = str(error)


def _show_time(config: TrainConfig) -> None:
    try:
        seconds = services().speed_estimates.seconds_for(config)
    except DigitcoreError as error:
        st.metric("Time", "?", width="content", help=str(error))
        return
    if seconds is None:
        st.fragment(_wait_for_time, run_every=0.5)(config)
    else:
        st.metric("Time", f"about {in_words(seconds)}", width="content")


def _wait_for_time(config: TrainConfig) -> None:
    try:
        is_known = services().speed_estimates.seconds_for(config) is not None
    except DigitcoreError:
        is_known = True  # the metric shows the reason
    if is_known:
        st.rerun()
    st.metric("Time", "…", width="content", help="It is being measured, or will be once the current run has ended.")


def _show_rates(config: TrainConfig, images: int) -> None:
    from digitcore.figures.training import rate_chart

    st.caption("Learning rate" + (", until a plateau lowers it" if config.schedule == "plateau" else ""))
    st.plotly_chart(rate_chart(_rates(config, images), config.epochs), key="train_rates", config={"displayModeBar": False})


@st.cache_data(max_entries=100, show_spinner=False, hash_funcs={TrainConfig: repr})
def _rates(config: TrainConfig, images: int) -> np.ndarray:
    from digitcore.training.optimizers import planned_rates

    return planned_rates(config, steps=config.epochs * -(-images // fit_batch_size(config, images)))


def _show_distorted(config: TrainConfig) -> None:
    st.caption("Top row: original digits. Below: as the network will see them.")
    try:
        images, labels = test_images()
    except DataError as error:
        st.error(str(error))
        return
    ten = np.stack([images[labels == digit][0] for digit in range(10)]).astype(np.float32) / 255
    generator = np.random.default_rng(config.seed)
    distorted = [augment(ten, config.augmentation, generator) for _ in range(PREVIEW_ROWS - 1)]
    st.image(
        montage(np.concatenate([ten, *distorted]), columns=10, cell=PREVIEW_CELL),
        width=10 * (PREVIEW_CELL + 2),
        alt="The original digits 0 to 9, and three distorted versions of each",
    )
