"""The form of a new search, and how it is read."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import streamlit as st

from digitcore.errors import SettingError
from digitcore.search.config import MAX_TRIALS, MAX_WORKERS, SearchConfig, default_search
from digitcore.training.recipes import RECIPES
from ui.search.parameters import fill_space, read_space, space_form
from ui.search.words import OBJECTIVES, PRUNERS, SAMPLERS, Choice
from ui.shared.detail import shows_everything
from ui.shared.glossary import explain
from ui.shared.settings import CHOICES

PREFIX = "search_"
DATA = {name: title for name, title in CHOICES["data"].items() if name != "folder"}
#: Widget -> label, as an error calls it.
LABELS = {
    "name": "Name of the search",
    "architecture": "Kind of network",
    "space": "What to search",
    "trials": "Trials",
    "minutes": "Minutes at most",
    "workers": "Workers",
    "data": "Training images",
    "limit": "Images per trial",
    "epochs": "Epochs per trial",
    "sampler": "Sampler",
    "pruner": "Pruner",
    "objective": "Objective",
    "seed": "Seed",
}
#: What a search for two goals can choose.
WITH_TWO_GOALS = {"sampler": ("tpe", "random", "grid"), "pruner": ("none",)}
CHOICES_OF: dict[str, Mapping[str, Choice]] = {"sampler": SAMPLERS, "pruner": PRUNERS, "objective": OBJECTIVES}


def fill_form(search: SearchConfig) -> None:
    """Put a search's settings into the form; for callbacks, before the form is drawn."""
    base = search.base
    values: dict[str, Any] = {"architecture": base.architecture, "data": base.data, "limit": base.limit, "epochs": base.epochs}
    for name in ("name", "sampler", "pruner", "objective", "trials", "minutes", "workers", "seed"):
        values[name] = getattr(search, name)
    for name, value in values.items():
        st.session_state[PREFIX + name] = value
    fill_space(base.architecture, search.space)


def fill_new_form(taken: set[str]) -> None:
    """Give the form of a new visitor the usual search, with a name that is free."""
    if PREFIX + "name" not in st.session_state:
        fill_form(default_search("lenet", free_name("lenet_search", taken)))


def free_name(name: str, taken: set[str]) -> str:
    """The name, or the name with the first number from 2 that makes it free."""
    names = (name if number == 1 else f"{name}_{number}" for number in range(1, len(taken) + 2))
    return next(each for each in names if each not in taken)


def read_search() -> SearchConfig:
    """The search that the form shows.

    Raises:
        ConfigError: a setting is missing or invalid.
    """
    value = {name: st.session_state.get(PREFIX + name) for name in LABELS}
    for name, listed in (("architecture", RECIPES), ("data", DATA), *CHOICES_OF.items()):
        if value[name] not in listed:  # whatever a browser sends
            raise SettingError(name, value[name], "choose one that is listed")
    name = "_".join((value["name"] or "").split())
    usual = default_search(value["architecture"], name)
    base = replace(usual.base, data=value["data"], limit=value["limit"], epochs=value["epochs"])
    names = ("sampler", "pruner", "objective", "trials", "minutes", "workers", "seed")
    return replace(usual, base=base, space=read_space(value["architecture"]), **{name: value[name] for name in names})


def search_form() -> None:
    """Draw the settings; ``read_search`` reads them."""
    left, right = st.columns(2, gap="large")
    with left:
        st.subheader("What to search", anchor=False)
        _draw(st.selectbox, "architecture", options=list(RECIPES), format_func=CHOICES["architecture"].get, on_change=_refill)
        space_form(st.session_state[PREFIX + "architecture"])
        st.caption("All other settings are those with which the included model was trained.")
    with right:
        st.subheader("How to search", anchor=False)
        _draw(st.text_input, "name", max_chars=64)
        _choice("objective", "cross-entropy")
        _choice("sampler", "sampler")
        _choice("pruner", "pruner")
        st.subheader("How long", anchor=False)
        columns = st.columns(3, vertical_alignment="bottom")
        with columns[0]:
            _draw(st.number_input, "trials", min_value=0, max_value=MAX_TRIALS, step=5, help=explain("trial", "study"))
        with columns[1]:
            _draw(st.number_input, "minutes", min_value=0.0, step=1.0, format="%.6g", placeholder="no limit")
        with columns[2]:
            _draw(st.number_input, "workers", min_value=1, max_value=MAX_WORKERS, step=1, help=explain("worker"))
        columns = st.columns(3, vertical_alignment="bottom")
        with columns[0]:
            _draw(st.selectbox, "data", options=list(DATA), format_func=DATA.get)
        with columns[1]:
            _draw(st.number_input, "limit", min_value=1, step=1000, placeholder="all")
        with columns[2]:
            _draw(st.number_input, "epochs", min_value=1, step=1, help=explain("epoch"))
        if shows_everything():
            _draw(st.number_input, "seed", min_value=0, step=1, help=explain("seed"))


def _refill() -> None:
    """Another architecture has other parameters."""
    architecture = st.session_state[PREFIX + "architecture"]
    if architecture in RECIPES:
        fill_space(architecture, default_search(architecture, "search").space)


def _choice(name: str, term: str) -> None:
    choices = CHOICES_OF[name]
    possible = list(choices)
    if st.session_state.get(PREFIX + "objective") == "accuracy_and_parameters":
        possible = [each for each in possible if each in WITH_TWO_GOALS.get(name, possible)]
    if st.session_state.get(PREFIX + name) not in possible:  # of one goal, or whatever a browser sends
        st.session_state[PREFIX + name] = possible[0]
    _draw(st.selectbox, name, options=possible, format_func=lambda value: choices[value].label, help=explain(term))
    few = " A search with two goals prunes no trial." if possible == ["none"] else ""
    st.caption(f"{choices[st.session_state[PREFIX + name]].sentence}{few}")


def _draw(widget: Any, name: str, **options: Any) -> None:
    widget(LABELS[name], key=PREFIX + name, persist_state="session", **options)
