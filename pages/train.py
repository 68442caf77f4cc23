"""Train a network: choose its settings, watch it learn, look at all runs."""

import streamlit as st

from ui.shared.address import choose_view
from ui.train.form import training_form
from ui.train.run_list import NEW, WATCH, choose_run, show_runs
from ui.train.run_preview import show_run_preview
from ui.train.watch import watch

st.title("Train a network", anchor=False)
view = choose_view([NEW, WATCH, "All runs"], key="view")
if view == NEW:
    left, right = st.columns([5, 6], gap="large")
    with left:
        training_form()
    with right:
        show_run_preview()
elif view == WATCH:
    if (run := choose_run()) is not None:
        watch(run)
else:
    show_runs()
