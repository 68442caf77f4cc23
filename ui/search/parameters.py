"""The search space in the form: which parameters are searched, and in which range."""

from typing import Any

import streamlit as st
from optuna.distributions import BaseDistribution, CategoricalDistribution

from digitcore.errors import SettingError
from digitcore.search.space import Space, choices, is_whole, number_range, searchable
from ui.search.words import parameter_title, value_in_words
from ui.shared.detail import shows_everything
from ui.shared.glossary import explain

PREFIX = "search_space_"
#: The key of the list of parameters that are searched.
CHOSEN = f"{PREFIX}chosen"
#: Formats of numbers in the fields.
WHOLE, DECIMAL = "%d", "%.6g"


def fill_space(architecture: str, space: Space) -> None:
    """Put a search space into the form, and the usual range of every other parameter; for callbacks, before it is drawn."""
    st.session_state[CHOSEN] = list(space)
    for name, usual in searchable(architecture).items():
        _fill(name, space.get(name, usual))


def read_space(architecture: str) -> Space:
    """The search space that the form shows.

    Raises:
        SettingError: nothing is chosen, a range is empty or reversed, or its step is of no use.
    """
    usual = searchable(architecture)
    chosen = [name for name in st.session_state.get(CHOSEN) or [] if name in usual]
    if not chosen:
        raise SettingError("space", None, "choose at least one parameter")
    return {name: _read(name, usual[name]) for name in chosen}


def space_form(architecture: str) -> None:
    """Draw the choice of parameters, and a row for each that is chosen."""
    usual = searchable(architecture)
    st.multiselect(
        "What to search",
        list(usual),
        format_func=parameter_title,
        key=CHOSEN,
        persist_state="session",
        help=explain("search space", "hyper-parameter"),
    )
    for name in st.session_state[CHOSEN]:
        if name in usual:
            with st.container(border=True, gap="xsmall", key=f"search_row_{name}"):
                _row(name, usual[name])


def _row(name: str, usual: BaseDistribution) -> None:
    title = parameter_title(name)
    if isinstance(usual, CategoricalDistribution):
        st.multiselect(
            title,
            list(usual.choices),
            format_func=lambda value: value_in_words(name, value),
            key=f"{PREFIX}{name}_choices",
            persist_state="session",
        )
        return
    step = 1 if is_whole(name) else None
    form = {"step": step, "format": WHOLE if step else DECIMAL, "persist_state": "session"}
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.number_input(f"{title}, lowest", key=f"{PREFIX}{name}_low", **form)
        st.number_input(f"{title}, highest", key=f"{PREFIX}{name}_high", **form)
        if shows_everything():
            if not st.session_state.get(f"{PREFIX}{name}_log"):
                st.number_input(
                    f"{title}, step",
                    key=f"{PREFIX}{name}_step",
                    placeholder="any value",
                    help="Only every so many numbers from the lowest one are tried. Empty: any number.",
                    **form,
                )
            st.toggle(
                "Logarithmic",
                key=f"{PREFIX}{name}_log",
                persist_state="session",
                help="Tries 0.001 to 0.01 as often as 0.01 to 0.1.",
            )


def _fill(name: str, distribution: BaseDistribution) -> None:
    if isinstance(distribution, CategoricalDistribution):
        values: dict[str, Any] = {"choices": list(distribution.choices)}
    else:
        step = None if distribution.log else distribution.step
        values = {"low": distribution.low, "high": distribution.high, "log": distribution.log, "step": step}
    for what, value in values.items():
        st.session_state[f"{PREFIX}{name}_{what}"] = value


def _read(name: str, usual: BaseDistribution) -> BaseDistribution:
    if isinstance(usual, CategoricalDistribution):
        chosen = st.session_state.get(f"{PREFIX}{name}_choices") or []
        return choices(name, [value for value in usual.choices if value in chosen])
    low, high, step = (st.session_state.get(f"{PREFIX}{name}_{what}") for what in ("low", "high", "step"))
    if low is None or high is None:
        raise SettingError(name, None, "give the lowest and the highest value")
    return number_range(name, low, high, step=step, log=bool(st.session_state.get(f"{PREFIX}{name}_log")))
