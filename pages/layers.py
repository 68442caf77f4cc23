"""Follow one digit through a network, layer by layer."""

import streamlit as st

from digitcore.errors import DigitcoreError
from ui.layers.attribution import show_attribution
from ui.layers.cache import network_of
from ui.layers.digit_input import digit_input, show_reading
from ui.layers.embedding import show_embedding
from ui.layers.layer_detail import show_layer_detail
from ui.layers.strip import choose_layer
from ui.shared.address import choose_view, cleared_if_new, keep_in_address
from ui.shared.share import share
from ui.shared.widgets import model_picker

LAYERS, WHY, AMONG = "Layer by layer", "Why this answer?", "Among other digits"

side, main = st.columns([3, 11], gap="medium")
with side, st.container(key="layers_side"):
    st.title("See the digit travel", anchor=False)
    reading = st.container()
    with st.container(horizontal=True, vertical_alignment="center"):
        sharing = st.container(width="content")
        st.toggle("Change digit or model", key="layers_change")  # hides what follows on a phone alone, see style.css
    with st.container(key="layers_choices"):
        model = model_picker(link=True)
        image = digit_input(model)
if model is None:
    st.stop()
try:
    network = network_of(model)
except DigitcoreError as error:
    st.error(str(error))
    st.stop()
activations = {name: maps[0] for name, maps in network.activations(image[None]).items()}
with reading:
    show_reading(model, network, image, activations)
with main, st.container(gap="xsmall"):
    view = choose_view([LAYERS, WHY, AMONG], key="look")
    shown = {"model": model, "digit": st.session_state["digit"], "look": view}
    with cleared_if_new("layers_shown", view):
        if view == LAYERS:
            layer = choose_layer(network, activations)
            shown |= {"layer": layer.name, "unit": show_layer_detail(model, network, activations, layer)}
        elif view == WHY:
            show_attribution(network, activations)
        else:
            show_embedding(model, activations)
    keep_in_address(quietly=["digit"], **shown)
with sharing:
    share()
