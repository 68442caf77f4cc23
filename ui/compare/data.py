"""The sets that models are compared on: MNIST's test images, corrupted ones, or a labelled folder."""

from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from digitcore import paths
from digitcore.datasets import labelled_folder, training_data
from digitcore.errors import DigitcoreError
from ui.shared.glossary import explain
from ui.shared.mnist import mnist_test

if TYPE_CHECKING:
    from digitcore.datasets.evaluation_data import EvaluationSet

MNIST, DISTORTED = "MNIST test", "MNIST test, distorted"
MAX_PROBLEMS = 50


def data_picker(row: DeltaGenerator) -> "EvaluationSet | None":
    """Choose the data, in a row of the page. Returns None, with the reason below the row, if it cannot be loaded."""
    folders = {_label(folder): folder for folder in training_data.labelled_folders()}
    with row:
        st.caption("Compared on", width="content", help=explain("MNIST", "test images", "distortion"))
        chosen = st.selectbox(
            "Compared on",
            [MNIST, DISTORTED, *folders],
            key="data",
            bind="query-params",
            width=230,
            label_visibility="collapsed",
        )
        if chosen == DISTORTED:
            name, strength = _distortion_picker()
    try:
        if chosen == DISTORTED:
            return distorted_test(name, strength)
        if chosen == MNIST:
            return mnist_test()
        data = folder_set(str(folders[chosen]), labelled_folder.fingerprint(folders[chosen]))
    except DigitcoreError as error:
        st.error(str(error))
        return None
    if data.problems:
        pictures = "1 picture has a problem" if len(data.problems) == 1 else f"{len(data.problems)} pictures have a problem"
        with st.expander(pictures, icon=":material/broken_image:"):
            st.markdown("\n".join(f"- {problem}" for problem in data.problems[:MAX_PROBLEMS]))
    return data


def _distortion_picker() -> tuple[str, str]:
    from digitcore.evaluation.corruptions import CORRUPTIONS

    name = st.selectbox(
        "Distortion", list(CORRUPTIONS), key="distortion", bind="query-params", width=130, label_visibility="collapsed"
    )
    strengths = [f"{amount:g}" for amount in CORRUPTIONS[name].amounts]
    strength = st.selectbox(
        "Strength",
        strengths,
        index=len(strengths) // 2,
        key=f"{name}_strength",
        bind="query-params",
        width=100,
        label_visibility="collapsed",
    )
    st.caption(f"{CORRUPTIONS[name].caption.capitalize()}: {CORRUPTIONS[name].unit}", width="content")
    return name, strength


def _label(folder: Path) -> str:
    return "the data folder itself" if folder == paths.data_dir() else folder.name


@st.cache_resource(max_entries=4, show_spinner="Distorting the test images …")
def distorted_test(name: str, strength: str) -> "EvaluationSet":
    """MNIST's test images, each corrupted."""
    from digitcore.evaluation import corruptions

    return corruptions.corrupted_set(mnist_test(), name, float(strength))


@st.cache_resource(max_entries=8, show_spinner="Reading the folder …")
def folder_set(folder: str, fingerprint: str) -> "EvaluationSet":
    """A labelled folder's pictures; a new fingerprint means that they have changed and are read again."""
    from digitcore.datasets import evaluation_data

    return evaluation_data.folder_set(Path(folder))
