"""Which models a view of the compare page shows.

The keys of these pickers are the names in the page's address, so they have no prefix, unlike the page's other keys.
"""

from collections.abc import Sequence

import streamlit as st

from ui.compare.results import Results, by_accuracy
from ui.shared.address import follow_address, keep_in_address, linked_choice, warn_of_link
from ui.shared.titles import titles_of

#: More lines in a chart cannot be told apart.
MAX_SHOWN, SHOWN_FIRST = 8, 4
MODELS = "models"


def choose_models(results: Results) -> dict[str, str]:
    """Choose up to eight models, initially the four most accurate ones; the choice is in the page's address.

    Returns:
        Model -> its title.
    """
    names, titles = by_accuracy(results), titles_of([*results.entries])
    follow_address(MODELS)
    if MODELS not in st.session_state:
        st.session_state[MODELS] = _linked(names)
    known = [name for name in _listed(st.session_state[MODELS]) if name in names]
    if known != st.session_state[MODELS]:  # of other data, or whatever a browser sends
        st.session_state[MODELS] = known or names[:SHOWN_FIRST]
    chosen = st.multiselect("Models", names, format_func=titles.get, max_selections=MAX_SHOWN, key=MODELS)
    if not chosen:
        st.info("Choose a model.")
    keep_in_address(**{MODELS: ",".join(chosen)})
    return {name: titles[name] for name in chosen}


def _linked(names: Sequence[str]) -> list[str]:
    """The models of the address that there are, or the most accurate ones."""
    linked = list(filter(None, st.query_params.get(MODELS, "").split(",")))
    unknown = [name for name in linked if name not in names]
    if unknown:
        warn_of_link("model", ", ".join(unknown), None)
    return [name for name in linked if name in names][:MAX_SHOWN] or list(names[:SHOWN_FIRST])


def _listed(value: object) -> list:
    return value if isinstance(value, list) else []


def choose_model(label: str, names: Sequence[str], titles: dict[str, str], *, key: str) -> str:
    """Choose one of several models, initially the address's, or the first.

    Args:
        label: of the picker.
        names: at least one.
        titles: model -> its title.
        key: the session-state key, and the name in the address.
    """
    follow_address(key)
    if key not in st.session_state:
        st.session_state[key] = linked_choice("model", names, key=key, instead=titles[names[0]]) or names[0]
    elif st.session_state[key] not in names:
        st.session_state[key] = names[0]
    name = st.selectbox(label, names, format_func=titles.get, key=key, width=220)
    keep_in_address(**{key: name})
    return name
