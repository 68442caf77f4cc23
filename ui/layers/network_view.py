"""The network at a glance: a card for each layer, from the input to the outputs."""

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
#: Characters that fit on one line of a card.
LONG = 12
#: Characters that are shown of an unknown layer's name in a link.
LONGEST_SHOWN = 60
#: The layer's name in the address, and in the session.
LAYER = "layer"


def choose_layer(network: Network, activations: dict[str, np.ndarray]) -> Layer:
    """Draw the cards and return the chosen layer.

    It stays selected for another digit, and for another model that has a layer of that name. If a link names an unknown layer,
    the page shows a warning.
    """
    names = [layer.name for layer in network.layers]
    is_linked = LAYER not in st.session_state
    if (name := st.session_state.setdefault(LAYER, st.query_params.get(LAYER))) not in names:
        st.session_state[LAYER] = _first_interesting(network)
        if is_linked and name:
            unknown = name[:LONGEST_SHOWN].replace("`", "'")  # as code, so that a link cannot put Markdown on the page
            st.warning(
                f"This model has no layer `{unknown}`; {st.session_state[LAYER]} is shown instead.", icon=":material/link_off:"
            )
    chosen = st.query_params[LAYER] = st.session_state[LAYER]
    with st.grid("auto", min_column_width=CARD_WIDTH, border=True, gap="xsmall", key="layers_network"):
        for number, layer in enumerate(network.layers):
            with st.container(gap="xxsmall", key=f"layers_card_{number}"):
                _card(layer, activations[layer.name], chosen=layer.name == chosen)
    return network[chosen]


def show_reading(network: Network, activations: dict[str, np.ndarray]) -> None:
    """Show the network's prediction, if it predicts digits."""
    from digitcore.explain.replay import answer

    with contextlib.suppress(ModelError):
        probabilities = activations[answer(network)]
        st.write(f"The network reads a **{probabilities.argmax()}**, with {probabilities.max():.1%} confidence.")


def _first_interesting(network: Network) -> str:
    """The first convolution; if there is none, the first layer after the input."""
    kinds = [layer.kind for layer in network.layers]
    return network.layers[kinds.index("convolution") if "convolution" in kinds else min(1, len(kinds) - 1)].name


def _card(layer: Layer, activation: np.ndarray, *, chosen: bool) -> None:
    st.button(
        breakable(layer.name),
        key=f"layers_choose_{layer.name}",
        type="primary" if chosen else "secondary",
        width="stretch",
        on_click=_choose,
        args=(layer.name,),
        help=f"{layer.class_name}, {layer.kind.replace('_', ' ')}",
    )
    picture = pictures(activation, limit=THUMBNAILS, columns=2, cell=CELL)
    if picture:
        st.image(picture, alt=f"{layer.name}: {in_words(activation)}")
    parameters = f"{layer.parameters:,} parameters" if layer.parameters else "no parameters"
    st.caption(f"{breakable(layer.class_name)}  \n{times(layer.shape)}  \n{parameters}")


def breakable(name: str) -> str:
    """A long name with break opportunities between its words, for a narrow card: "global_average_pool", "MaxPooling2D"."""
    return re.sub(r"_(?=\w)|(?<=[a-z])(?=[A-Z])", lambda match: match[0] + "\u200b", name) if len(name) > LONG else name


def _choose(name: str) -> None:
    st.session_state[LAYER] = name
