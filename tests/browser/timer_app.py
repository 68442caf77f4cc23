"""A page with a choice whose callback fills a field, beside a fragment that a timer runs again."""

import streamlit as st

from server.timer_reruns import keep_widgets_from_timers

keep_widgets_from_timers()  # as the app does when its server starts

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
