"""Pictures that a visitor brings, read by many models."""

import hashlib

import streamlit as st

from digitcore.evaluation.folder_report import FolderReport
from digitcore.networks import registry
from ui.compare.results import NO_MODEL
from ui.shared.titles import titles_of

#: At most this many models are chosen initially; each has to be loaded.
CHOSEN_AT_FIRST = 12

Sources = list[tuple[str, bytes]]


def choose_readers(key: str) -> dict[str, str]:
    """Choose among all usable models.

    Returns:
        Model -> its title; empty, with the reason on the page, if there are none.
    """
    names = [entry.name for entry in registry.list_models() if not entry.problem]
    if not names:
        st.info(NO_MODEL)
        return {}
    titles = titles_of(names)
    chosen = st.multiselect(
        "Read by", names, default=names[:CHOSEN_AT_FIRST], format_func=titles.get, key=key, placeholder="Choose models"
    )
    return {name: titles[name] for name in chosen if name in titles}


def guessing_model() -> str | None:
    """The model that suggests labels: the default one, or the first that can be used."""
    return next((entry.name for entry in registry.list_models() if not entry.problem), None)


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

    text = f"Reading {len(_sources)} picture{'s' * (len(_sources) != 1)} …"
    bar = st.progress(0.0, text=text)
    try:
        return read_pictures(
            _sources,
            _models,
            folder=name,
            keep_loaded=_keep_loaded,
            progress=lambda done, total: bar.progress(done / total, text=text),
        )
    finally:
        bar.empty()
