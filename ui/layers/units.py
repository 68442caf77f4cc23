"""A layer's feature maps or units as numbered tiles, of which one is chosen."""

import numpy as np
import streamlit as st

from digitcore.explain.network import Layer
from ui.filmstrip import Frame, Sheet, filmstrip
from ui.layers.feature_maps import strongest_first
from ui.shared.address import follow_address, linked_number
from ui.shared.pictures import sheet

#: The unit's number in the address, and in the session.
UNIT = "unit"
#: The layer for which the unit was chosen.
CHOSEN_IN = "layers_unit_of"
SIDE, UNIT_SIDE = 40, 24
COLUMNS = 16
DIGITS = 10


def unit_name(layer: Layer) -> str:
    """The name for one entry of the last axis of a layer's output."""
    return "feature map" if len(layer.shape) == 3 else "digit" if is_answer(layer) else "unit"


def is_answer(layer: Layer) -> bool:
    """Whether the layer's units are the ten digits."""
    return layer.shape == (DIGITS,)


def choose_unit(layer: Layer, activation: np.ndarray) -> int:
    """Draw the tiles and return the chosen feature map or unit, initially the strongest.

    It stays selected for another layer of the same kind and for another model, except that the answer's layer opens at the
    digit that the network reads.
    """
    follow_address(UNIT)
    last, name = layer.shape[-1] - 1, unit_name(layer)
    strongest = int(np.argmax(activation)) if is_answer(layer) else int(strongest_first(activation)[0])
    if UNIT not in st.session_state:
        linked = linked_number(name, last, key=UNIT, instead=f"The strongest, {strongest},")
        st.session_state[UNIT] = strongest if linked is None else linked
    elif is_answer(layer) and st.session_state.get(CHOSEN_IN) != layer.name:
        st.session_state[UNIT] = strongest
    st.session_state[CHOSEN_IN] = layer.name
    unit = st.session_state[UNIT] = min(st.session_state[UNIT], last)
    if last and activation.ndim in (1, 3):
        _show_tiles(layer, activation, unit)
    return unit


def _show_tiles(layer: Layer, activation: np.ndarray, unit: int) -> None:
    maps = activation.transpose(2, 0, 1) if activation.ndim == 3 else activation[:, None, None]
    name = unit_name(layer)
    largest = maps.reshape(len(maps), -1).max(axis=1)
    frames = [
        Frame(label=str(number), description=f"{name} {number}, largest number {value:.3g}".capitalize())
        for number, value in enumerate(largest)
    ]
    columns = min(COLUMNS, len(maps))
    picture = sheet(maps, columns=columns, signed=maps.min() < 0)

    def choose(number: int) -> None:
        st.session_state[UNIT] = number

    filmstrip(
        frames,
        unit,
        choose,
        label=f"The layer's {name}s",
        key=f"layers_tiles_{len(maps)}",
        size=SIDE if activation.ndim == 3 else UNIT_SIDE,
        sheet=Sheet(picture=picture, columns=columns, rows=-(-len(maps) // columns)),
    )
