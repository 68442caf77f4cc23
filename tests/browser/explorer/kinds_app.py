"""A page with the explorer for any layer of the networks in ``tests/explored.py``.

Options, in the field "Options" or the address: ``network``, ``layer``, ``unit``, ``seed`` (of the image), ``detail``
("Everything").
"""

import streamlit as st

from tests.browser.explorer.options import options_of_session
from tests.explored import NETWORKS, image_of
from ui.layers.explorer import explore

st.set_page_config(layout="wide")


@st.cache_resource
def build(name: str):
    return NETWORKS[name]()


def choose(unit: int) -> None:
    st.session_state.unit = unit


options = options_of_session()
if options is not None:
    st.session_state.setdefault("detail", options.get("detail"))
    st.session_state.setdefault("unit", int(options.get("unit", 0)))
    network = build(options["network"])
    activations = {name: maps[0] for name, maps in network.activations(image_of(int(options.get("seed", 0)))[None]).items()}
    layer = network[options["layer"]]
    st.number_input("Unit", 0, layer.shape[-1] - 1, key="unit")
    explore(network, activations, layer, st.session_state.unit, choose)
