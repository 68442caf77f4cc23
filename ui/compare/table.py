"""The table of all models, and which of them differ by more than chance."""

import numpy as np
import pandas as pd
import streamlit as st

from ui.compare.results import Results, by_accuracy

#: Figure of an evaluation -> its column's head, its factor, its digits after the point.
FIGURES = {
    "accuracy": ("accuracy %", 100, 2),
    "precision": ("precision %", 100, 2),
    "recall": ("recall %", 100, 2),
    "f1": ("F1 %", 100, 2),
    "roc_auc": ("ROC AUC", 1, 5),
}
BETWEEN = "95 % of {}"
HEIGHT = 460


def show_table(results: Results) -> None:
    """The table, and the comparison with the best in a sentence."""
    if not results.evaluations:
        return
    table, said = _table(results.key, results)
    st.dataframe(
        table,
        hide_index=True,
        height="content" if len(table) < 12 else HEIGHT,
        column_config=_columns(),
        key="models_table",
    )
    st.caption(said)
    if note := next(iter(results.evaluations.values())).metrics.note:
        st.caption(note)


@st.cache_data(max_entries=20, show_spinner=False)
def _table(key: str, _results: Results) -> tuple[pd.DataFrame, str]:
    names = by_accuracy(_results)
    found = [_results.evaluations[name] for name in names]
    groups, against, said = _against_best(_results, names)
    columns: dict[str, list] = {"model": names, "group": groups, "against the best": against}
    for figure, (head, factor, digits) in FIGURES.items():
        columns[head] = [_times(getattr(evaluation.metrics, figure), factor) for evaluation in found]
        columns[BETWEEN.format(figure)] = [_between(evaluation.intervals.get(figure), factor, digits) for evaluation in found]
    cards = [_results.entries[name].card for name in names]
    columns |= {
        "ECE %": [_times(evaluation.metrics.calibration_error, 100) for evaluation in found],
        "parameters": [card.get("parameters") for card in cards],
        "file, kB": [_results.entries[name].path.stat().st_size / 1000 for name in names],
        "one image, ms": [evaluation.latency_one_ms for evaluation in found],
        "in a batch, ms each": [evaluation.latency_batch_ms_per_image for evaluation in found],
        "training, s": [card.get("training_seconds") for card in cards],
    }
    return pd.DataFrame(columns), said


def _against_best(results: Results, names: list[str]) -> tuple[list[str], list[str], str]:
    """For each model its groups and how it compares with the best; and the whole in sentences."""
    from digitcore.evaluation.significance import compare_models

    if not results.is_labelled:
        return [""] * len(names), [""] * len(names), "These pictures have no labels, so there is nothing to measure answers by."
    if len(names) == 1:
        return [""], ["the only one"], "In brackets: 95 % bootstrap intervals."
    comparison = compare_models([results.evaluations[name] for name in names])
    groups: dict[str, list[int]] = {name: [] for name in names}
    for number, group in enumerate(comparison.tied_groups, start=1):
        for name in group:
            groups[name].append(number)
    best, words = names[0], ["the best"]
    tied = [name for name in names[1:] if comparison.tied(best, name)]
    for name in names[1:]:
        words.append(f"{'tied' if name in tied else 'worse'}, p {_p(comparison.p(best, name))}")
    others = (
        f"{', '.join(tied[:3])} and {len(tied) - 3} more are"
        if len(tied) > 3
        else f"{' and '.join(tied)} {'is' if len(tied) == 1 else 'are'}"
    )
    pairs = len(names) * (len(names) - 1) // 2
    said = (
        f"**{best}** reads the most of {results.data.name} right; {others if tied else 'no other is'} tied with it. Models in "
        f"the same group differ by no more than chance: McNemar's exact test, Holm's correction for {pairs:,} "
        f"pair{'s' * (pairs > 1)}, at 5 %. In brackets: 95 % bootstrap intervals."
    )
    return [_span(groups[name]) for name in names], words, said


def _span(numbers: list[int]) -> str:
    """A model's groups, which follow each other."""
    return "–".join(str(number) for number in dict.fromkeys([*numbers[:1], *numbers[-1:]]))


def _columns() -> dict[str, object]:
    number = st.column_config.NumberColumn
    columns: dict[str, object] = {
        "model": st.column_config.TextColumn(pinned=True),
        "group": st.column_config.TextColumn(help="Models in the same group differ by no more than chance."),
        "against the best": st.column_config.TextColumn(help="Tied: the two differ by no more than chance."),
        "ECE %": number(format="%.2f", help="Expected calibration error: how far 'sure' and 'right' are apart."),
        "parameters": number(format="localized"),
        "file, kB": number(format="%.0f"),
        "one image, ms": number(format="%.2f"),
        "in a batch, ms each": number(format="%.3f"),
        "training, s": number(format="%.0f"),
    }
    for figure, (head, _, digits) in FIGURES.items():
        columns[head] = number(format=f"%.{digits}f", help=None if figure == "accuracy" else "Macro: the mean over the digits.")
        columns[BETWEEN.format(figure)] = st.column_config.TextColumn("(95 %)", help="95 % bootstrap interval.")
    return columns


def _times(value: float | None, factor: float) -> float:
    return np.nan if value is None else value * factor


def _between(interval: object, factor: float, digits: int) -> str:
    return f"({interval.low * factor:.{digits}f}–{interval.high * factor:.{digits}f})" if interval else ""


def _p(value: float) -> str:
    return f"= {value:.2g}" if value >= 1e-4 else "< 0.0001"
