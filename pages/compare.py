"""Compare saved models: how good each is, which of them the images tell apart, and where they differ."""

import streamlit as st

from ui.compare.confusion import show_confusion
from ui.compare.curves import show_calibration, show_curves, show_trainings
from ui.compare.data import data_picker
from ui.compare.deletion import show_deletion
from ui.compare.differences import show_differences
from ui.compare.drawing import show_one_drawing
from ui.compare.export import show_export
from ui.compare.folder import show_folder_test
from ui.compare.handwriting import show_handwriting
from ui.compare.results import results_on, show
from ui.compare.robustness import show_robustness
from ui.compare.table import show_table
from ui.shared.address import choose_view

ON_DATA = {
    "Table": show_table,
    "Confusion": show_confusion,
    "Curves": show_curves,
    "Calibration": show_calibration,
    "Trainings": show_trainings,
    "Differences": show_differences,
    "Robustness": show_robustness,
}
ON_THEIR_OWN = {
    "One drawing": show_one_drawing,
    "Test a folder": show_folder_test,
    "My handwriting": show_handwriting,
    "Export": show_export,
}

st.title("Compare models", anchor=False)
view = choose_view([*ON_DATA, *ON_THEIR_OWN], key="show")
if view in ON_THEIR_OWN:
    ON_THEIR_OWN[view]()
elif (data := data_picker()) is not None:
    show(results_on(data), ON_DATA[view])
    if view == "Table":
        show_deletion()
