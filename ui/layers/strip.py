"""The network at a glance: a strip with a frame for each layer, from the input to the outputs."""

import numpy as np
import streamlit as st

from digitcore.explain.network import Layer, Network
from digitcore.explain.texts import times
from ui.filmstrip import Frame, filmstrip
from ui.layers.feature_maps import pictures
from ui.shared.address import follow_address, linked_choice
from ui.shared.titles import title_of

SIDE = 68
THUMBNAILS, CELL = 4, 33
#: The layer's name in the address, and in the session.
LAYER = "layer"
#: Layers that change each number on its own, or only its place; they stand as thin frames between the others.
THIN = {"activation", "batch_normalization", "layer_normalization", "normalization", "rescaling", "dropout", "noise"}
THIN |= {"flatten", "reshape", "identity", "augmentation"}


def choose_layer(network: Network, activations: dict[str, np.ndarray]) -> Layer:
    """Draw the strip and return the chosen layer.

    It stays selected for another digit, and for another model that has a layer of that name.
    """
    follow_address(LAYER)
    names = [layer.name for layer in network.layers]
    first = _first_interesting(network)
    if LAYER not in st.session_state:
        st.session_state[LAYER] = linked_choice("layer", names, key=LAYER, instead=first) or first
    if st.session_state[LAYER] not in names:
        st.session_state[LAYER] = first
    chosen = st.session_state[LAYER]

    def choose(index: int) -> None:
        st.session_state[LAYER] = names[index]

    with st.container(key="layers_strip"):
        frames = [_frame(layer, activations[layer.name]) for layer in network.layers]
        filmstrip(frames, names.index(chosen), choose, label="The network's layers", key="layers_frames", size=SIDE)
    return network[chosen]


def kind_of(layer: Layer) -> str:
    """The kind of a layer in words, such as "max pooling"."""
    return layer.kind.replace("_", " ").replace("ization", "isation")


def _first_interesting(network: Network) -> str:
    """The first convolution; if there is none, the first layer after the input."""
    kinds = [layer.kind for layer in network.layers]
    return network.layers[kinds.index("convolution") if "convolution" in kinds else min(1, len(kinds) - 1)].name


def _frame(layer: Layer, activation: np.ndarray) -> Frame:
    title = title_of(layer.name)
    parameters = f"{layer.parameters:,} parameters" if layer.parameters else "no parameters"
    thin = layer.kind in THIN
    return Frame(
        label=title,
        description=f"{title}: {kind_of(layer)}, {times(layer.shape)} numbers, {parameters}",
        picture=None if thin else pictures(activation, limit=THUMBNAILS, columns=2, cell=CELL),
        is_thin=thin,
    )
