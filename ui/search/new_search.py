"""A new search: what to search, how, how long, and Start."""

from collections.abc import Sequence

import streamlit as st

from digitcore.search.study import Study
from ui.search.form import fill_new_form, search_form
from ui.search.start_bar import show_start_bar


def show_new_search(studies: Sequence[Study]) -> None:
    """Choose the settings, and start."""
    taken = {study.name for study in studies}
    fill_new_form(taken)
    st.write(
        "Which settings make the best network? A search trains many networks for a short time, each with different settings, "
        "and shows which settings work."
    )
    search_form()
    show_start_bar(taken)
