"""All training runs: choose some to lay their curves over each other, one to open, repeat or delete."""

import pandas as pd
import streamlit as st

from digitcore.errors import DigitcoreError, RunError
from digitcore.runs.registry import list_runs
from digitcore.runs.run import Run
from ui.train.form import fill_form
from ui.train.panels import in_words

WATCH, NEW = "Watch", "New run"
ERROR = "runs_error"


def show_runs() -> None:
    """The table, and what can be done with the chosen rows."""
    every = list_runs()
    if not every:
        show_no_runs()
        return
    table = pd.DataFrame([_row(run) for run in every])
    chosen = st.dataframe(
        table,
        hide_index=True,
        on_select="rerun",
        selection_mode="multi-row",
        key="runs_table",
        column_config={
            "test accuracy": st.column_config.NumberColumn(format="percent"),
            "validation accuracy": st.column_config.NumberColumn(format="percent"),
        },
    ).selection.rows
    chosen = [every[index] for index in chosen if index < len(every)]
    if not chosen:
        st.caption("Select runs at their left edge to compare their curves, open, repeat or delete them.")
        return
    _show_buttons(chosen)
    if problem := st.session_state.pop(ERROR, None):
        st.error(f"These settings cannot be used again: {problem}")
    histories = {run.id: rows for run in chosen if (rows := run.history())}
    if histories:
        from digitcore.figures.training import runs_chart

        st.plotly_chart(runs_chart(histories), config={"displayModeBar": False})
    if len(chosen) == 1:
        _show_settings(chosen[0])


def choose_run() -> Run | None:
    """Choose a run to watch, at first the one in the address; None, with the reason on the page, where there is none."""
    every = {run.id: run for run in list_runs()}
    if (linked := st.query_params.get("run")) in every:
        st.session_state.setdefault("run", linked)
    chosen = st.selectbox("Run", list(every), index=None, key="run", persist_state="session", placeholder="Choose a run")
    if not chosen:
        if not every:
            show_no_runs()
        return None
    st.query_params["run"] = chosen
    return every[chosen]


def show_no_runs() -> None:
    """The empty state."""
    st.info("No runs yet. Choose **New run**, or train with: `python -m digitcore train`")


def open_run(run: Run) -> None:
    """Show a run in the watch view; for callbacks."""
    st.session_state["run"] = run.id
    st.session_state["view"] = WATCH


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


def _show_buttons(chosen: list[Run]) -> None:
    one = len(chosen) == 1
    with st.container(horizontal=True):
        st.button("Open", icon=":material/monitoring:", disabled=not one, on_click=open_run, args=(chosen[0],))
        st.button(
            "Train again with these settings", icon=":material/replay:", disabled=not one, on_click=_again, args=(chosen[0],)
        )
        with st.popover("Delete", icon=":material/delete:"):
            st.write(f"Delete {len(chosen)} {'run' if one else 'runs'} with curves and epochs? Saved models stay.")
            st.button("Yes, delete", type="primary", on_click=_delete, args=(chosen,))


def _again(run: Run) -> None:
    try:
        fill_form(run.config)
    except DigitcoreError as error:
        st.session_state[ERROR] = str(error)
    else:
        st.session_state["view"] = NEW


def _delete(chosen: list[Run]) -> None:
    for run in chosen:
        try:
            run.delete()
        except RunError as error:
            st.toast(str(error), icon=":material/error:")
    st.session_state.pop("runs_table", None)


def _show_settings(run: Run) -> None:
    with st.expander("Settings"):
        try:
            st.json(run.config.to_json())
        except DigitcoreError as error:
            st.error(str(error))
