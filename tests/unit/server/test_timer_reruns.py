"""A timer's rerun changes no widget; and a canary that notices when Streamlit changes what it applies."""

import pytest
from streamlit.proto.ClientState_pb2 import ClientState
from streamlit.runtime.app_session import AppSession, AppSessionState
from streamlit.runtime.scriptrunner_utils.script_requests import ScriptRequests
from streamlit.runtime.state.common import WidgetMetadata
from streamlit.runtime.state.session_state import SessionState

from server.timer_reruns import keep_widgets_from_timers

installed = {AppSession: AppSession.request_rerun, SessionState: SessionState.on_script_will_rerun}
TEXT, BUTTON = "$$ID-1-text", "$$ID-2-button"


@pytest.fixture(autouse=True)
def streamlit_as_installed(monkeypatch):
    for owner, method in installed.items():
        monkeypatch.setattr(owner, method.__name__, method)


class Session:
    """A session with a text field and a button, whose script is never run; reruns that are requested wait."""

    _state = AppSessionState.APP_IS_RUNNING
    _scriptrunner = None

    def __init__(self):
        self.state = SessionState()
        self._client_state = ClientState()
        self._requests = ScriptRequests()
        self._register(TEXT, "text", "string_value", str, lambda value: value or "")
        self._register(BUTTON, "button", "trigger_value", bool, bool)

    def _register(self, widget_id, key, value_type, serializer, deserializer):
        metadata = WidgetMetadata(widget_id, deserializer, serializer, value_type)
        self.state.register_widget(metadata, key)

    def has_fragment(self, fragment_id):
        return True

    def _create_scriptrunner(self, rerun_data):
        self._requests.request_rerun(rerun_data)

    def request(self, text, *, by_timer=False, pressed=False):
        """What the browser sends: the field's text, and whether the button was pressed."""
        sent = ClientState(is_auto_rerun=by_timer, fragment_id="ticking" if by_timer else "")
        sent.widget_states.widgets.add(id=TEXT, string_value=text)
        if pressed:
            sent.widget_states.widgets.add(id=BUTTON, trigger_value=True)
        AppSession.request_rerun(self, sent)

    def run(self):
        """Begin the run that was requested, as the thread of a script does; what the script would see of the widgets."""
        self.state.on_script_will_rerun(self._requests.on_scriptrunner_ready().rerun_data.widget_states)
        self._requests = ScriptRequests()
        return self.state["text"], self.state["button"]


def test_streamlit_alone_applies_what_timers_bring():
    """Streamlit still does what we keep it from; where this fails, ``server/timer_reruns.py`` can go."""
    session = Session()
    session.request("new", by_timer=True, pressed=True)
    assert session.run() == ("new", True)


def test_a_change_waits_for_its_own_rerun():
    """A timer that brings a change first leaves it to the visitor's rerun, so that a press counts once."""
    keep_widgets_from_timers()
    keep_widgets_from_timers()
    session = Session()
    session.request("new", by_timer=True, pressed=True)
    assert session.run() == ("", False)
    session.request("new", pressed=True)
    assert session.run() == ("new", True)


def test_an_old_value_does_not_come_back():
    """A timer that fires before the page has drawn what the server set does not undo it."""
    keep_widgets_from_timers()
    session = Session()
    session.request("typed")
    session.run()
    session.state["text"] = "set"
    session.request("typed", by_timer=True)
    assert session.run() == ("set", False)


@pytest.mark.parametrize("timer_first", [True, False])
def test_merged_with_a_visitors_rerun(timer_first):
    """Where a timer's rerun and a visitor's become one, the visitor's change counts."""
    keep_widgets_from_timers()
    session = Session()
    requests = [{"text": "new", "by_timer": True}, {"text": "new", "pressed": True}]
    for request in requests if timer_first else reversed(requests):
        session.request(**request)
    assert session.run() == ("new", True)


def test_two_timers_merged():
    """Two timers' reruns that become one change nothing either."""
    keep_widgets_from_timers()
    session = Session()
    session.request("new", by_timer=True)
    session.request("new", by_timer=True)
    assert session.run() == ("", False)


def test_reruns_that_no_browser_requests():
    """A rerun that brings no widgets is left alone."""
    keep_widgets_from_timers()
    session = Session()
    AppSession.request_rerun(session, None)
    assert session.run() == ("", False)
