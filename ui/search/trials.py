"""The table of trials: sort it, select one to open it, or two to see what a setting did."""

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from digitcore.search.records import TrialRecord
from digitcore.search.study import Study
from ui.search.models import open_buttons
from ui.search.pair import show_pair
from ui.search.words import parameter_title, settings_in_words, value_in_words
from ui.shared.detail import shows_everything
from ui.shared.glossary import explain

#: Session keys: the table (its study and version are appended), and what the browser shows: study, trial numbers, version.
TABLE, SHOWN = "search_trials_table", "search_trials_shown"
#: Two trials can be compared.
MOST_SELECTED = 2


def show_trials(study: Study) -> None:
    """The table, and what can be done with the selected trials."""
    records = study.records()
    if not records:
        st.info("No trials yet. They will stand here, each with its settings and its result.")
        return
    st.subheader("Trials", anchor=False, help=explain("trial", "pruner"))
    selected = _select(study, records)
    if not selected:
        st.caption("Select a trial at its left edge to open its network, or two to see what a setting did.")
    elif len(selected) == 1:
        _show_one(study, selected[0])
    else:
        if len(selected) > MOST_SELECTED:
            st.caption("The first two of the selected trials are compared.")
        show_pair(study, selected[:MOST_SELECTED])
        open_buttons(study, selected[:MOST_SELECTED])


def _select(study: Study, records: Sequence[TrialRecord]) -> list[TrialRecord]:
    """Draw the table and return the selected trials.

    A browser reports a selection as row numbers. New trials come at the end, so that the numbers stay true. If a row has gone,
    as that of a trial which was repeated, the table is a new one, without a selection.
    """
    numbers = [record.number for record in records]
    shown_study, shown, version = st.session_state.get(SHOWN, (study.name, [], 0))
    if shown_study != study.name or numbers[: len(shown)] != shown:
        version += 1
    st.session_state[SHOWN] = study.name, numbers, version
    state = st.dataframe(
        _table(study, records),
        hide_index=True,
        height=320,
        placeholder="",
        on_select="rerun",
        selection_mode="multi-row",
        key=f"{TABLE}_{version}",
        column_config=_columns(study),
    )
    rows = state["selection"]["rows"] if state else []
    return [records[row] for row in rows if row < len(records)]


def _table(study: Study, records: Sequence[TrialRecord]) -> pd.DataFrame:
    objective = study.config.objective
    columns = {
        "trial": [record.number for record in records],
        "state": [record.state for record in records],
        "loss" if objective == "loss" else "accuracy": [record.value for record in records],
    }
    if objective == "accuracy_and_parameters" or shows_everything():
        columns["parameters"] = [record.parameters for record in records]
    for name in study.config.space:
        columns[parameter_title(name)] = [_cell(name, record.params.get(name)) for record in records]
    columns["seconds"] = [record.seconds for record in records]
    columns["reason"] = [record.reason for record in records]
    if shows_everything():
        columns["worker"] = [record.worker for record in records]
    return pd.DataFrame(columns)


def _cell(name: str, value: object) -> object:
    """Numbers stay numbers, so that they are sorted as such."""
    return value_in_words(name, value) if isinstance(value, str | bool) else value


def _columns(study: Study) -> dict[str, object]:
    number = st.column_config.NumberColumn
    columns = {
        "loss": number("loss", format="%.4f", help="The validation loss: lower is better."),
        "accuracy": number("accuracy", format="percent", help="The validation accuracy: higher is better."),
        "parameters": number("parameters", format="localized"),
        "seconds": number("seconds", format="%.1f"),
        "reason": st.column_config.TextColumn("reason", width="medium", help="Why a trial was pruned or failed."),
    }
    for name in study.config.space:
        if name == "learning_rate":
            columns[parameter_title(name)] = number(parameter_title(name), format="%.3g")
    return columns


def _show_one(study: Study, record: TrialRecord) -> None:
    st.markdown(f"**Trial {record.number}**, {record.state}. {settings_in_words(record.params)}")
    if record.reason:
        st.caption(record.reason)
    open_buttons(study, [record])
