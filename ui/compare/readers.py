"""Pictures that a visitor brings, read by many models."""

import hashlib

import streamlit as st

from digitcore.evaluation.folder_report import FolderReport
from digitcore.networks import registry

#: At most this many models are chosen initially; each has to be loaded.
CHOSEN_AT_FIRST = 12

Sources = list[tuple[str, bytes]]


def choose_readers(key: str) -> list[str]:
    """Choose among all usable models; an empty list if there are none."""
    names = [entry.name for entry in registry.list_models() if not entry.problem]
    if not names:
        st.info("There is no model yet. Train one on the page **Train**, or with: `python -m digitcore train`")
        return []
    return st.multiselect("Read by", names, default=names[:CHOSEN_AT_FIRST], key=key, placeholder="Choose models")


def read_by_all(sources: Sources, models: list[str], *, name: str, keep_loaded: bool = False) -> FolderReport:
    """Every model's prediction for every picture, computed once; for ``keep_loaded`` see ``read_pictures``.

    Raises:
        DigitcoreError: no picture or no model can be used.
    """
    versions = tuple(registry.find(model).version for model in models)
    digest = hashlib.sha256(b"".join(f"{file} {len(content)} ".encode() + content for file, content in sources)).hexdigest()
    return _read(digest, versions, name, sources, models, keep_loaded)


@st.cache_resource(max_entries=8, show_spinner=False)
def _read(digest: str, versions: tuple, name: str, _sources: Sources, _models: list[str], _keep_loaded: bool) -> FolderReport:
    from digitcore.evaluation.read_folder import read_pictures

    bar = st.progress(0.0, text="Reading …")
    try:
        return read_pictures(
            _sources,
            _models,
            folder=name,
            keep_loaded=_keep_loaded,
            progress=lambda done, total: bar.progress(done / total, text="Reading …"),
        )
    finally:
        bar.empty()
