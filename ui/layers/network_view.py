"""The network at a glance: a card for every layer, from the drawing to the outputs."""

import contextlib
import re

import numpy as np
import streamlit as st

from digitcore.errors import ModelError
from digitcore.explain.network import Layer, Network
from digitcore.explain.texts import times
from ui.layers.feature_maps import in_words, pictures

CARD_WIDTH = 124
THUMBNAILS, CELL = 4, 36
#: Letters that a card has room for in one line.
LONG = 12
LAYER = "layer"


def choose_layer(network: Network, activations: dict[str, np.ndarray]) -> Layer:
    """Draw the cards; the chosen layer stays chosen with another digit, and with another model that has one of its name."""
    names = [layer.name for layer in network.layers]
    if st.session_state.setdefault(LAYER, st.query_params.get(LAYER)) not in names:
        st.session_state[LAYER] = _first_interesting(network)
    chosen = st.query_params[LAYER] = st.session_state[LAYER]
    with st.grid("auto", min_column_width=CARD_WIDTH, border=True, gap="xsmall", key="network"):
        for number, layer in enumerate(network.layers):
            with st.container(gap="xxsmall", key=f"card_{number}"):
                _card(layer, activations[layer.name], chosen=layer.name == chosen)
    return network[chosen]


def show_reading(network: Network, activations: dict[str, np.ndarray]) -> None:
    """What the network reads, where it reads digits."""
    from digitcore.explain.replay import answer

    with contextlib.suppress(ModelError):
        probabilities = activations[answer(network)]
        st.write(f"The network reads a **{probabilities.argmax()}**, {probabilities.max():.1%} sure.")


def _first_interesting(network: Network) -> str:
    """The first convolution, else the first layer that computes something."""
    kinds = [layer.kind for layer in network.layers]
    return network.layers[kinds.index("convolution") if "convolution" in kinds else min(1, len(kinds) - 1)].name


def _card(layer: Layer, activation: np.ndarray, *, chosen: bool) -> None:
    st.button(
        breakable(layer.name),
        key=f"layer_{layer.name}",
        type="primary" if chosen else "secondary",
        width="stretch",
        on_click=_choose,
        args=(layer.name,),
        help=f"{layer.class_name}, {layer.kind.replace('_', ' ')}",
    )
    picture = pictures(activation, limit=THUMBNAILS, columns=2, cell=CELL)
    if picture:
        st.image(picture, alt=f"{layer.name}: {in_words(activation)}")
    parameters = f"{layer.parameters:,} parameters" if layer.parameters else "nothing learnt"
    st.caption(f"{breakable(layer.class_name)}  \n{times(layer.shape)}  \n{parameters}")


def breakable(name: str) -> str:
    """A name that a narrow card breaks between its words, where it has to: "global_average_pool", "MaxPooling2D"."""
    return re.sub(r"_(?=\w)|(?<=[a-z])(?=[A-Z])", lambda found: found[0] + "\u200b", name) if len(name) > LONG else name


def _choose(name: str) -> None:
    st.session_state[LAYER] = name
