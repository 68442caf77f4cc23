"""A browser that comes back gets a whole page; and a canary that notices when Streamlit changes what it sends."""

import asyncio
from concurrent.futures import ThreadPoolExecutor

import pytest
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.runtime.app_session import AppSession
from streamlit.runtime.memory_session_storage import MemorySessionStorage
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.script_data import ScriptData
from streamlit.runtime.scriptrunner.script_cache import ScriptCache
from streamlit.runtime.websocket_session_manager import WebsocketSessionManager

from server.reconnect import draw_anew_after_reconnects

SCRIPT = ScriptData(main_script_path="app.py", is_hello=False)

installed = WebsocketSessionManager._resume_stored_session


@pytest.fixture(autouse=True)
def streamlit_as_installed(monkeypatch):
    monkeypatch.setattr(WebsocketSessionManager, "_resume_stored_session", installed)


@pytest.fixture(autouse=True)
def reruns(monkeypatch):
    """The runs that are requested, as a list that grows; no script is run."""
    requested = []
    monkeypatch.setattr(AppSession, "request_rerun", lambda self, state: requested.append(state))
    return requested


def run(coroutine):
    """Run it in a loop of its own, in another thread: the browser tests leave one running in this thread."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, coroutine).result()


def drawing(place):
    """A message that draws something at a place."""
    message = ForwardMsg()
    message.metadata.delta_path.extend([0, place])
    message.delta.new_element.text.body = "drawn"
    return message


def beginning(*fragments):
    """The message with which a run begins: of the whole script, or of some fragments."""
    message = ForwardMsg()
    message.metadata.run.fragment_ids.extend(fragments)
    message.new_session.name = "run"
    return message


def received_after_a_reconnect(before, after):
    """The kinds of messages that a browser gets that comes back, of those sent while it was away and since."""

    async def reconnect():
        manager = WebsocketSessionManager(
            session_storage=MemorySessionStorage(),
            uploaded_file_manager=MemoryUploadedFileManager("/files"),
            script_cache=ScriptCache(),
            message_enqueued_callback=None,
        )
        session_id = manager.connect_session(object(), SCRIPT, {})
        session = manager.get_active_session_info(session_id).session
        manager.disconnect_session(session_id)
        for message in before:
            session._enqueue_forward_msg(message)
        assert manager.connect_session(object(), SCRIPT, {}, existing_session_id=session_id) == session_id
        for message in after:
            session._enqueue_forward_msg(message)
        kinds = [message.WhichOneof("type") for message in session.flush_browser_queue()]
        manager.close_session(session_id)
        return kinds

    return run(reconnect())


def test_streamlit_alone_sends_old_messages():
    """Streamlit still does what we keep it from; where this fails, ``server/reconnect.py`` can go."""
    assert received_after_a_reconnect([drawing(0)], [drawing(1)]) == ["delta", "delta"]


def test_what_was_not_sent_is_forgotten():
    """A browser that comes back gets nothing that was drawn while it was away."""
    draw_anew_after_reconnects()
    draw_anew_after_reconnects()
    assert received_after_a_reconnect([drawing(0)], []) == []


def test_the_script_runs_anew(reruns):
    """The page is drawn again as a whole, whether or not the browser requests it."""
    draw_anew_after_reconnects()
    received_after_a_reconnect([], [])
    assert len(reruns) == 1
    assert not reruns[0].fragment_id


def test_a_run_that_goes_on_draws_nothing():
    """What an interrupted run, or a fragment, still draws is dropped until the whole script runs; then all is sent."""
    draw_anew_after_reconnects()
    sent = [drawing(0), beginning("fragment"), drawing(1), beginning(), drawing(2), beginning("fragment"), drawing(3)]
    assert received_after_a_reconnect([], sent) == ["new_session", "new_session", "delta", "new_session", "delta"]


def test_a_new_session(reruns):
    """A browser with an unknown session gets a new one, which is left alone."""
    draw_anew_after_reconnects()

    async def connect():
        manager = WebsocketSessionManager(
            session_storage=MemorySessionStorage(),
            uploaded_file_manager=MemoryUploadedFileManager("/files"),
            script_cache=ScriptCache(),
            message_enqueued_callback=None,
        )
        session_id = manager.connect_session(object(), SCRIPT, {}, existing_session_id="unknown")
        manager.close_session(session_id)
        return session_id

    assert run(connect()) != "unknown"
    assert not reruns
