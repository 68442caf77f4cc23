"""Confusion matrices of two models side by side; a cell opens the images in it."""

import numpy as np
import streamlit as st

from digitcore.evaluation.error_analysis import in_cell
from ui.compare.gallery import gallery
from ui.compare.results import Results, choose_pair

COUNTS, NORMALISED = "Counts", "Share of each label, %"


def show_confusion(results: Results) -> None:
    """Two matrices, a way to choose a cell by keyboard, and its images as both models read them."""
    if not results.is_labelled:
        st.info("These pictures have no labels, so no answer can be called wrong.")
        return
    pair = choose_pair(results)
    shown = st.segmented_control(
        "Numbers", [COUNTS, NORMALISED], default=COUNTS, required=True, key="numbers", label_visibility="collapsed"
    )
    for column, side, name in zip(st.columns(2), ("first", "second"), pair, strict=True):
        with column:
            _show_matrix(results, name, side, normalised=shown == NORMALISED)
    st.caption("Blue: read right. Orange: read wrong, darker the more often, on a scale of its own. Choose a cell to see it.")
    _show_cell(results, pair)


def _show_matrix(results: Results, name: str, side: str, *, normalised: bool) -> None:
    from digitcore.evaluation.metrics import confusion
    from digitcore.figures.comparison import confusion_chart, confusion_facts

    evaluation = results.evaluations[name]
    counts = confusion(evaluation.labels, evaluation.probabilities)
    st.markdown(f"**{name}**")
    key = f"matrix_{side}"
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
        st.session_state.update(cell_of=side, cell_label=int(points[0]["y"]), cell_answer=int(points[0]["x"]))


def _show_cell(results: Results, pair: tuple[str, str]) -> None:
    with st.container(horizontal=True, vertical_alignment="bottom", key="cell"):
        digits = list(range(10))
        label = st.selectbox("Labelled", digits, index=None, key="cell_label", placeholder="digit", width=130)
        answer = st.selectbox("Read as", digits, index=None, key="cell_answer", placeholder="digit", width=130)
        side = st.selectbox(
            "By", ["first", "second"], format_func=lambda side: pair[side == "second"], key="cell_of", width=220
        )
    if label is None or answer is None:
        return
    by = pair[side == "second"]
    evaluation = results.evaluations[by]
    indices = in_cell(evaluation.labels, evaluation.probabilities, label=label, answer=answer)
    if not len(indices):
        st.info(f"{by} reads no {label} as a {answer}.")
        return
    order = "the least sure first" if label == answer else "the surest first"
    st.subheader(f"{len(indices):,} × a {label} read as a {answer} by {by}", anchor=False)
    st.caption(f"Below each, both models' answers; {order}.")
    gallery(results.data.images, indices, lambda index: both_answers(results, pair, index), key="cell_images")


def both_answers(results: Results, pair: tuple[str, str], index: int) -> str:
    """What the two models say of an image, a line each."""
    lines = []
    for name in dict.fromkeys(pair):
        row: np.ndarray = results.evaluations[name].probabilities[index]
        lines.append(f"**{row.argmax()}** {row.max():.0%} {name}")
    return "  \n".join(lines)
