"""The table of all models, and which of them the images tell apart."""

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import streamlit as st

from ui.compare.curves import NO_LABELS
from ui.compare.latency import latencies, show_latency
from ui.compare.pairs import show_pairs
from ui.compare.results import Results, by_accuracy

if TYPE_CHECKING:
    from digitcore.evaluation.intervals import Interval
    from digitcore.evaluation.latency import Latency

#: Metric -> its column's heading, its factor, its decimals.
METRICS = {
    "accuracy": ("accuracy %", 100, 2),
    "precision": ("precision %", 100, 2),
    "recall": ("recall %", 100, 2),
    "f1": ("F1 %", 100, 2),
    "roc_auc": ("ROC AUC", 1, 5),
}
INTERVAL = "95 % of {}"
HEIGHT = 460
EXPLAINED = (
    "In brackets: 95 % confidence intervals. Intervals made this way contain a model's true value for about 95 of 100 sets of "
    "images (bootstrap; without mistakes, Wilson's interval for the accuracy, and none for precision, recall and F1)."
)


def show_table(results: Results) -> None:
    """The table, the comparison with the best in a sentence, and all pairs."""
    measured = latencies(results)
    when = tuple((name, latency.measured_at) for name, latency in measured.items())
    table, sentence = _table(results.key, when, results, measured)
    st.dataframe(
        table,
        hide_index=True,
        height="content" if len(table) < 12 else HEIGHT,
        column_config=_columns(),
        key="compare_table",
    )
    st.caption(sentence)
    if note := next(iter(results.evaluations.values())).metrics.note:
        st.caption(note)
    show_latency(results, measured)
    show_pairs(results)


@st.cache_data(max_entries=20, show_spinner=False)
def _table(
    key: str, when: tuple[tuple[str, float], ...], _results: Results, _latencies: "dict[str, Latency]"
) -> tuple[pd.DataFrame, str]:
    names = by_accuracy(_results)
    evaluations = [_results.evaluations[name] for name in names]
    against, sentence = _against_best(_results, names)
    columns: dict[str, list] = {"model": names, "against the best": against}
    for metric, (heading, factor, decimals) in METRICS.items():
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
    return pd.DataFrame(columns), sentence


def _against_best(results: Results, names: list[str]) -> tuple[list[str], str]:
    """How each model compares with the best, and all of it in sentences."""
    from digitcore.evaluation.significance import compare_with_best

    if not results.is_labelled:
        return [""] * len(names), NO_LABELS
    if len(names) == 1:
        return ["the only one"], EXPLAINED
    comparison = compare_with_best([results.evaluations[name] for name in names])
    words = ["the best"]
    for name in comparison.others:
        verdict = "worse" if comparison.told_apart(name) else "not told apart"
        words.append(f"{verdict}, p {_p(comparison.corrected[name])}")
    alike = [name for name in comparison.others if not comparison.told_apart(name)]
    listed = " and ".join(alike) if len(alike) <= 3 else f"{', '.join(alike[:3])} and {len(alike) - 3} more"
    count = len(comparison.others)
    verdict = f"do not tell {listed} apart from it" if alike else "tell it apart from every other model"
    sentence = (
        f"**{comparison.best}** has the highest accuracy on {results.data.name}. These images "
        f"{verdict} (McNemar's exact test at the "
        f"5 % level, with Holm's correction for {count:,} comparison{'s' * (count > 1)}). "
        f"Models that are not told apart need not be equal. {EXPLAINED}"
    )
    return words, sentence


def _columns() -> dict[str, object]:
    number = st.column_config.NumberColumn
    columns: dict[str, object] = {
        "model": st.column_config.TextColumn(pinned=True),
        "against the best": st.column_config.TextColumn(
            help="Whether these images tell the model apart from the best, and the test's p-value, corrected by Holm's method."
        ),
        "ECE %": number(format="%.2f", help="Expected calibration error: the mean difference between confidence and accuracy."),
        "parameters": number(format="localized"),
        "file, kB": number(format="%.0f"),
        "one image, ms": number(format="%.2f"),
        "in a batch, ms each": number(format="%.3f"),
        "training, s": number(format="%.0f"),
    }
    for metric, (heading, _, decimals) in METRICS.items():
        help_text = None if metric == "accuracy" else "Macro average: the mean over the digits."
        columns[heading] = number(format=f"%.{decimals}f", help=help_text)
        columns[INTERVAL.format(metric)] = st.column_config.TextColumn("(95 %)", help="95 % confidence interval.")
    return columns


def _times(value: float | None, factor: float) -> float:
    return np.nan if value is None else value * factor


def _bounds(interval: "Interval | None", factor: float, decimals: int) -> str:
    return f"({interval.low * factor:.{decimals}f}–{interval.high * factor:.{decimals}f})" if interval else ""


def _p(value: float) -> str:
    return f"= {value:.2g}" if value >= 1e-4 else "< 0.0001"
