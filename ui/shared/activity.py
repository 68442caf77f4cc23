"""A small sign of the training and of the searches that go on, on every page."""

from typing import TYPE_CHECKING

import streamlit as st

from digitcore.runs.registry import active_runs
from digitcore.runs.state import Status
from server.services import services

if TYPE_CHECKING:
    from streamlit.navigation.page import StreamlitPage

POLL_SECONDS = 5.0


def show_activity(train_page: "StreamlitPage", search_page: "StreamlitPage") -> None:
    """Links such as "1 running, 2 waiting" and "1 search", which are kept up to date; nothing if nothing goes on."""
    is_active = bool(active_runs() or _searching())
    st.fragment(_draw, run_every=POLL_SECONDS if is_active else None)(train_page, search_page, is_active)


def _searching() -> list[str]:
    """The studies that run, as the dispatcher knows them; no database is read for this."""
    return sorted(services().search_dispatcher.searching)


def _draw(train_page: "StreamlitPage", search_page: "StreamlitPage", was_active: bool) -> None:
    active, searching = active_runs(), _searching()
    if was_active and not active and not searching:
        st.rerun()  # the timer ends, and there may be a new model
    running = [run.id for run, state in active.items() if state.status == Status.RUNNING]
    waiting = len(active) - len(running)
    parts = [f"{len(running)} running"] * bool(running) + [f"{waiting} waiting"] * bool(waiting)
    with st.container(horizontal=True, gap="xsmall", width="content"):
        _draw_links(train_page, search_page, searching, parts, min(running or [run.id for run in active], default=""))


def _draw_links(
    train_page: "StreamlitPage", search_page: "StreamlitPage", searching: list[str], parts: list[str], run: str
) -> None:
    if searching:
        st.page_link(
            search_page,
            label=f"{len(searching)} search{'es' * (len(searching) > 1)}",
            icon=":material/manage_search:",
            query_params={"view": "Watch", "study": searching[0]},
            width="content",
            help="Searches for the best settings that go on now. Click to watch.",
        )
    if parts:
        st.page_link(
            train_page,
            label=", ".join(parts),
            icon=":material/progress_activity:",
            query_params={"view": "Watch", "run": run},
            width="content",
            help="Networks that are being trained on this computer, and those that wait for their turn. Click to watch.",
        )
