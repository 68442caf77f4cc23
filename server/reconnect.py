"""Keep a page from turning blank when its connection breaks while the server is sending.

While a browser is disconnected, Streamlit 1.67 collects the messages that it cannot send, and sends them after the reconnect.
The messages that were on their way when the connection broke are lost. The later ones can then refer to containers that the
browser never received: its code fails with "Bad delta path index", and the page stays blank until it is reloaded. They are not
needed, because a browser whose run was interrupted, or whose page has fragments, requests a full run when it reconnects.

``tests/unit/server/test_reconnect.py`` fails when Streamlit no longer sends these messages.
"""

from functools import wraps
from typing import Any

from streamlit.runtime.websocket_session_manager import WebsocketSessionManager


def forget_unsent_messages() -> None:
    """From now on, drop a session's unsent messages when its browser reconnects. Calling this again changes nothing."""
    resume = WebsocketSessionManager._resume_stored_session
    if hasattr(resume, "__wrapped__"):
        return

    @wraps(resume)
    def resume_without_unsent_messages(manager: WebsocketSessionManager, *args: Any) -> str | None:
        session_id = resume(manager, *args)
        if session_id is not None:
            manager.get_active_session_info(session_id).session.flush_browser_queue()
        return session_id

    WebsocketSessionManager._resume_stored_session = resume_without_unsent_messages
