"""The explorer for a layer of a network: which layers it knows, and the place that the visitor has chosen."""

from collections.abc import Callable

import numpy as np
import streamlit as st

from digitcore.explain.decompose import obstacle
from digitcore.explain.network import Layer, Network
from ui.explorer import explorer
from ui.layers.explorer_data import POINTWISE, POOLING, explorer_data
from ui.shared.detail import shows_everything

KEY = "layers_explorer"
#: The layer that is explored, and the position that was chosen in another one.
PLACED_IN, ELSEWHERE = "layers_explorer_of", "layers_explorer_elsewhere"
CONVOLUTIONS = ("convolution", "depthwise_convolution")


def can_explore(network: Network, layer: Layer) -> bool:
    """Whether the explorer knows this layer; for all others there is ``show_decomposition``."""
    if obstacle(layer) or len(layer.inputs) != 1 or 0 in layer.shape:
        return False
    axes = len(layer.shape)
    match layer.kind:
        case kind if kind in CONVOLUTIONS:
            return axes == 3
        case kind if kind in POOLING:
            return axes in (1, 3)
        case "dense" | "softmax":
            return axes == len(network[layer.inputs[0]].shape) == 1
        case "batch_normalization":
            return axes in (1, 3) and layer.layer.axis in (-1, axes)  # Keras counts the batch axis
        case kind:
            return axes in (1, 3) and kind in POINTWISE


@st.fragment
def explore(
    network: Network,
    activations: dict[str, np.ndarray],
    layer: Layer,
    unit: int,
    on_unit: Callable[[int], None] | None = None,
) -> None:
    """Show how each output number of a layer is computed; the browser does the arithmetic.

    The first arguments are those of ``explorer_data``. ``on_unit`` is called with the unit that the visitor chose in the
    explorer, before the whole page runs again; None: units cannot be chosen there.
    """
    data = explorer_data(network, activations, layer, unit, position=_chosen_place(layer), formulas=shows_everything())

    def choose(new_unit: int) -> None:
        on_unit(new_unit)
        st.session_state[f"{KEY}_unit_chosen"] = True

    explorer(data, key=KEY, on_unit=choose if on_unit else None)
    if st.session_state.pop(f"{KEY}_unit_chosen", False):
        st.rerun()


def _chosen_place(layer: Layer) -> tuple[int, int] | None:
    """The current position: that of the script's previous run would move the visitor back. Another layer begins anew."""
    reported = (st.session_state.get(KEY) or {}).get("position")
    if st.session_state.get(PLACED_IN, layer.name) != layer.name:
        st.session_state[ELSEWHERE] = reported  # the browser says it again until the visitor chooses another place
    st.session_state[PLACED_IN] = layer.name
    match reported:
        case [int(row), int(column)] if reported != st.session_state.get(ELSEWHERE):
            return max(row, 0), max(column, 0)
    return None
