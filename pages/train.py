"""Train a network: choose its settings, watch it learn, look at all runs."""

import streamlit as st

from ui.shared.address import choose_view
from ui.train.actions import ALL, NEW, WATCH
from ui.train.new_run import show_new_run
from ui.train.run_list import show_runs
from ui.train.watch import choose_run, watch

st.title("Train a network", anchor=False)
view = choose_view([NEW, WATCH, ALL], key="view")
if view == NEW:
    show_new_run()
elif view == WATCH:
    if (run := choose_run()) is not None:
        watch(run)
else:
    show_runs()
