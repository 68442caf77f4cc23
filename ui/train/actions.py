"""What the buttons of a run do; all are callbacks, which run before the page is drawn."""

import streamlit as st

from digitcore.errors import DigitcoreError, RunError
from digitcore.jobs.queue import continue_run, resume_run
from digitcore.runs.config import TrainConfig
from digitcore.runs.registry import find_run
from digitcore.runs.run import Run
from ui.shared.settings import in_page_words
from ui.train.form import fill_form

#: The page's views; the session key "view" holds the one that is shown.
NEW, WATCH, ALL = "New run", "Watch", "All runs"
#: Session keys: the id of the watched run, and the error of a callback.
WATCHED, ERROR = "train_run", "train_runs_error"


def open_run(run: Run) -> None:
    """Show a run in the watch view."""
    st.session_state[WATCHED] = run.id
    st.session_state["view"] = WATCH


def train_again(run: Run) -> None:
    """Fill the form with a run's settings; those of a continued run are the ones of the run that it continues."""
    try:
        fill_form(_first_config(run))
    except DigitcoreError as error:
        st.session_state[ERROR] = f"These settings cannot be used again: {in_page_words(error)}"
    else:
        st.session_state["view"] = NEW


def train_longer(run: Run) -> None:
    """Queue a run that continues this one, and watch it."""
    try:
        open_run(continue_run(run))
    except DigitcoreError as error:
        st.session_state[ERROR] = f"The run cannot be continued: {in_page_words(error)}"


def resume(run: Run) -> None:
    """Queue an interrupted run again."""
    try:
        resume_run(run)
    except DigitcoreError as error:
        st.session_state[ERROR] = str(error)


def request(run: Run, what: str) -> None:
    """Ask the run's worker to ``stop`` or ``cancel``."""
    try:
        run.request(what)
    except RunError as error:
        st.toast(str(error), icon=":material/error:")


def show_error() -> None:
    """Say once why the last button did nothing."""
    if problem := st.session_state.pop(ERROR, None):
        st.error(problem)


def _first_config(run: Run) -> TrainConfig:
    config = run.config
    while config.continued_from:
        try:
            config = find_run(config.continued_from).config
        except RunError:  # it was deleted
            break
    return config
