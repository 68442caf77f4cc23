"""A page with a choice whose callback fills a field, two buttons, and a fragment that a timer runs again."""

import time
from functools import wraps

import streamlit as st
from streamlit.runtime.scriptrunner.script_runner import ScriptRunner

from server.timer_reruns import keep_widgets_from_timers

keep_widgets_from_timers()  # as the app does when its server starts


def begin_late() -> None:
    """From now on a run begins as late as on a machine that does other things too."""
    run = ScriptRunner._run_script_thread
    if hasattr(run, "__wrapped__"):
        return

    @wraps(run)
    def run_late(runner: ScriptRunner) -> None:
        time.sleep(0.2)
        run(runner)

    ScriptRunner._run_script_thread = run_late


begin_late()

TEXTS = {"One": "first", "Two": "second"}


def fill() -> None:
    st.session_state.text = TEXTS[st.session_state.choice]
    st.session_state.calls = st.session_state.get("calls", 0) + 1


@st.fragment(run_every=0.3)
def ticking() -> None:
    st.session_state.ticks = st.session_state.get("ticks", 0) + 1
    st.markdown(f"Tick {st.session_state.ticks}.")


st.segmented_control("Choice", list(TEXTS), key="choice", on_change=fill)
st.text_input("Text", key="text")
st.markdown(f"The server has {st.session_state.text or 'nothing'}, after {st.session_state.get('calls', 0)} calls.")
ticking()


def count(name: str) -> None:
    st.session_state[name] = st.session_state.get(name, 0) + 1


for name in ("First", "Second"):
    st.button(name, on_click=count, args=(name,))
st.markdown(f"{st.session_state.get('First', 0)} and {st.session_state.get('Second', 0)} clicks")
