"""Follow one digit through the network, layer by layer."""

import streamlit as st

from digitcore.errors import DigitcoreError
from ui.layers.attribution import show_why
from ui.layers.cache import network_of
from ui.layers.digit_input import travelling_digit
from ui.layers.embedding import show_whereabouts
from ui.layers.layer_detail import show_inside
from ui.layers.network_view import choose_layer, show_reading
from ui.layers.top_activations import show_excitement
from ui.shared.widgets import model_picker

LOOKS = {
    "Inside the layer": show_inside,
    "Why this answer?": show_why,
    "What excites it": show_excitement,
    "Among other digits": show_whereabouts,
}

st.title("See the digit travel", anchor=False)
left, right = st.columns(2, vertical_alignment="bottom")
with right:
    model = model_picker(link=True)
with left:
    image = travelling_digit(model)
if model:
    try:
        network = network_of(model)
    except DigitcoreError as error:
        st.error(str(error))
        st.stop()
    activations = {name: maps[0] for name, maps in network.activations(image[None]).items()}
    with right:
        show_reading(network, activations)
    layer = choose_layer(network, activations)
    look = st.segmented_control("Look", list(LOOKS), default="Inside the layer", required=True, key="look", bind="query-params")
    LOOKS[look](model, network, activations, layer)
