"""A canary: notices when Streamlit changes what a browser gets after a reconnect."""

import asyncio
from concurrent.futures import ThreadPoolExecutor

import pytest
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.runtime.memory_session_storage import MemorySessionStorage
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.script_data import ScriptData
from streamlit.runtime.scriptrunner.script_cache import ScriptCache
from streamlit.runtime.websocket_session_manager import WebsocketSessionManager

from server.reconnect import forget_unsent_messages

SCRIPT = ScriptData(main_script_path="app.py", is_hello=False)

installed = WebsocketSessionManager._resume_stored_session


@pytest.fixture(autouse=True)
def streamlit_as_installed(monkeypatch):
    monkeypatch.setattr(WebsocketSessionManager, "_resume_stored_session", installed)


def run(coroutine):
    """Run it in a loop of its own, in another thread: the browser tests leave one running in this thread."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, coroutine).result()


def new_manager():
    return WebsocketSessionManager(
        session_storage=MemorySessionStorage(),
        uploaded_file_manager=MemoryUploadedFileManager("/files"),
        script_cache=ScriptCache(),
        message_enqueued_callback=None,
    )


def messages_after_a_reconnect():
    """What waits for a browser that comes back to its session, of one message that could not be sent to it."""

    async def reconnect():
        manager = new_manager()
        session_id = manager.connect_session(object(), SCRIPT, {})
        session = manager.get_active_session_info(session_id).session
        manager.disconnect_session(session_id)
        session._enqueue_forward_msg(ForwardMsg(page_not_found={"page_name": "lost"}))
        assert manager.connect_session(object(), SCRIPT, {}, existing_session_id=session_id) == session_id
        messages = session.flush_browser_queue()
        manager.close_session(session_id)
        return messages

    return run(reconnect())


def test_streamlit_alone_sends_old_messages():
    """Streamlit still does what we keep it from; where this fails, ``server/reconnect.py`` can go."""
    assert [message.page_not_found.page_name for message in messages_after_a_reconnect()] == ["lost"]


def test_unsent_messages_are_forgotten():
    """A browser that comes back to its session gets nothing that was meant for its old connection."""
    forget_unsent_messages()
    forget_unsent_messages()
    assert messages_after_a_reconnect() == []


def test_a_new_session():
    """A browser with an unknown session gets a new one."""
    forget_unsent_messages()

    async def connect():
        manager = new_manager()
        session_id = manager.connect_session(object(), SCRIPT, {}, existing_session_id="unknown")
        manager.close_session(session_id)
        return session_id

    assert run(connect()) != "unknown"
