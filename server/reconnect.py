"""Keep a page from turning blank when its connection breaks while the server is sending.

Messages in transit when a connection breaks are lost. After the reconnect, Streamlit 1.67 sends the later ones: those that it
collected in the meantime, and those of a run that is still in progress. They can refer to containers that the browser never
received. Its code then fails with "Bad delta path index", and the page stays blank until it is reloaded. These messages are
not needed, because a full run of the script draws the whole page again. So a session whose browser reconnects runs its script
again, and sends nothing to be drawn until that run begins.

``tests/unit/server/test_reconnect.py`` fails when Streamlit no longer sends these messages.
"""

from functools import wraps
from typing import Any

from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.runtime.app_session import AppSession
from streamlit.runtime.websocket_session_manager import WebsocketSessionManager


def draw_anew_after_reconnects() -> None:
    """From now on, a session whose browser reconnects draws its whole page again. Calling this again changes nothing."""
    resume = WebsocketSessionManager._resume_stored_session
    if hasattr(resume, "__wrapped__"):
        return

    @wraps(resume)
    def resume_and_draw_anew(manager: WebsocketSessionManager, *args: Any) -> str | None:
        session_id = resume(manager, *args)
        if session_id is not None:
            _draw_anew(manager.get_active_session_info(session_id).session)
        return session_id

    WebsocketSessionManager._resume_stored_session = resume_and_draw_anew


def _draw_anew(session: AppSession) -> None:
    session.flush_browser_queue()
    _hold_back_until_a_full_run(session)
    session.request_rerun(session._client_state)


def _hold_back_until_a_full_run(session: AppSession) -> None:
    """Drop what an earlier run still wants to draw."""
    queue = session._browser_queue

    def enqueue(message: ForwardMsg) -> None:
        kind = message.WhichOneof("type")
        if kind == "new_session" and not message.metadata.run.fragment_ids:
            del queue.enqueue  # from here on the queue's own method takes every message
        elif kind == "delta":
            return
        type(queue).enqueue(queue, message)

    queue.enqueue = enqueue
