"""A small sign of the training that goes on, on every page."""

from typing import TYPE_CHECKING

import streamlit as st

from digitcore.runs.registry import active_runs
from digitcore.runs.state import Status

if TYPE_CHECKING:
    from streamlit.navigation.page import StreamlitPage

POLL_SECONDS = 5.0


def show_activity(train_page: "StreamlitPage") -> None:
    """A link to the Train page, such as "1 running, 2 waiting", which is kept up to date; nothing if no run is active."""
    is_active = bool(active_runs())
    st.fragment(_draw, run_every=POLL_SECONDS if is_active else None)(train_page, is_active)


def _draw(train_page: "StreamlitPage", was_active: bool) -> None:
    active = active_runs()
    if was_active and not active:
        st.rerun()  # the timer ends, and there may be a new model
    running = [run.id for run, state in active.items() if state.status == Status.RUNNING]
    waiting = len(active) - len(running)
    parts = [f"{len(running)} running"] * bool(running) + [f"{waiting} waiting"] * bool(waiting)
    if parts:
        st.page_link(
            train_page,
            label=", ".join(parts),
            icon=":material/progress_activity:",
            query_params={"view": "Watch", "run": min(running or [run.id for run in active])},
            width="content",
            help="Networks that are being trained on this computer, and those that wait for their turn. Click to watch.",
        )
