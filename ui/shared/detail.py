"""How much the pages show: what everybody needs, or everything."""

import streamlit as st

BASICS, EVERYTHING = "Basics", "Everything"
KEY = "detail"


def detail_switch() -> None:
    """The switch between basics and everything, for the frame of all pages."""
    st.segmented_control(
        "Show",
        [BASICS, EVERYTHING],
        default=BASICS,
        required=True,
        key=KEY,
        persist_state="session",
        label_visibility="collapsed",
        help="Everything adds formulas, statistics and rarely used settings.",
    )


def shows_everything() -> bool:
    """Whether to show formulas, statistics and rarely used settings as well."""
    return st.session_state.get(KEY) == EVERYTHING
