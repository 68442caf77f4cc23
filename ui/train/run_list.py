"""The table of all runs: select several to compare their curves or delete them, or one to open or repeat it."""

import pandas as pd
import streamlit as st

from digitcore.errors import DigitcoreError, RunError
from digitcore.runs.registry import list_runs
from digitcore.runs.run import Run
from ui.shared.detail import shows_everything
from ui.shared.durations import in_words
from ui.shared.settings import CHOICES
from ui.shared.titles import title_of
from ui.train.actions import open_run, show_error, train_again
from ui.train.panels import BADGES
from ui.train.run_names import names_of
from ui.train.watch import show_no_runs

#: Session keys: the table (its version is appended), and the ids in the table that the browser shows, with that version.
TABLE, SHOWN = "train_runs_table", "train_runs_shown"


def show_runs() -> None:
    """The table, and the actions for the selected runs."""
    runs = list_runs()
    if not runs:
        show_no_runs()
        return
    names = names_of(runs)
    selected = _select(runs, names)
    if not selected:
        st.caption(
            "Select runs at their left edge, or by Shift and Space, to compare their curves, open, repeat or delete them."
        )
        return
    _show_buttons(selected, names)
    show_error()
    histories = {names[run.id]: rows for run in selected if (rows := run.curve())}
    if histories:
        from digitcore.figures.training import runs_chart

        st.plotly_chart(runs_chart(histories), config={"displayModeBar": False})
    if len(selected) == 1:
        _show_settings(selected[0])


def _select(runs: list[Run], names: dict[str, str]) -> list[Run]:
    """Draw the table, with the runs' names, and return the selected runs.

    A browser reports a selection as row numbers of the table that it shows. They are turned into ids with the list of runs from
    which that table was drawn, so that runs that have since appeared or gone shift nothing. A changed list becomes a new table.
    """
    ids = [run.id for run in runs]
    shown, version = st.session_state.get(SHOWN, ([], 0))
    selection = None
    if ids != shown:
        selected = {shown[row] for row in _selected_rows(st.session_state.get(f"{TABLE}_{version}"))}
        selection = {"selection": {"rows": [row for row, run_id in enumerate(ids) if run_id in selected]}}
        version += 1
        st.session_state[SHOWN] = ids, version
    state = st.dataframe(
        pd.DataFrame([_row(run, names[run.id]) for run in runs]),
        hide_index=True,
        on_select="rerun",
        selection_mode="multi-row",
        selection_default=selection,
        key=f"{TABLE}_{version}",
        column_config={
            "test accuracy": st.column_config.NumberColumn(format="percent"),
            "validation accuracy": st.column_config.NumberColumn(format="percent"),
        },
    )
    return [runs[row] for row in _selected_rows(state)]


def _selected_rows(state: dict | None) -> list[int]:
    return state["selection"]["rows"] if state else []


def _row(run: Run, name: str) -> dict:
    state = run.state()
    row = {"run": name, "state": BADGES[state.status][0]}
    try:
        config = run.config
    except DigitcoreError:
        return row
    history = run.history()
    best = history[state.best_epoch - 1] if state.best_epoch and len(history) >= state.best_epoch else {}
    row |= {
        "test accuracy": (state.metrics or {}).get("test_accuracy"),
        "epochs": f"{state.epoch} of {config.epochs}",
        "time": in_words(state.training_seconds),
        "network": title_of(config.architecture),
        "images": CHOICES["data"][config.data],
        "model": title_of(config.name),
    }
    if not shows_everything():
        return row
    return row | {
        "validation accuracy": best.get("val_accuracy"),
        "validation loss": best.get("val_loss"),
        "batch size": config.batch_size,
        "learning rate": f"{config.learning_rate:g}, {CHOICES['schedule'][config.schedule].lower()}",
    }


def _show_buttons(selected: list[Run], names: dict[str, str]) -> None:
    several = len(selected) > 1
    with st.container(horizontal=True):
        st.button("Open", icon=":material/monitoring:", disabled=several, on_click=open_run, args=(selected[0],))
        st.button(
            "Train again with these settings",
            icon=":material/replay:",
            disabled=several,
            on_click=train_again,
            args=(selected[0],),
        )
        with st.popover("Delete", icon=":material/delete:"):
            which = f"these {len(selected)} runs, each" if several else "this run,"
            st.write(f"Delete {which} with its curves and epochs? Saved models stay.")
            st.markdown("\n".join(f"- {names[run.id]}" for run in selected))
            st.button("Yes, delete", type="primary", on_click=_delete, args=(selected,))


def _delete(runs: list[Run]) -> None:
    for run in runs:
        try:
            run.delete()
        except RunError as error:
            st.toast(str(error), icon=":material/error:")


def _show_settings(run: Run) -> None:
    with st.expander("Settings"):
        try:
            st.json(run.config.to_json())
        except DigitcoreError as error:
            st.error(str(error))
