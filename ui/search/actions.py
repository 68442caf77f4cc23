"""What the buttons of a study do; all are callbacks, which run before the page is drawn."""

from collections.abc import Callable

import streamlit as st

from digitcore.errors import DigitcoreError
from digitcore.search.study import Study, delete_study
from ui.shared.settings import in_page_words

#: The page's views; the session key "view" holds the one that is shown.
NEW, WATCH, ALL = "New search", "Watch", "All searches"
#: Session keys: the name of the watched study, and the error of a callback.
WATCHED, ERROR = "search_study", "search_action_error"


def open_study(name: str) -> None:
    """Show a study in the watch view."""
    st.session_state[WATCHED] = name
    st.session_state["view"] = WATCH


def begin(study: Study, trials: int | None = None) -> None:
    """Start a study, or continue it, with so many trials in all."""
    _try(lambda: study.start(trials=trials), "The search cannot be started")


def pause(study: Study) -> None:
    """Let the running trials end, and begin no other."""
    _try(study.pause, "The search cannot be paused")


def stop(study: Study) -> None:
    """End the study now."""
    _try(study.stop, "The search cannot be stopped")


def delete(studies: list[Study]) -> None:
    """Delete studies with their trials."""
    for study in studies:
        _try(lambda study=study: delete_study(study), f"The search {study.name} cannot be deleted")


def show_error() -> None:
    """Say once why the last button did nothing."""
    if problem := st.session_state.pop(ERROR, None):
        st.error(problem)


def _try(action: Callable[[], None], failure: str) -> None:
    try:
        action()
    except DigitcoreError as error:
        st.session_state[ERROR] = f"{failure}: {in_page_words(error)}"
