"""Which models a view of the compare page shows.

The keys of these pickers are the names in the page's address, because Streamlit's ``bind="query-params"`` uses a widget's key
for both. So they have no prefix, unlike the page's other keys.
"""

import streamlit as st

from ui.compare.results import Results, by_accuracy

#: More lines in a chart cannot be told apart.
MAX_SHOWN = 8


def choose_models(results: Results) -> list[str]:
    """Choose up to eight models, initially the four most accurate ones; the choice is in the page's address."""
    names = by_accuracy(results)
    chosen = st.multiselect(
        "Models",
        names,
        default=None if "models" in st.session_state else names[:4],
        max_selections=MAX_SHOWN,
        key="models",
        bind="query-params",
    )
    if not chosen:
        st.info("Choose a model.")
    return chosen


def choose_pair(results: Results) -> tuple[str, str]:
    """Choose two models, initially the two most accurate ones; the choice is in the page's address."""
    names = by_accuracy(results)
    columns = st.columns(2)
    left = columns[0].selectbox("First model", names, key="first", bind="query-params")
    right = columns[1].selectbox("Second model", names, index=min(1, len(names) - 1), key="second", bind="query-params")
    return left, right
