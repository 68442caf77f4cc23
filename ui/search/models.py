"""A trial becomes a model that the other pages can show."""

from pathlib import Path

import streamlit as st

from digitcore.errors import DigitcoreError
from digitcore.search.promote import save_trial
from digitcore.search.records import TrialRecord
from digitcore.search.study import Study
from ui.shared.settings import in_page_words

PAGES = Path(__file__).resolve().parents[2] / "pages"
TRAIN_PAGE = PAGES / "train.py"


def open_buttons(study: Study, records: list[TrialRecord]) -> None:
    """Buttons that save the trials' networks as models and open them on another page.

    Args:
        study: the study.
        records: one trial, or several to compare.
    """
    missing = [record.number for record in records if not record.has_network]
    with st.container(horizontal=True):
        if len(records) == 1:
            _button("Open on Recognise", ":material/draw:", "recognise.py", study, records, disabled=bool(missing))
            _button("Open on Layers", ":material/layers:", "layers.py", study, records, disabled=bool(missing))
        _button("Compare", ":material/compare_arrows:", "compare.py", study, records, disabled=bool(missing))
    if missing:
        which = "This trial has" if len(records) == 1 else f"Trial {missing[0]} has"
        st.caption(f"{which} no network here: only those of complete trials are kept, on the machine that trained them.")


def _button(label: str, icon: str, page: str, study: Study, records: list[TrialRecord], *, disabled: bool) -> None:
    if not st.button(label, icon=icon, disabled=disabled, key=f"search_open_{page}"):
        return
    try:
        with st.spinner("Saving the model …"):
            models = [save_trial(study, record.number) for record in records]
    except DigitcoreError as error:
        st.error(f"The trial cannot be opened: {in_page_words(error)}")
        return
    st.session_state["model"] = models[0]
    st.switch_page(PAGES / page, query_params=_query(page, models))


def _query(page: str, models: list[str]) -> dict[str, str]:
    """What the other page's address asks for: the model, or the difference of two."""
    if page != "compare.py":
        return {"model": models[0]}
    if len(models) == 1:
        return {"first": models[0]}
    return {"show": "Mistakes", "first": models[0], "second": models[1]}
