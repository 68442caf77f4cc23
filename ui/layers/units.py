"""What the units of a layer are called, and which one is shown first."""

import numpy as np

from digitcore.errors import ModelError
from digitcore.explain.network import Layer, Network
from digitcore.explain.unweighted import IDLE

#: Kinds that leave a unit's meaning as it is.
KEEP_MEANING = ("softmax", "activation", "rescaling", *IDLE)


def units_are_digits(network: Network, layer: Layer) -> bool:
    """Whether a layer's ten units stand for the digits: it is the answer, or only a softmax or the like comes after it."""
    from digitcore.explain.replay import answer

    try:
        last = network[answer(network)]
    except ModelError:
        return False
    while last.name != layer.name and last.kind in KEEP_MEANING:
        last = network[last.inputs[0]]
    return last.name == layer.name and layer.shape == (10,)


def unit_name(network: Network, layer: Layer) -> str:
    """The word for one entry of the last axis of a layer's output: "feature map", "digit" or "unit"."""
    if len(layer.shape) == 3:
        return "feature map"
    return "digit" if units_are_digits(network, layer) else "unit"


def names_of_units(network: Network, layer: Layer) -> tuple[str, ...]:
    """The names of all units of a vector: "digit 7" where units are digits, otherwise "unit 7"."""
    word = unit_name(network, layer)
    return tuple(f"{word} {number}" for number in range(layer.shape[-1]))


def default_unit(network: Network, layer: Layer, activation: np.ndarray) -> int:
    """The unit to show first: the winning digit where units are digits, otherwise the one with the largest magnitude."""
    if units_are_digits(network, layer):
        return int(activation.argmax())
    return int(np.abs(activation).reshape(-1, activation.shape[-1]).max(axis=0).argmax())
