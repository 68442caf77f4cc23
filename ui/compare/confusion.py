"""Confusion matrices of two models side by side; choosing a cell shows its images."""

import numpy as np
import streamlit as st

from digitcore.evaluation.error_analysis import in_cell
from ui.compare.choices import choose_pair
from ui.compare.curves import NO_LABELS
from ui.compare.gallery import gallery
from ui.compare.results import Results

COUNTS, NORMALISED = "Counts", "Share of each label, %"


def show_confusion(results: Results) -> None:
    """Two matrices, pickers to choose a cell by keyboard, and the images in it as both models read them."""
    if not results.is_labelled:
        st.info(NO_LABELS)
        return
    pair = choose_pair(results)
    shown = st.segmented_control(
        "Numbers", [COUNTS, NORMALISED], default=COUNTS, required=True, key="compare_numbers", label_visibility="collapsed"
    )
    for column, side, name in zip(st.columns(2), ("first", "second"), pair, strict=True):
        with column:
            _show_matrix(results, name, side, normalised=shown == NORMALISED)
    st.caption(
        "Blue: right. Orange: wrong, on its own scale. Darker: more of the label's images. Choose a cell to see its images."
    )
    _show_cell(results, pair)


def _show_matrix(results: Results, name: str, side: str, *, normalised: bool) -> None:
    from digitcore.evaluation.metrics import confusion
    from digitcore.figures.confusion import confusion_chart, confusion_facts

    evaluation = results.evaluations[name]
    counts = confusion(evaluation.labels, evaluation.probabilities)
    st.markdown(f"**{name}**")
    key = f"compare_matrix_{side}"
    st.plotly_chart(
        confusion_chart(counts, normalised=normalised),
        key=key,
        on_select=lambda: _take(key, side),
        selection_mode="points",
        config={"displayModeBar": False},
    )
    st.caption(confusion_facts(counts))


def _take(key: str, side: str) -> None:
    """Put the clicked cell into the pickers."""
    points = st.session_state[key]["selection"]["points"]
    if points:
        label, prediction = int(points[0]["y"]), int(points[0]["x"])
        st.session_state.update(compare_cell_of=side, compare_cell_label=label, compare_cell_prediction=prediction)


def _show_cell(results: Results, pair: tuple[str, str]) -> None:
    with st.container(horizontal=True, vertical_alignment="bottom", key="compare_cell"):
        digits = list(range(10))
        label = st.selectbox("Labelled", digits, index=None, key="compare_cell_label", placeholder="digit", width=130)
        prediction = st.selectbox("Read as", digits, index=None, key="compare_cell_prediction", placeholder="digit", width=130)
        side = st.selectbox(
            "By", ["first", "second"], format_func=lambda side: pair[side == "second"], key="compare_cell_of", width=220
        )
    if label is None or prediction is None:
        return
    by = pair[side == "second"]
    evaluation = results.evaluations[by]
    indices = in_cell(evaluation.labels, evaluation.probabilities, label=label, prediction=prediction)
    if not len(indices):
        st.info(f"{by} reads no {label} as a {prediction}.")
        return
    order = "the least confident first" if label == prediction else "the most confident first"
    st.subheader(f"{len(indices):,} × a {label} read as a {prediction} by {by}", anchor=False)
    st.caption(f"Below each image, the predictions of both models; {order}.")
    gallery(results.data.images, indices, lambda index: both_predictions(results, pair, index), key="compare_cell_images")


def both_predictions(results: Results, pair: tuple[str, str], index: int) -> str:
    """The predictions of both models for an image, one per line."""
    lines = []
    for name in dict.fromkeys(pair):
        row: np.ndarray = results.evaluations[name].probabilities[index]
        lines.append(f"**{row.argmax()}** {row.max():.0%} {name}")
    return "  \n".join(lines)
