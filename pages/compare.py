"""Compare saved models: how good each is, what each misreads, and how all of them read your own pictures."""

import streamlit as st

from ui.compare.curves import show_calibration, show_curves, show_trainings
from ui.compare.data import data_picker
from ui.compare.drawing import show_one_drawing
from ui.compare.folder import show_folder_test
from ui.compare.handwriting import show_handwriting
from ui.compare.mistakes import show_mistakes
from ui.compare.overview import show_overview
from ui.compare.results import results_on, show
from ui.compare.robustness import show_robustness
from ui.shared.address import choose_view, cleared_if_new
from ui.shared.share import share

OVERVIEW, MISTAKES, OWN, ADVANCED = "Overview", "Mistakes", "Try your own", "Advanced"
OWN_PICTURES = {"Drawing": show_one_drawing, "Folder": show_folder_test, "Handwriting": show_handwriting}
ON_DATA = {
    "Curves": show_curves,
    "Calibration": show_calibration,
    "Robustness": show_robustness,
    "Trainings": show_trainings,
}

with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
    st.title("Compare models", width="content", anchor=False)
    sharing = st.container(width="content")
view = choose_view([OVERVIEW, MISTAKES, OWN, ADVANCED], key="show")
if view == OWN:
    part = choose_view([*OWN_PICTURES], key="own")
    with cleared_if_new("compare_shown", part):
        OWN_PICTURES[part]()
else:
    part = choose_view([*ON_DATA], key="advanced") if view == ADVANCED else view
    with cleared_if_new("compare_shown", part):
        row = st.container(horizontal=True, vertical_alignment="center", key="compare_data")
        if (data := data_picker(row)) is not None:
            show(results_on(data), {OVERVIEW: show_overview, MISTAKES: show_mistakes, **ON_DATA}[part], row)
with sharing:
    share()
