"""The trials that are being trained, with their curves."""

from collections.abc import Sequence

import streamlit as st

from digitcore.figures.search import live_chart
from digitcore.search.records import TrialRecord
from digitcore.search.study import Study
from ui.search.words import settings_in_words
from ui.shared.glossary import explain

PLAIN = {"displayModeBar": False}
#: More curves in a figure cannot be told apart.
MOST_SHOWN = 8


def show_running(study: Study, records: Sequence[TrialRecord]) -> None:
    """A line and a curve for each trial that is running; nothing if there is none."""
    running = [record for record in records if record.state == "running"]
    if not running:
        return
    st.markdown("**Running now**", help=explain("trial", "pruner"))
    for record in running[:MOST_SHOWN]:
        epochs = len([row for row in record.curve if row["epoch"]])
        st.caption(f"Trial {record.number}, epoch {epochs} of {study.config.base.epochs}. {settings_in_words(record.params)}")
    if len(running) > MOST_SHOWN:
        st.caption(f"And {len(running) - MOST_SHOWN} more.")
    best = study.best(records)
    curves = {f"trial {record.number}": record.curve for record in running[:MOST_SHOWN]}
    chart = live_chart(curves, study.config.objective, epochs=study.config.base.epochs, best=best.curve if best else ())
    st.plotly_chart(chart, key="search_live_chart", config=PLAIN)
