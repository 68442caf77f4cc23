"""What a model misreads: one confusion matrix, or the difference of two, and the images of a cell beside it."""

import numpy as np
import streamlit as st

from digitcore.evaluation.error_analysis import changed_in_cell, disagreements, in_cell, worst_mistakes
from ui.compare.choices import choose_model
from ui.compare.image_grid import ImageGrid
from ui.compare.results import NO_LABELS, Results, by_accuracy
from ui.shared.address import follow_address, keep_in_address
from ui.shared.glossary import explain
from ui.shared.titles import titles_of

#: Session keys: the chosen cell, as (label, prediction); the second model's switch.
LABEL, PREDICTION, CHART, SWITCH = "compare_cell_label", "compare_cell_prediction", "compare_matrix", "compare_difference"
DIGITS = list(range(10))


def show_mistakes(results: Results) -> None:
    """Choose a model, and a second one for the difference; see the matrix, and the images of the chosen cell."""
    if not results.is_labelled:
        st.info(NO_LABELS)
        return
    titles = titles_of([*results.entries])
    models = _choose_models(results, titles)
    if waiting := [titles[name] for name in models if name not in results.evaluations]:
        st.info(f"Not evaluated yet: {', '.join(waiting)}.")
        return
    left, right = st.columns([6, 5], gap="medium")
    with left:
        cell = _chosen_cell()
        _show_matrix(results, models, titles, cell)
        _show_pickers()
    with right:
        _show_images(results, models, titles, cell)


def _choose_models(results: Results, titles: dict[str, str]) -> list[str]:
    """The model; and the second one, if the difference is switched on."""
    names = [*by_accuracy(results), *(name for name in results.entries if name not in results.evaluations)]
    follow_address(SWITCH)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        first = choose_model("Model", names, titles, key="first")
        others = [name for name in names if name != first]
        if not others:
            return [first]
        if SWITCH not in st.session_state:
            st.session_state[SWITCH] = bool(st.query_params.get("second"))
        if st.toggle("Difference to another model", key=SWITCH):
            return [first, choose_model("Other model", others, titles, key="second")]
    if "second" in st.query_params:
        keep_in_address(second="")
    return [first]


def _chosen_cell() -> tuple[int, int] | None:
    """(label, prediction) of the chosen cell; None if there is none, or the browser sent something else."""
    for key in (LABEL, PREDICTION):
        if st.session_state.get(key) not in DIGITS:
            st.session_state[key] = None
    label, prediction = st.session_state[LABEL], st.session_state[PREDICTION]
    return None if label is None or prediction is None else (label, prediction)


def _show_matrix(results: Results, models: list[str], titles: dict[str, str], cell: tuple[int, int] | None) -> None:
    from digitcore.evaluation.metrics import confusion
    from digitcore.figures.confusion import confusion_chart, confusion_facts, difference_chart

    counts = [confusion(results.data.labels, results.evaluations[name].probabilities) for name in models]
    if len(models) == 1:
        figure, facts = confusion_chart(*counts, chosen=cell), confusion_facts(*counts)
        legend = f"{facts} Blue: right. Orange: wrong, on its own scale."
    else:
        figure = difference_chart(*counts, chosen=cell)
        legend = f"How many more (orange) or fewer (blue) {titles[models[1]]} has than {titles[models[0]]}."
    st.plotly_chart(
        figure,
        key=CHART,
        on_select=_take_cell,
        selection_mode="points",
        config={"displayModeBar": False},
        alt=f"Confusion matrix. {legend}",
    )
    st.caption(f"n = {results.count:,}. {legend}", help=explain("confusion matrix"))


def _take_cell() -> None:
    """Put the clicked cell into the pickers."""
    try:
        point = st.session_state[CHART]["selection"]["points"][0]
        label, prediction = int(point["y"]), int(point["x"])
    except (KeyError, IndexError, TypeError, ValueError):  # nothing is selected any more, or whatever a browser sends
        return
    st.session_state.update({LABEL: label, PREDICTION: prediction})


def _show_pickers() -> None:
    """The cell by keyboard."""
    with st.container(horizontal=True, vertical_alignment="bottom", key="compare_cell"):
        st.selectbox("Labelled", DIGITS, index=None, key=LABEL, placeholder="digit", width=120)
        st.selectbox("Read as", DIGITS, index=None, key=PREDICTION, placeholder="digit", width=120)
        if st.session_state[LABEL] is not None or st.session_state[PREDICTION] is not None:
            st.button("All mistakes", icon=":material/close:", key="compare_cell_none", on_click=_forget_cell)


def _forget_cell() -> None:
    st.session_state.update({LABEL: None, PREDICTION: None})


def _show_images(results: Results, models: list[str], titles: dict[str, str], cell: tuple[int, int] | None) -> None:
    names = [titles[name] for name in models]
    probabilities = [results.evaluations[name].probabilities for name in models]
    if cell and len(models) == 1:
        heading, indices = _of_cell(results, names[0], probabilities[0], cell)
    elif cell:
        heading, indices = _of_changed_cell(results, names, probabilities, cell)
    elif len(models) == 1:
        indices = worst_mistakes(results.data.labels, probabilities[0])
        heading = f"{names[0]} misreads {len(indices):,} of {results.count:,}"
    else:
        indices = disagreements(*probabilities)
        heading = f"The models differ on {len(indices):,} of {len(results.data):,}"
    st.subheader(heading, anchor=False)
    st.caption(_order(results, models, names, probabilities, indices, cell))
    readers = {name: results.evaluations[name] for name in models}
    ImageGrid(results.data, readers, titles).show(indices, key="compare_images")


def _of_cell(results: Results, name: str, probabilities: np.ndarray, cell: tuple[int, int]) -> tuple[str, np.ndarray]:
    label, prediction = cell
    indices = in_cell(results.data.labels, probabilities, label=label, prediction=prediction)
    if not len(indices):
        return f"{name} reads no {label} as a {prediction}", indices
    return f"{len(indices):,} × a {label} read as a {prediction}", indices


def _of_changed_cell(
    results: Results, names: list[str], probabilities: list[np.ndarray], cell: tuple[int, int]
) -> tuple[str, np.ndarray]:
    label, prediction = cell
    parts = changed_in_cell(results.data.labels, *probabilities, label=label, prediction=prediction)
    only = " and ".join(f"{len(part):,} × only by {name}" for name, part in zip(names, parts, strict=True))
    return f"A {label} read as a {prediction}: {only}", np.concatenate(parts)


def _order(
    results: Results,
    models: list[str],
    names: list[str],
    probabilities: list[np.ndarray],
    indices: np.ndarray,
    cell: tuple[int, int] | None,
) -> str:
    """Which images come first; and, of two models, which of them is right."""
    if not cell and len(models) == 2:
        labels = results.data.labels[indices]
        right = [int((each[indices].argmax(axis=1) == labels).sum()) for each in probabilities]
        neither = len(indices) - sum(right)
        only = f"Only {names[0]} is right on {right[0]:,}, only {names[1]} on {right[1]:,}, neither on {neither:,}."
        return f"{only} Images on which both are confident come first."
    is_right = bool(cell) and cell[0] == cell[1]
    order = "The least confident answers come first." if is_right else "The most confident answers come first."
    return order if cell else f"{order} Choose a cell to see its images alone."
