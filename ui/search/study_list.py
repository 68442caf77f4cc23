"""The table of all searches: select one to open it, or several to delete them."""

from collections.abc import Sequence
from dataclasses import replace

import pandas as pd
import streamlit as st

from digitcore.errors import StudyError
from digitcore.search.study import Study
from ui.search.actions import NEW, delete, open_study, show_error
from ui.search.form import fill_form, free_name
from ui.search.watch import show_no_studies
from ui.search.words import BADGES, OBJECTIVES, SAMPLERS
from ui.shared.titles import title_of

#: Session key of the table; the names in it are appended, so that a changed list is a new table.
TABLE = "search_studies_table"


def show_studies(studies: Sequence[Study]) -> None:
    """The table, and the actions for the selected searches."""
    if not studies:
        show_no_studies()
        return
    show_error()
    state = st.dataframe(
        pd.DataFrame([_row(study) for study in studies]),
        hide_index=True,
        on_select="rerun",
        selection_mode="multi-row",
        key="/".join([TABLE, *(study.name for study in studies)]),
    )
    selected = [studies[row] for row in (state["selection"]["rows"] if state else []) if row < len(studies)]
    if not selected:
        st.caption("Select a search at its left edge, or by Shift and Space, to open, repeat or delete it.")
        return
    several = len(selected) > 1
    with st.container(horizontal=True):
        first = selected[0]
        st.button("Open", icon=":material/monitoring:", disabled=several, on_click=open_study, args=(first.name,))
        st.button(
            "Search again with these settings",
            icon=":material/replay:",
            disabled=several,
            on_click=_search_again,
            args=(first, {study.name for study in studies}),
        )
        with st.popover("Delete", icon=":material/delete:"):
            which = f"these {len(selected)} searches, each" if several else "this search,"
            st.write(f"Delete {which} with its trials and their networks? Models that were saved stay.")
            st.markdown("\n".join(f"- {title_of(study.name)}" for study in selected))
            st.button("Yes, delete", type="primary", on_click=delete, args=(selected,))


def _search_again(study: Study, taken: set[str]) -> None:
    fill_form(replace(study.config, name=free_name(study.name, taken)))
    st.session_state["view"] = NEW


def _row(study: Study) -> dict[str, object]:
    try:
        config = study.config
    except StudyError:  # its settings are damaged
        return {"search": title_of(study.name), "state": "damaged"}
    return {
        "search": title_of(study.name),
        "state": BADGES[study.status][0],
        "network": title_of(config.architecture),
        "trials": config.trials,
        "looks for": OBJECTIVES[config.objective].label,
        "sampler": SAMPLERS[config.sampler].label,
    }
