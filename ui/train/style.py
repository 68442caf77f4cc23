"""The style sheet of the Train page."""

from pathlib import Path

import streamlit as st

STYLE = Path(__file__).with_name("style.css")


def add_style() -> None:
    """Add the page's style sheet, which takes no place on it."""
    st.html(STYLE)
