"""Train a network: choose its settings, watch it learn, look at all runs."""

import streamlit as st

from digitcore.runs import run as runs
from ui.train.form import training_form
from ui.train.panels import watch
from ui.train.run_list import NEW, WATCH, show_no_runs, show_runs
from ui.train.run_preview import launch_pad

st.title("Train a network", anchor=False)
view = st.segmented_control(
    "View",
    [NEW, WATCH, "All runs"],
    default=None if "view" in st.session_state else NEW,
    required=True,
    key="view",
    bind="query-params",
    label_visibility="collapsed",
)
if view == NEW:
    left, right = st.columns([5, 6], gap="large")
    with left:
        training_form()
    with right:
        launch_pad()
elif view == WATCH:
    every = {run.id: run for run in runs.list_runs()}
    if (linked := st.query_params.get("run")) in every:
        st.session_state.setdefault("run", linked)
    chosen = st.selectbox("Run", list(every), index=None, key="run", persist_state="session", placeholder="Choose a run")
    if chosen:
        st.query_params["run"] = chosen
        watch(every[chosen])
    elif not every:
        show_no_runs()
else:
    show_runs()
