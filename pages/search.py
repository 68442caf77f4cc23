"""Search hyper-parameters: choose what to search, watch the trials, open each as a model."""

import streamlit as st

from ui.search.actions import ALL, NEW, WATCH
from ui.search.new_search import show_new_search
from ui.search.storage import guarded, studies_or_reason
from ui.search.study_list import show_studies
from ui.search.watch import choose_study, watch
from ui.shared.address import choose_view

st.title("Search hyper-parameters", anchor=False)
view = choose_view([NEW, WATCH, ALL], key="view")
studies = studies_or_reason()
if studies is None:
    pass  # the reason stands there
elif view == NEW:
    show_new_search(studies)
elif view == ALL:
    guarded(lambda: show_studies(studies))
elif (study := choose_study(studies)) is not None:
    watch(study)
