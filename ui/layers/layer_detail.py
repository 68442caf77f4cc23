"""One layer in detail: its purpose, its feature maps, and how one of its numbers is computed."""

import numpy as np
import streamlit as st

from digitcore.explain.network import Layer, Network
from digitcore.explain.texts import describe
from ui.layers.decomposition_views import show_decomposition
from ui.layers.explorer import can_explore, explore
from ui.layers.feature_maps import in_words, pictures, strongest_first

CELL, COLUMNS = 56, 8
#: Feature maps that are shown at first.
FEW = 24
SCALES = ("one scale for the layer", "one scale for each map")
#: The unit's name in the address, and in the session.
UNIT = "unit"
ROW, COLUMN = "layers_row", "layers_column"
#: The layer in which row and column were chosen.
PLACED_IN = "layers_placed_in"

Arrays = dict[str, np.ndarray]


def show_layer_detail(model: str, network: Network, activations: Arrays, layer: Layer) -> None:
    """Show the layer's description beside its feature maps, and how the chosen number is computed."""
    left, right = st.columns([5, 6], gap="large")
    with left:
        _show_text(network, layer)
        unit = choose_unit(layer, activations[layer.name]) if layer.shape else 0
        arithmetic = st.container()
    with right:
        _show_maps(layer, activations[layer.name])
    if can_explore(network, layer):
        explore(network, activations, layer, unit, _set_unit)
        return
    with arithmetic if len(layer.shape) == 3 else st.container():  # the tables for units need the full width
        show_decomposition(network, activations, layer, _choose_position(layer, activations[layer.name], unit))


def unit_name(layer: Layer) -> str:
    """The name for one entry of the last axis of a layer's output."""
    return "Feature map" if len(layer.shape) == 3 else "Unit"


def choose_unit(layer: Layer, activation: np.ndarray) -> int:
    """Choose a feature map or unit, initially the strongest. It stays selected for another digit, layer or model."""
    last = layer.shape[-1] - 1
    if UNIT not in st.session_state:
        linked = st.query_params.get(UNIT, "")
        st.session_state[UNIT] = int(linked) if linked.isdecimal() else int(strongest_first(activation)[0])
    st.session_state[UNIT] = min(st.session_state[UNIT], last)
    name = unit_name(layer)
    unit = st.number_input(f"{name}, 0 to {last}", 0, last, key=UNIT, persist_state="session", width=200) if last else 0
    st.query_params[UNIT] = unit
    return unit


def _set_unit(unit: int) -> None:
    st.session_state[UNIT] = unit


def _show_text(network: Network, layer: Layer) -> None:
    text = describe(network, layer)
    st.subheader(f"{layer.name}: {layer.kind.replace('_', ' ')}", anchor=False)
    st.write(text.purpose)
    if text.formula:
        st.latex(text.formula)
    st.write(text.numbers)
    if text.training:
        st.info(text.training, icon=":material/model_training:")
    if text.source:
        st.caption(f"Source: {text.source}.")


def _show_maps(layer: Layer, activation: np.ndarray) -> None:
    if activation.ndim not in (1, 3):
        st.info(f"The output of {layer.name} has the shape {activation.shape}, which cannot be drawn.")
        return
    own_scale, count = False, activation.shape[-1]
    several = activation.ndim == 3 and count > 1
    shown = count
    if several:
        with st.container(horizontal=True, vertical_alignment="center"):
            scale = st.segmented_control("Colours", SCALES, default=SCALES[0], required=True, key="layers_scale")
            own_scale = scale == SCALES[1]
            if count > FEW and not st.toggle(f"All {count} maps", key="layers_all_maps"):
                shown = FEW
    picture = pictures(activation, limit=shown, columns=COLUMNS, cell=CELL, own_scale=own_scale)
    st.image(picture, alt=f"{shown} maps of {layer.name}: {in_words(activation)}")
    low, high = float(activation.min()), float(activation.max())
    if low < 0:
        colours = f"Blue is negative, white is 0, orange is positive, up to ±{max(-low, high):.3g}"
    else:
        colours = f"From 0 (black) to {high:.3g} (white)"
    order = ""
    if several:
        order = "; strongest first: " + ", ".join(map(str, strongest_first(activation)[:COLUMNS]))
        colours = "Each map has its own scale" if own_scale else colours
    st.caption(f"{colours}{order}. {np.mean(activation == 0):.0%} of the numbers are zero.")


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
