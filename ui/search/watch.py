"""Choose a study and show it; while it is active, the page keeps itself up to date.

Everything is read from the storage, so this works in every tab, in every browser and after a reload.
"""

from collections.abc import Sequence

import streamlit as st

from digitcore.search.study import Study, StudyStatus, find_study
from ui.search.actions import WATCHED, show_error
from ui.search.figures import show_figures
from ui.search.running import show_running
from ui.search.status import show_best, show_buttons, show_status
from ui.search.storage import guarded
from ui.search.trials import show_trials
from ui.shared.address import follow_address, keep_in_address, linked_choice
from ui.shared.titles import titles_of

POLL_SECONDS, FIGURE_SECONDS = 1.0, 5.0
ACTIVE = (StudyStatus.WAITING, StudyStatus.RUNNING)


def choose_study(studies: Sequence[Study]) -> Study | None:
    """Choose a study to watch: at first the one in the address, or else the newest; None, and a hint, if there is none."""
    if not studies:
        show_no_studies()
        return None
    names = [study.name for study in studies]
    titles = titles_of(names)
    follow_address(WATCHED, "study")
    if st.session_state.get(WATCHED) not in names:
        st.session_state[WATCHED] = linked_choice("study", names, key="study", instead=titles[names[0]]) or names[0]
    chosen = st.selectbox("Search", names, format_func=lambda name: titles.get(name, name), key=WATCHED)
    keep_in_address(study=chosen)
    return next(study for study in studies if study.name == chosen)


def show_no_studies() -> None:
    """The empty state."""
    st.info("No searches yet. Choose **New search** and press **Start**.")


def watch(study: Study) -> None:
    """Show a study: its status and buttons, the trials that are running, the figures, and the table of trials."""
    show_error()
    guarded(lambda: _watch(study))


def _watch(study: Study) -> None:
    with st.spinner("Reading the trials …"):  # of a long study, the first time that this server does
        status = study.status
    is_active = status in ACTIVE
    every = FIGURE_SECONDS if is_active else None
    st.fragment(_status, run_every=POLL_SECONDS if is_active else None)(study.name, status)
    st.fragment(_figures, run_every=every)(study.name)
    st.fragment(_trials, run_every=every)(study.name)


def _status(name: str, was: StudyStatus) -> None:
    def draw() -> None:
        study = find_study(name)
        status = study.status
        begins = (was, status) == (StudyStatus.WAITING, StudyStatus.RUNNING)  # the way back, between two trials, changes little
        if begins or (status in ACTIVE) != (was in ACTIVE):
            st.rerun()  # the whole page: the header's sign changes, and polling begins or ends
        records = study.records()
        show_status(study, records)
        show_buttons(study, records)
        show_best(study, records)
        show_running(study, records)

    guarded(draw)


def _figures(name: str) -> None:
    guarded(lambda: show_figures(find_study(name)))


def _trials(name: str) -> None:
    guarded(lambda: show_trials(find_study(name)))
