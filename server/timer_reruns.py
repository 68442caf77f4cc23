"""Keep the timers of fragments from changing widgets.

A rerun that a timer (``run_every``) starts carries the values of all widgets, as any rerun does. Streamlit 1.67 applies them.
This loses what a visitor or a callback has just set:

- The browser notes a click at once, but sends it a moment later. A timer that fires in between sends the click first. Its
  callback then runs with the fragment, and the values that it sets are not drawn. The rerun of the click sends the old ones.
- A timer that fires before the page has drawn what a callback set also sends the old values.

The values that a timer sends are not needed, because each change has a rerun of its own. So such a rerun keeps the server's
values.

``tests/unit/server/test_timer_reruns.py`` fails when Streamlit no longer applies these values.
"""

from functools import wraps
from typing import Any

from streamlit.proto.ClientState_pb2 import ClientState
from streamlit.proto.WidgetStates_pb2 import WidgetStates
from streamlit.runtime.app_session import AppSession
from streamlit.runtime.state.session_state import SessionState

#: An entry beside the widgets: true if a visitor caused the rerun, false if a timer did. Streamlit merges waiting reruns, and
#: keeps a true trigger then, so that a click that is merged with a timer's rerun counts.
CAUSED_BY_VISITOR = "digitlab-caused-by-visitor"


def keep_widgets_from_timers() -> None:
    """From now on, a timer's rerun changes no widget's value. Calling this again changes nothing."""
    request, begin = AppSession.request_rerun, SessionState.on_script_will_rerun
    if hasattr(request, "__wrapped__"):
        return

    @wraps(request)
    def request_and_mark(session: AppSession, client_state: ClientState | None) -> None:
        request(session, client_state and _marked(client_state))

    @wraps(begin)
    def begin_without_timers_values(state: SessionState, fresh: WidgetStates | None, **options: Any) -> None:
        mark = _remove_mark(fresh)
        begin(state, None if mark is False else fresh, **options)
        if mark is False:
            _keep_values(state, fresh)

    AppSession.request_rerun = request_and_mark
    SessionState.on_script_will_rerun = begin_without_timers_values


def _marked(client_state: ClientState) -> ClientState:
    marked = ClientState()
    marked.CopyFrom(client_state)
    marked.widget_states.widgets.add(id=CAUSED_BY_VISITOR, trigger_value=not client_state.is_auto_rerun)
    return marked


def _remove_mark(states: WidgetStates | None) -> bool | None:
    """Remove the mark and return it; None for a rerun that no browser requested."""
    for number, widget in enumerate(states.widgets if states else []):
        if widget.id == CAUSED_BY_VISITOR:
            del states.widgets[number]
            return widget.trigger_value
    return None


def _keep_values(state: SessionState, sent: WidgetStates) -> None:
    """Take the sent values that the server knows, and keep its own where they differ."""
    state.set_widgets_from_proto(sent)
    for widget in sent.widgets:
        if widget.id in state._old_state and state._widget_changed(widget.id):
            state._new_widget_state.set_from_value(widget.id, state._old_state[widget.id])
