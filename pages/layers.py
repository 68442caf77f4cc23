"""Follow one digit through a network, layer by layer."""

import streamlit as st

from digitcore.errors import DigitcoreError
from ui.layers.attribution import show_attribution
from ui.layers.cache import network_of
from ui.layers.digit_input import digit_input
from ui.layers.embedding import show_embedding
from ui.layers.layer_detail import show_layer_detail
from ui.layers.network_view import choose_layer, show_reading
from ui.layers.top_activations import show_top_activations
from ui.shared.widgets import model_picker

VIEWS = {
    "Inside the layer": show_layer_detail,
    "Why this prediction?": show_attribution,
    "Top activations": show_top_activations,
    "Among other digits": show_embedding,
}

st.title("See the digit travel", anchor=False)
left, right = st.columns(2, vertical_alignment="bottom")
with right:
    model = model_picker(link=True)
with left:
    image = digit_input(model)
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
    view = st.segmented_control("View", list(VIEWS), default="Inside the layer", required=True, key="look", bind="query-params")
    VIEWS[view](model, network, activations, layer)
