"""What a model misreads: one confusion matrix, or the difference of two, and the images of a cell beside it."""

import numpy as np
import streamlit as st

from digitcore.evaluation.error_analysis import changed_in_cell, disagreements, in_cell, worst_mistakes
from digitcore.figures.confusion import images
from digitcore.figures.words import with_article
from ui.compare.choices import choose_model
from ui.compare.headline import confusion_facts
from ui.compare.image_grid import ImageGrid
from ui.compare.results import NO_LABELS, Results, by_accuracy
from ui.matrix import matrix
from ui.shared.address import follow_address, keep_in_address, linked_choice
from ui.shared.glossary import explain
from ui.shared.titles import titles_of

#: Session keys: the second model's switch; and the chosen cell, such as "5-3", which has the same name in the address.
SWITCH, CELL = "compare_difference", "cell"
CELLS = {f"{label}-{prediction}": (label, prediction) for label in range(10) for prediction in range(10)}


def show_mistakes(results: Results) -> None:
    """Choose a model, and a second one for the difference; see the matrix, and the images of the chosen cell."""
    if not results.is_labelled:
        st.info(NO_LABELS)
        return
    titles = titles_of([*results.entries])
    models = _choose_models(results, titles)
    cell = _chosen_cell()
    if waiting := [titles[name] for name in models if name not in results.evaluations]:
        st.info(f"Not evaluated yet: {', '.join(waiting)}.")
        return
    left, right = st.columns([6, 5], gap="medium")
    with left:
        _show_matrix(results, models, titles, cell)
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
    """(label, prediction) of the cell that the visitor, or else the address, has chosen; None if there is none."""
    follow_address(CELL)
    if CELL not in st.session_state:
        st.session_state[CELL] = linked_choice("cell", ["", *CELLS], key=CELL)
    name = st.session_state[CELL] or ""
    if name or CELL in st.query_params:
        keep_in_address(**{CELL: name})
    return CELLS.get(name)


def _choose_cell(cell: tuple[int, int] | None) -> None:
    st.session_state[CELL] = f"{cell[0]}-{cell[1]}" if cell else ""


def _show_matrix(results: Results, models: list[str], titles: dict[str, str], cell: tuple[int, int] | None) -> None:
    from digitcore.evaluation.metrics import confusion
    from digitcore.figures.confusion import confusion_cells, difference_cells

    counts = [confusion(results.data.labels, results.evaluations[name].probabilities) for name in models]
    if len(models) == 1:
        cells = confusion_cells(*counts)
        legend = f"{confusion_facts(*counts)} Blue: right. Orange: misread, on a scale of its own."
    else:
        first, second = (titles[name] for name in models)
        cells = difference_cells(*counts, names=(first, second))
        legend = (
            f"Each number is {second}'s minus {first}'s. Blue: {second} is better there. It makes fewer of these mistakes or, "
            "on the diagonal, reads more images right. Orange: it makes more mistakes, or reads fewer right."
        )
    matrix(cells, cell, _choose_cell, label="Confusion matrix", key="compare_matrix")
    st.caption(f"n = {results.count:,}. {legend}", help=explain("confusion matrix"))


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
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        st.subheader(heading, anchor=False, width="content")
        if cell:
            st.button("All mistakes", icon=":material/close:", key="compare_cell_none", on_click=_choose_cell, args=(None,))
    if order := _order(results, models, names, probabilities, indices, cell):
        st.caption(order)
    readers = {name: results.evaluations[name] for name in models}
    ImageGrid(results.data, readers, titles).show(indices, key="compare_images")


def _of_cell(results: Results, name: str, probabilities: np.ndarray, cell: tuple[int, int]) -> tuple[str, np.ndarray]:
    label, prediction = cell
    indices = in_cell(results.data.labels, probabilities, label=label, prediction=prediction)
    if not len(indices):
        return f"{name} reads no {label} as {with_article(prediction)}", indices
    return f"{_mistake(cell)}: {images(len(indices))}", indices


def _of_changed_cell(
    results: Results, names: list[str], probabilities: list[np.ndarray], cell: tuple[int, int]
) -> tuple[str, np.ndarray]:
    label, prediction = cell
    parts = changed_in_cell(results.data.labels, *probabilities, label=label, prediction=prediction)
    only = ", ".join(f"{images(len(part))} only by {name}" for name, part in zip(names, parts, strict=True))
    return f"{_mistake(cell)}: {only}", np.concatenate(parts)


def _mistake(cell: tuple[int, int]) -> str:
    """Such as "A 5 read as a 3"."""
    label, prediction = (with_article(digit) for digit in cell)
    return f"{label.capitalize()} read as {prediction}"


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
    if not len(indices):
        return ""
    if not cell:
        return "The most confident answers come first. Choose a cell to see its images alone."
    order = f"The {'least' if cell[0] == cell[1] else 'most'} confident answers come first."
    if len(models) == 2:
        return f"First those of {names[0]}, then those of {names[1]}. {order}"
    share = len(indices) / (results.data.labels == cell[0]).sum()
    return f"{share:.2%} of the images labelled {cell[0]}. {order}"
