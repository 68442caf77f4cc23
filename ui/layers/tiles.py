"""A layer's feature maps or units as numbered tiles, of which one is chosen."""

import numpy as np
import streamlit as st

from digitcore.explain.network import Layer, Network
from ui.filmstrip import Frame, Sheet, filmstrip
from ui.layers.units import default_unit, unit_name
from ui.shared.address import follow_address, linked_number
from ui.shared.pictures import sheet

#: The unit's number in the address, and in the session.
UNIT = "unit"
#: What the chosen unit is: a feature map, a digit or a unit.
CHOSEN_AS = "layers_unit_is"
SIDE, UNIT_SIDE = 40, 24
COLUMNS = 16


def choose_unit(network: Network, layer: Layer, activation: np.ndarray) -> int:
    """Draw the tiles and return the chosen feature map or unit, initially the strongest.

    It stays selected for another model, and for another layer whose units are of the same sort; the answer's layer opens at the
    digit that the network reads.
    """
    follow_address(UNIT)
    last, name = layer.shape[-1] - 1, unit_name(network, layer)
    first = default_unit(network, layer, activation)
    if UNIT not in st.session_state:
        linked = linked_number(name, last, key=UNIT, instead=f"The strongest, {first},")
        st.session_state[UNIT] = first if linked is None else linked
    elif st.session_state.get(CHOSEN_AS, name) != name:
        st.session_state[UNIT] = first
    st.session_state[CHOSEN_AS] = name
    unit = st.session_state[UNIT] = min(st.session_state[UNIT], last)
    if last and activation.ndim in (1, 3):
        _show_tiles(name, activation, unit)
    return unit


def set_unit(unit: int) -> None:
    """Choose another unit; for callbacks."""
    st.session_state[UNIT] = unit


def _show_tiles(name: str, activation: np.ndarray, unit: int) -> None:
    maps = activation.transpose(2, 0, 1) if activation.ndim == 3 else activation[:, None, None]
    largest = maps.reshape(len(maps), -1).max(axis=1)
    frames = [
        Frame(label=str(number), description=f"{name} {number}, largest number {value:.3g}".capitalize())
        for number, value in enumerate(largest)
    ]
    columns = min(COLUMNS, len(maps))
    picture = sheet(maps, columns=columns, signed=maps.min() < 0)
    filmstrip(
        frames,
        unit,
        set_unit,
        label=f"The layer's {name}s",
        key=f"layers_tiles_{len(maps)}",
        size=SIDE if activation.ndim == 3 else UNIT_SIDE,
        sheet=Sheet(picture=picture, columns=columns, rows=-(-len(maps) // columns)),
    )
