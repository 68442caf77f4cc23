"""One layer in detail: how one of its numbers is computed, its feature maps, and what it is for."""

import numpy as np
import streamlit as st

from digitcore.explain.network import Layer, Network
from digitcore.explain.texts import describe
from ui.layers.ablation import show_ablation
from ui.layers.decomposition_views import show_decomposition
from ui.layers.explorer import can_explore, explore
from ui.layers.feature_maps import in_words, pictures
from ui.layers.strip import kind_of
from ui.layers.tiles import choose_unit, set_unit
from ui.layers.top_activations import show_top_activations
from ui.layers.units import unit_name
from ui.shared.detail import shows_everything
from ui.shared.glossary import TERMS, explain
from ui.shared.titles import title_of

CELL, COLUMNS = 56, 8
HEADING_WIDTH = 200
SCALES = ("one scale for the layer", "one scale for each map")
ROW, COLUMN = "layers_row", "layers_column"
#: The layer in which row and column were chosen.
PLACED_IN = "layers_placed_in"
#: Kind of layer -> its term in the glossary, where that is another word.
KIND_TERMS = {
    "dense": "dense layer",
    "max pooling": "pooling",
    "average pooling": "pooling",
    "activation": "activation function",
}
KIND_TERMS |= {"global max pooling": "pooling", "global average pooling": "pooling"}

Arrays = dict[str, np.ndarray]


def show_layer_detail(model: str, network: Network, activations: Arrays, layer: Layer) -> int:
    """Show how the chosen number is computed, and below it, folded, all else about the layer. Returns the chosen unit."""
    activation = activations[layer.name]
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="layers_chosen"):
        heading = st.container(width=HEADING_WIDTH)
        unit = choose_unit(network, layer, activation) if layer.shape else 0
    with heading:
        _show_heading(network, layer, unit)
    if can_explore(network, layer):
        explore(network, activations, layer, unit, set_unit)
    else:
        show_decomposition(network, activations, layer, _choose_position(layer, activation, unit))
    if activation.ndim == 3 and activation.shape[-1] > 1:
        with _fold(f"All {activation.shape[-1]} feature maps", "maps") as fold:
            if fold.open:
                _show_maps(layer, activation)
    with _fold("Switch parts of this layer off", "ablation") as fold:
        if fold.open:
            show_ablation(network, activations, layer)
    with _fold(f"Which digits excite {unit_name(network, layer)} {unit} most?", "top") as fold:
        if fold.open:
            show_top_activations(model, network, layer, unit)
    with _fold("What this layer is for", "text") as fold:
        if fold.open:
            _show_text(network, layer)
    return unit


def _fold(label: str, key: str):  # noqa: ANN202 - Streamlit's type for it is not public
    """A folded part, which is computed only while it is open."""
    return st.expander(label, key=f"layers_fold_{key}", on_change="rerun")


def _show_heading(network: Network, layer: Layer, unit: int) -> None:
    kind = kind_of(layer)
    term = KIND_TERMS.get(kind, kind)
    known = [explain(term)] if term in TERMS else []
    chosen = f"  \n{unit_name(network, layer)} {unit}" if layer.shape and layer.shape[-1] > 1 else ""
    text = f"**{title_of(layer.name)}** · {kind}{chosen}"
    st.markdown(text, help="\n\n".join([*known, describe(network, layer).purpose]))


def _show_text(network: Network, layer: Layer) -> None:
    text = describe(network, layer)
    st.write(text.purpose)
    if text.formula and shows_everything():
        st.latex(text.formula)
    st.write(text.numbers)
    if text.training:
        st.info(text.training, icon=":material/model_training:")
    if text.source:
        st.caption(f"Source: {text.source}.")


def _show_maps(layer: Layer, activation: np.ndarray) -> None:
    scale = st.segmented_control("Colours", SCALES, default=SCALES[0], required=True, key="layers_scale")
    own_scale = scale == SCALES[1]
    picture = pictures(activation, columns=COLUMNS, cell=CELL, own_scale=own_scale, numbered=True)
    st.image(picture, alt=f"{activation.shape[-1]} maps of {title_of(layer.name)}: {in_words(activation)}")
    low, high = float(activation.min()), float(activation.max())
    if own_scale:
        colours = "Each map has its own scale"
    elif low < 0:
        colours = f"Blue is negative, white is 0, orange is positive, up to ±{max(-low, high):.3g}"
    else:
        colours = f"From 0 (black) to {high:.3g} (white)"
    st.caption(f"{colours}. The strongest map comes first. {np.mean(activation == 0):.0%} of the numbers are zero.")


def _choose_position(layer: Layer, activation: np.ndarray, unit: int) -> tuple[int, ...]:
    if len(layer.shape) == 1:
        return (unit,)
    if len(layer.shape) != 3:
        return tuple(int(i) for i in np.unravel_index(np.abs(activation).argmax(), activation.shape))
    if st.session_state.get(PLACED_IN) != layer.name:  # begin at the strongest number
        place = np.unravel_index(np.abs(activation[..., unit]).argmax(), activation.shape[:2])
        st.session_state[ROW], st.session_state[COLUMN] = map(int, place)
        st.session_state[PLACED_IN] = layer.name
    with st.container(horizontal=True):
        row = _choose_index("Row", layer.shape[0], key=ROW)
        column = _choose_index("Column", layer.shape[1], key=COLUMN)
    return row, column, unit


def _choose_index(name: str, size: int, *, key: str) -> int:
    st.session_state[key] = min(st.session_state[key], size - 1)
    if size == 1:
        return 0
    return st.number_input(f"{name}, 0 to {size - 1}", 0, size - 1, key=key, persist_state="session", width=200)
