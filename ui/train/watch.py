"""Draw a run's page: once for a run that has ended, every second for one that is queued or running.

Everything is read from the run's folder, so this works in every tab and after a reload.
"""

from collections.abc import Callable

import streamlit as st

from digitcore.errors import RunError
from digitcore.runs.run import Run
from server.services import services
from ui.train.panels import show_run

POLL_SECONDS = 1.0


def dispatcher_problem() -> str | None:
    """Why this server starts no queued run, in a sentence; None if all is well."""
    return services().dispatcher.problem()


def watch(run: Run, problem: Callable[[], str | None] = dispatcher_problem) -> None:
    """Show a run, and keep the page up to date while the run is active.

    Args:
        run: the run to show.
        problem: returns why no queued run starts; None if all is well.
    """
    is_active = run.state().is_active
    st.fragment(_draw, run_every=POLL_SECONDS if is_active else None)(run, is_active, problem)


def _draw(run: Run, was_active: bool, problem: Callable[[], str | None]) -> None:
    state = run.state()
    if state.is_active != was_active:
        st.rerun()  # the whole page: polling begins or ends, and other pages may have a new model to offer
    try:
        show_run(run, state, problem() if state.is_active else None)
    except RunError as error:
        st.error(str(error))  # its settings are damaged
