"""The bar at the bottom of the form: Start, how many combinations there are, and how long the search will take."""

import os
from dataclasses import replace
from typing import Any

import streamlit as st
from optuna.distributions import BaseDistribution, CategoricalDistribution

from digitcore.errors import DigitcoreError, SettingError
from digitcore.search.config import SearchConfig, combinations_of_grid
from digitcore.search.space import combinations, trial_config
from digitcore.search.study import create_study
from digitcore.training.duration import OTHER_SECONDS
from server.services import services
from ui.search.actions import open_study
from ui.search.form import LABELS, fill_form, free_name, read_search
from ui.search.words import parameter_title
from ui.shared.durations import roughly
from ui.shared.estimates import MEASURING, wait_for_times
from ui.shared.glossary import explain
from ui.shared.settings import in_page_words

ERROR = "search_error"


def show_start_bar(taken: set[str]) -> None:
    """Start, always in sight; if the settings are of no use, the reason.

    Args:
        taken: the names of the studies that exist.
    """
    try:
        search = read_search()
        if search.name in taken:
            raise SettingError("name", search.name, "there is such a search already; give another name")
        typical = trial_config(search.base, {name: _middle(values) for name, values in search.space.items()})
    except DigitcoreError as error:
        with st.bottom:
            st.error(in_search_words(error))
            st.button("Start", type="primary", icon=":material/play_arrow:", disabled=True)
        return
    try:
        wait_for_times(typical)
        seconds = services().speed_estimates.seconds_for(typical)
        time = MEASURING if seconds is None else _time_in_words(search, seconds)
    except DigitcoreError as error:  # the middle of the ranges cannot be built, but other places can
        time = in_search_words(error)
    with st.bottom:
        if problem := st.session_state.pop(ERROR, None):
            st.error(problem)
        with st.container(horizontal=True, vertical_alignment="center", key="search_start"):
            st.button("Start", type="primary", icon=":material/play_arrow:", on_click=_start, args=(taken,))
            st.markdown(f"{combinations_in_words(search)} · {time}", help=explain("search space", "pruner"), width="content")


def in_search_words(error: DigitcoreError) -> str:
    """The error's message in the words of this page's labels."""
    if not isinstance(error, SettingError):
        return str(error)
    label = LABELS.get(error.setting) or parameter_title(error.setting)
    advice = error.advice.replace("give a list of whole numbers", "give whole numbers")  # of one layer's filters
    return in_page_words(SettingError(label, error.value, advice))


def combinations_in_words(search: SearchConfig) -> str:
    """How many combinations the search space holds."""
    count = combinations(search.space)
    return "endlessly many combinations" if count is None else f"{count:,} combination{'s' * (count != 1)}"


def _time_in_words(search: SearchConfig, seconds_per_run: float) -> str:
    """The time for all trials if none is pruned.

    Args:
        search: the search.
        seconds_per_run: how long a run of its own takes with typical settings.
    """
    at_once = min(search.workers, os.cpu_count() or 1)
    count = min(search.trials, combinations_of_grid(search.space)) if search.sampler == "grid" else search.trials
    seconds = OTHER_SECONDS + count * max(0.5, seconds_per_run - OTHER_SECONDS) / at_once
    if search.minutes and seconds > 60 * search.minutes:
        return f"ends after {roughly(60 * search.minutes)}, before all trials are done"
    return roughly(seconds) + ("" if search.pruner == "none" else ", less with pruning")


def _middle(values: BaseDistribution) -> Any:
    """A typical value of a range."""
    if isinstance(values, CategoricalDistribution):
        return values.choices[len(values.choices) // 2]
    middle = (values.low * values.high) ** 0.5 if values.log else (values.low + values.high) / 2
    if values.step and not values.log:
        middle = values.low + values.step * round((middle - values.low) / values.step)
    return type(values.low)(min(max(middle, values.low), values.high))


def _start(taken: set[str]) -> None:
    """Create the study, start it and watch it, or say why not."""
    try:
        search = read_search()
        study = create_study(search)
        study.start()
    except DigitcoreError as error:
        st.session_state[ERROR] = in_search_words(error)
    else:
        open_study(search.name)
        fill_form(replace(search, name=free_name(search.name, taken | {search.name})))  # for the next one
