"""A new run: presets, the settings beside the network that they describe, and Start."""

import streamlit as st

from ui.train.form import fill_new_form, training_form
from ui.train.network_picture import show_network
from ui.train.preset_cards import show_preset_cards
from ui.train.start_bar import show_start_bar


def show_new_run() -> None:
    """Choose a preset, change what you like, and start."""
    fill_new_form()
    show_preset_cards()
    left, right = st.columns([5, 6], gap="large")
    with left:
        training_form()
    with right, st.container(key="train_network"):
        show_network()
    show_start_bar()
