"""The bar at the bottom of the form: Start, and what will be trained, or why it cannot be."""

import streamlit as st

from digitcore.errors import DigitcoreError
from digitcore.jobs.queue import check_submission, submit_run
from digitcore.training.notes import notes_on_data
from digitcore.training.recipes import PRESETS
from ui.shared.estimates import time_in_words, wait_for_times
from ui.shared.glossary import explain
from ui.shared.settings import in_page_words
from ui.train.actions import open_run
from ui.train.form import fill_form, read_form

ERROR = "train_error"


def show_start_bar() -> None:
    """Start, always in sight; if the settings are of no use, the reason."""
    try:
        config = read_form()
        images = check_submission(config)
        notes = notes_on_data(config, images)
    except DigitcoreError as error:
        wait_for_times(*PRESETS.values())
        with st.bottom:
            st.error(in_page_words(error))
            st.button("Start", type="primary", icon=":material/play_arrow:", disabled=True)
        return
    wait_for_times(config, *PRESETS.values())
    with st.bottom:
        for note in notes:
            st.info(note)
        if problem := st.session_state.pop(ERROR, None):
            st.error(problem)
        with st.container(horizontal=True, vertical_alignment="center", key="train_start"):
            st.button("Start", type="primary", icon=":material/play_arrow:", on_click=_start)
            st.markdown(f"{time_in_words(config)} · {images:,} images", help=explain("training images"), width="content")


def _start() -> None:
    """Put the run in the queue and watch it, or say why not."""
    try:
        config = read_form()
        open_run(submit_run(config))
        fill_form(config)  # with a name that is free, for the next one
    except DigitcoreError as error:
        st.session_state[ERROR] = in_page_words(error)
