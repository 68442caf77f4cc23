"""Draw a run's page: once for a run that has ended, every second for one that is queued or running.

Everything is read from the run's folder, so this works in every tab and after a reload.
"""

from collections.abc import Callable

import streamlit as st

from digitcore.errors import RunError
from digitcore.runs.registry import list_runs
from digitcore.runs.run import Run
from digitcore.runs.state import Status
from server.services import services
from ui.shared.address import follow_address, keep_in_address, linked_choice
from ui.train.actions import WATCHED, show_error
from ui.train.panels import show_run
from ui.train.run_names import names_of

POLL_SECONDS = 1.0


def choose_run() -> Run | None:
    """Choose a run to watch: at first the one in the address, or else the latest; None, and a hint, if there are no runs."""
    runs = list_runs()
    if not runs:
        show_no_runs()
        return None
    names = names_of(runs)
    follow_address(WATCHED)
    if st.session_state.get(WATCHED) not in names:
        latest = runs[0].id
        st.session_state[WATCHED] = linked_choice("run", names, key="run", instead=names[latest]) or latest
    chosen = st.selectbox("Run", list(names), format_func=lambda run_id: names.get(run_id, run_id), key=WATCHED)
    keep_in_address(run=chosen)
    return next(run for run in runs if run.id == chosen)


def show_no_runs() -> None:
    """The empty state."""
    st.info("No runs yet. Choose **New run** and press **Start**.")


def dispatcher_problem() -> str | None:
    """Why this server starts no queued run, in a sentence; None if all is well."""
    return services().dispatcher.problem()


def watch(run: Run, problem: Callable[[], str | None] = dispatcher_problem) -> None:
    """Show a run, and keep the page up to date while the run is active.

    Args:
        run: the run to show.
        problem: returns why no queued run starts; None if all is well.
    """
    show_error()
    state = run.state()
    if state.is_active:
        st.fragment(_draw, run_every=POLL_SECONDS)(run, state.status, problem)
    else:
        _show(run, None)


def _draw(run: Run, was: Status, problem: Callable[[], str | None]) -> None:
    if run.state().status != was:
        st.rerun()  # the whole page: the sign of training changes; polling may end, and there may be a new model
    _show(run, problem())


def _show(run: Run, problem: str | None) -> None:
    try:
        show_run(run, run.state(), problem)
    except RunError as error:
        st.error(str(error))  # its settings are damaged
