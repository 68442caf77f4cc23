"""The table of all runs: select several to compare their curves or delete them, or one to open or repeat it."""

import pandas as pd
import streamlit as st

from digitcore.errors import DigitcoreError, RunError
from digitcore.runs.registry import list_runs
from digitcore.runs.run import Run
from ui.shared.address import follow_address, keep_in_address, linked_choice
from ui.train.form import fill_form
from ui.train.panels import in_words

WATCH, NEW = "Watch", "New run"
#: Session keys: the id of the watched run, and an error of a callback.
WATCHED, ERROR = "train_run", "train_runs_error"
#: Session keys: the table (its version is appended), and the ids in the table that the browser shows, with that version.
TABLE, SHOWN = "train_runs_table", "train_runs_shown"


def show_runs() -> None:
    """The table, and the actions for the selected runs."""
    runs = list_runs()
    if not runs:
        show_no_runs()
        return
    selected = _select(runs)
    if not selected:
        st.caption("Select runs at their left edge to compare their curves, or to open, repeat or delete them.")
        return
    _show_buttons(selected)
    if problem := st.session_state.pop(ERROR, None):
        st.error(f"These settings cannot be used again: {problem}")
    histories = {run.id: rows for run in selected if (rows := run.history())}
    if histories:
        from digitcore.figures.training import runs_chart

        st.plotly_chart(runs_chart(histories), config={"displayModeBar": False})
    if len(selected) == 1:
        _show_settings(selected[0])


def choose_run() -> Run | None:
    """Choose a run to watch, initially the one in the address; None, with the reason on the page, if there is none."""
    runs = {run.id: run for run in list_runs()}
    follow_address(WATCHED)
    if WATCHED not in st.session_state and (linked := linked_choice("run", runs, key="run")):
        st.session_state[WATCHED] = linked
    chosen = st.selectbox("Run", list(runs), index=None, key=WATCHED, persist_state="session", placeholder="Choose a run")
    if not chosen:
        if not runs:
            show_no_runs()
        return None
    keep_in_address(run=chosen)
    return runs[chosen]


def show_no_runs() -> None:
    """The empty state."""
    st.info("No runs yet. Choose **New run**, or train with: `python -m digitcore train`")


def open_run(run: Run) -> None:
    """Show a run in the watch view; for callbacks."""
    st.session_state[WATCHED] = run.id
    st.session_state["view"] = WATCH


def _select(runs: list[Run]) -> list[Run]:
    """Draw the table and return the selected runs.

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
        pd.DataFrame([_row(run) for run in runs]),
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


def _row(run: Run) -> dict:
    state = run.state()
    row = {"run": run.id, "state": state.status}
    try:
        config = run.config
    except DigitcoreError:
        return row
    history = run.history()
    best = history[state.best_epoch - 1] if state.best_epoch and len(history) >= state.best_epoch else {}
    return row | {
        "model": config.name,
        "architecture": config.architecture,
        "data": config.data,
        "epochs": f"{state.epoch} of {config.epochs}",
        "test accuracy": (state.metrics or {}).get("test_accuracy"),
        "validation accuracy": best.get("val_accuracy"),
        "validation loss": best.get("val_loss"),
        "training": in_words(state.training_seconds),
        "batch": config.batch_size,
        "rate": f"{config.learning_rate:g}, {config.schedule}",
    }


def _show_buttons(selected: list[Run]) -> None:
    several = len(selected) > 1
    with st.container(horizontal=True):
        st.button("Open", icon=":material/monitoring:", disabled=several, on_click=open_run, args=(selected[0],))
        st.button(
            "Train again with these settings",
            icon=":material/replay:",
            disabled=several,
            on_click=_repeat,
            args=(selected[0],),
        )
        with st.popover("Delete", icon=":material/delete:"):
            which = f"these {len(selected)} runs, each" if several else "this run,"
            st.write(f"Delete {which} with its curves and epochs? Saved models stay.")
            st.markdown("\n".join(f"- `{run.id}`" for run in selected))
            st.button("Yes, delete", type="primary", on_click=_delete, args=(selected,))


def _repeat(run: Run) -> None:
    try:
        fill_form(run.config)
    except DigitcoreError as error:
        st.session_state[ERROR] = str(error)
    else:
        st.session_state["view"] = NEW


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
