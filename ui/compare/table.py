"""The table with all figures of all models."""

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import streamlit as st

from digitcore.evaluation.intervals import MIN_RESAMPLED
from ui.compare.results import Results, by_accuracy
from ui.compare.standing import Standing, standing_of
from ui.shared.detail import shows_everything
from ui.shared.glossary import explain

if TYPE_CHECKING:
    from digitcore.evaluation.intervals import Interval
    from digitcore.evaluation.latency import Latency

#: Metric -> its column's heading, its factor, its decimals, and its term in the glossary.
METRICS = {
    "accuracy": ("accuracy %", 100, 2, "accuracy"),
    "precision": ("precision %", 100, 2, "precision"),
    "recall": ("recall %", 100, 2, "recall"),
    "f1": ("F1 %", 100, 2, "F1 score"),
    "roc_auc": ("ROC AUC", 1, 5, "ROC curve"),
}
INTERVAL = "95 % of {}"
HEIGHT = 460
BASICS = "In brackets: 95 % intervals. Models that these images do not tell apart need not be equal."
EVERYTHING = (
    "In brackets: 95 % confidence intervals, Wilson's for the accuracy, otherwise bootstrap percentiles. Intervals made this "
    "way contain a model's true value for about 95 of 100 sets of images. The best model is compared with each other one by "
    "McNemar's exact test at the 5 % level, with Holm's correction for {comparisons}. Models that are not told apart need not "
    "be equal."
)


def show_table(results: Results, titles: dict[str, str], latencies: "dict[str, Latency]") -> None:
    """All figures of all models, the most accurate first."""
    measured = tuple((name, latency.measured_at) for name, latency in latencies.items())
    table = _table(results.key, measured, shows_everything(), results, titles, latencies)
    st.dataframe(
        table,
        hide_index=True,
        height="content" if len(table) < 12 else HEIGHT,
        column_config=_columns(),
        key="compare_table",
    )
    count = len(table) - 1
    words = EVERYTHING.format(comparisons=f"{count:,} comparison{'s' * (count != 1)}") if shows_everything() else BASICS
    if results.count < MIN_RESAMPLED:
        words += f" With fewer than {MIN_RESAMPLED} images, only the accuracy has one."
    terms = ("interval", "McNemar's test") if shows_everything() else ("interval",)
    st.caption(f"n = {results.count:,}. {words}", help=explain(*terms))
    if note := next(iter(results.evaluations.values())).metrics.note:
        st.caption(note)


@st.cache_data(max_entries=20, show_spinner=False)
def _table(
    key: str,
    measured: tuple[tuple[str, float], ...],
    with_p: bool,
    _results: Results,
    _titles: dict[str, str],
    _latencies: "dict[str, Latency]",
) -> pd.DataFrame:
    names = by_accuracy(_results)
    evaluations = [_results.evaluations[name] for name in names]
    standing = standing_of(_results) if _results.is_labelled else None
    columns: dict[str, list] = {
        "model": [_titles[name] for name in names],
        "right": [f"{standing.right[name]:,} of {standing.count:,}" if standing else "no labels" for name in names],
        "against the best": [_verdict(standing, name, with_p) for name in names],
    }
    for metric, (heading, factor, decimals, _) in METRICS.items():
        columns[heading] = [_times(getattr(evaluation.metrics, metric), factor) for evaluation in evaluations]
        columns[INTERVAL.format(metric)] = [
            _bounds(evaluation.intervals.get(metric), factor, decimals) for evaluation in evaluations
        ]
    cards = [_results.entries[name].card for name in names]
    columns |= {
        "ECE %": [_times(evaluation.metrics.calibration_error, 100) for evaluation in evaluations],
        "parameters": [card.get("parameters") for card in cards],
        "file, kB": [_results.entries[name].path.stat().st_size / 1000 for name in names],
        "one image, ms": [_latencies[name].one_ms if name in _latencies else np.nan for name in names],
        "in a batch, ms each": [_latencies[name].batch_ms_per_image if name in _latencies else np.nan for name in names],
        "training, s": [card.get("training_seconds") for card in cards],
    }
    return pd.DataFrame(columns)


def _verdict(standing: Standing | None, name: str, with_p: bool) -> str:
    """How a model compares with the best; several models can be the best, with equally many images right."""
    if standing is None:
        return ""
    if not standing.corrected:
        return "the only one"
    verdict = "not told apart" if name in standing.alike else "worse"
    if standing.right[name] == max(standing.right.values()):
        verdict = "the best"
    return f"{verdict}, p {_p(standing.corrected[name])}" if with_p and name in standing.corrected else verdict


def _columns() -> dict[str, object]:
    number = st.column_config.NumberColumn
    columns: dict[str, object] = {
        "model": st.column_config.TextColumn(pinned=True),
        "right": st.column_config.TextColumn(help="How many of the labelled images the model reads right."),
        "against the best": st.column_config.TextColumn(
            help="Whether these images tell the model apart from the best."
            + (" p: the test's p-value, corrected by Holm's method." if shows_everything() else "")
        ),
        "ECE %": number(format="%.2f", help="Expected calibration error: the mean difference between confidence and accuracy."),
        "parameters": number(format="localized", help=explain("parameters")),
        "file, kB": number(format="%.0f"),
        "one image, ms": number(format="%.2f"),
        "in a batch, ms each": number(format="%.3f"),
        "training, s": number(format="%.0f"),
    }
    for metric, (heading, _, decimals, term) in METRICS.items():
        of_digits = "" if metric == "accuracy" else " Here, the mean over the digits."
        columns[heading] = number(format=f"%.{decimals}f", help=explain(term) + of_digits)
        columns[INTERVAL.format(metric)] = st.column_config.TextColumn("(95 %)", help=explain("interval"))
    return columns


def _times(value: float | None, factor: float) -> float:
    return np.nan if value is None else value * factor


def _bounds(interval: "Interval | None", factor: float, decimals: int) -> str:
    return f"({interval.low * factor:.{decimals}f}–{interval.high * factor:.{decimals}f})" if interval else ""


def _p(value: float) -> str:
    return f"= {value:.2g}" if value >= 1e-4 else "< 0.0001"
