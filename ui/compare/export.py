"""Export a model to another format, and show that its probabilities stay the same."""

import tempfile
from pathlib import Path

import streamlit as st

from digitcore.errors import DigitcoreError
from digitcore.export.child_process import export_in_child_process
from digitcore.export.formats import FORMATS
from digitcore.export.parity import TOLERANCE
from digitcore.export.result import Exported
from digitcore.networks import registry

ABOUT = {
    "litert": "For phones and small devices.",
    "onnx": "For many runtimes and languages.",
    "savedmodel": "For TensorFlow Serving.",
}


def show_export(name: str) -> None:
    """Choose a format; the zip comes with the largest difference from Keras."""
    format = st.segmented_control(
        "Format",
        list(FORMATS),
        format_func=lambda format: FORMATS[format].title,
        default="litert",
        required=True,
        key="compare_format",
    )
    st.caption(f"{ABOUT[format]} The zip holds the model, its card and a description of the preprocessing.")
    wanted = (name, format)
    if st.button("Export and check", type="primary", icon=":material/ios_share:"):
        st.session_state["compare_exported"] = wanted
    if st.session_state.get("compare_exported") == wanted:
        _show_exported(name, format)


def _show_exported(name: str, format: str) -> None:
    try:
        exported, content = _export(name, format, registry.find(name).version)
    except DigitcoreError as error:
        st.error(str(error))
        return
    st.metric(f"Largest difference from Keras, limit {TOLERANCE:g}", f"{exported.largest_difference:.1e}", width="content")
    st.caption(
        f"The largest difference of any probability on {exported.images} images of {exported.data}; {exported.runtime} ran "
        "the exported file."
    )
    st.download_button(
        f"{exported.path.name}, {len(content) / 1000:,.0f} kB",
        content,
        exported.path.name,
        "application/zip",
        icon=":material/download:",
        on_click="ignore",
    )


@st.cache_resource(max_entries=6, show_spinner="Exporting, and comparing 200 test images with Keras …")
def _export(name: str, format: str, version: tuple) -> tuple[Exported, bytes]:
    with tempfile.TemporaryDirectory() as folder:
        exported = export_in_child_process(name, format, directory=Path(folder))
        return exported, exported.path.read_bytes()
