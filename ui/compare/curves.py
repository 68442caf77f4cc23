"""Curves of several models: ROC and precision-recall of a digit, calibration, and their trainings."""

import math
from collections.abc import Callable, Iterable
from typing import Any

import pandas as pd
import streamlit as st

from digitcore.networks.registry import HISTORY_FILE, MODEL_FILE, ModelEntry
from digitcore.runs.history import read_rows
from ui.compare.choices import choose_models
from ui.compare.results import NO_LABELS, Results
from ui.shared.detail import shows_everything
from ui.shared.glossary import explain

PLAIN = {"displayModeBar": False}
#: Where all areas are above this, the curves lie in the corner.
NEARLY_PERFECT = 0.99


def show_curves(results: Results) -> None:
    """ROC and precision-recall curves of the chosen models for the chosen digit, and the areas for all digits."""
    from digitcore.evaluation import curves
    from digitcore.figures import comparison

    if not (models := _models_to_judge(results)):
        return
    with st.container(horizontal=True, vertical_alignment="bottom"):
        digit = st.pills("Digit against all others", range(10), default=0, required=True, key="compare_curve_digit", wrap=True)
        digit = digit if digit in range(10) else 0  # whatever a browser sends
        areas = {name: curve for name, curve in _of_digit(results, models, curves.roc, digit).items() if curve.area is not None}
        if not areas:
            st.info(f"No image, or every image, is labelled {digit}, so there is no curve.")
            return
        near = all(curve.area > NEARLY_PERFECT for curve in areas.values())
        corner = st.toggle("Only the corner", value=near, key=f"compare_corner_{near}", help="Zoom in on the ideal corner.")
    precision = _of_digit(results, areas, curves.precision_recall, digit)
    left, right = st.columns(2)
    with left:
        st.markdown(f"**ROC curve of the {digit}**", help=explain("ROC curve"))
        figure = comparison.roc_chart(_titled(areas, models), corner=corner)
        st.plotly_chart(figure, key="compare_roc", config=PLAIN, alt=f"ROC curves of the {digit}")
        areas_in_words = ", ".join(f"{models[name]} {curve.area:.5f}" for name, curve in areas.items())
        st.caption(f"n = {results.count:,}. Area under the curve, at best 1: {areas_in_words}")
    with right:
        st.markdown(f"**Precision and recall of the {digit}**", help=explain("precision", "recall"))
        figure = comparison.precision_recall_chart(_titled(precision, models), corner=corner)
        st.plotly_chart(figure, key="compare_precision", config=PLAIN, alt=f"Precision against recall of the {digit}")
        precisions = ", ".join(f"{models[name]} {curve.area:.5f}" for name, curve in precision.items())
        st.caption(f"n = {results.count:,}. Average precision, at best 1: {precisions}")
    if shows_everything():
        _show_areas(results, models)


def _show_areas(results: Results, models: dict[str, str]) -> None:
    """The area under the ROC curve of each digit."""
    st.markdown("**Area under the ROC curve, digit by digit**")
    table = pd.DataFrame({title: [_roc(results, name, each).area for each in range(10)] for name, title in models.items()})
    table.insert(0, "digit", range(10))
    columns = {title: st.column_config.NumberColumn(format="%.5f") for title in models.values()}
    st.dataframe(table, hide_index=True, height="content", column_config=columns, key="compare_areas")


def _titled(by_model: dict[str, Any], titles: dict[str, str]) -> dict[str, Any]:
    return {titles[name]: value for name, value in by_model.items()}


def _of_digit(results: Results, models: Iterable[str], curve: Callable, digit: int) -> dict[str, Any]:
    chosen = {name: results.evaluations[name] for name in models}
    return {name: curve(evaluation.labels, evaluation.probabilities, digit) for name, evaluation in chosen.items()}


def _roc(results: Results, name: str, digit: int) -> Any:
    from digitcore.evaluation import curves

    return curves.roc(results.evaluations[name].labels, results.evaluations[name].probabilities, digit)


def _models_to_judge(results: Results) -> dict[str, str]:
    """Model -> title of those that the visitor chooses; none, with the reason on the page, if there are no labels."""
    if not results.is_labelled:
        st.info(NO_LABELS)
        return {}
    return choose_models(results)


def show_calibration(results: Results) -> None:
    """Reliability diagram of the chosen models."""
    from digitcore.evaluation.calibration import reliability
    from digitcore.figures.comparison import reliability_chart

    if not (models := _models_to_judge(results)):
        return
    st.markdown("**Is a model right as often as it says?**", help=explain("calibration", "confidence"))
    evaluations = {title: results.evaluations[name] for name, title in models.items()}
    diagrams = {title: reliability(each.labels, each.probabilities) for title, each in evaluations.items()}
    st.plotly_chart(reliability_chart(diagrams), key="compare_reliability", config=PLAIN, alt="Accuracy against confidence")
    errors = ", ".join(f"{title} {diagram.expected_calibration_error:.2%}" for title, diagram in diagrams.items())
    st.caption(
        f"n = {results.count:,}. On the dotted line, a model is right as often as its confidence says; below it, it is too "
        f"confident. Larger markers stand for more images. Expected calibration error: {errors}."
    )


def show_trainings(results: Results) -> None:
    """The losses of the chosen models during training."""
    from digitcore.figures.comparison import losses_chart

    models = choose_models(results)
    histories = {title: _history(results.entries[name]) for name, title in models.items()}
    missing = [title for title, rows in histories.items() if not rows]
    histories = {title: rows for title, rows in histories.items() if rows}
    if histories:
        st.markdown("**How the loss fell during training**", help=explain("loss", "epoch", "validation images"))
        st.plotly_chart(losses_chart(histories), key="compare_losses", config=PLAIN, alt="Loss against epoch")
        best = {title: min(rows, key=lambda row: row["val_loss"]) for title, rows in histories.items()}
        losses = ", ".join(f"{title} {row['val_loss']:.4f} after epoch {row['epoch']:.0f}" for title, row in best.items())
        st.caption(f"Lowest validation loss: {losses}. Each is measured on the validation images of its own training.")
    if missing:
        st.caption(f"There is no training history for: {', '.join(missing)}.")


def _history(entry: ModelEntry) -> list[dict[str, float]]:
    """A row for each epoch, from 1; none for a bare model, or if the file is missing or cannot be read."""
    columns = ("epoch", "loss", "val_loss")
    rows = read_rows(entry.path.parent / HISTORY_FILE, columns) if entry.path.name == MODEL_FILE else []
    return [row | {"epoch": row["epoch"] + 1} for row in rows if all(math.isfinite(row[name]) for name in columns)]
