"""Decompose layers that select, average, scale or copy numbers: pooling, normalisation, activations, merging, copies."""

from typing import Any

import keras
import numpy as np

from digitcore.explain.decompositions import (
    ActivationDecomposition,
    BatchNormDecomposition,
    CopyDecomposition,
    Decomposition,
    MergeDecomposition,
    PoolDecomposition,
    RescalingDecomposition,
    SoftmaxDecomposition,
)
from digitcore.explain.network import Layer
from digitcore.explain.weighted import as_array, function_name, softmax
from digitcore.explain.windows import cut, windows

Position = tuple[int, ...]


def pool(layer: Layer, x: np.ndarray, position: Position) -> dict[str, Any]:
    """The fields of a ``PoolDecomposition``; x is ``(H, W, C)``. Global pooling has one window, the whole map."""
    if layer.kind.startswith("global"):
        rows, columns = (np.arange(length) for length in x.shape[:2])
    else:
        rows, columns = (axis.cells(i) for axis, i in zip(windows(layer.layer, x.shape), position[:2], strict=True))
    patch, inside = cut(x[..., position[-1:]], rows, columns)
    patch = patch[..., 0]
    winner = None
    if layer.kind.endswith("max_pooling"):
        i, j = np.unravel_index(np.where(inside, patch, -np.inf).argmax(), patch.shape)
        winner, total = (int(rows[i]), int(columns[j])), patch[i, j]
    else:
        total = patch[inside].mean()  # TensorFlow leaves the padding out of the mean
    return {
        "top": int(rows[0]),
        "left": int(columns[0]),
        "dilation": (1, 1),
        "inside": inside,
        "operation": "max" if winner else "mean",
        "window": np.where(inside, patch, np.nan),
        "winner": winner,
        "count": int(inside.sum()),
        "total": float(total),
    }


def softmax_layer(layer: Layer, x: np.ndarray, position: Position) -> dict[str, Any] | None:
    """The fields of a ``SoftmaxDecomposition``; None for a softmax over several axes."""
    axis = getattr(layer.layer, "axis", -1)
    if not isinstance(axis, int):
        return None
    axis = axis if axis < 0 else axis - x.ndim - 1  # counted from the end, because Keras counts the batch axis too
    parts = softmax(np.moveaxis(x.astype(np.float64), axis, -1)[_without(position, axis)], position[axis])
    return {"softmax": parts, "total": float(parts.probabilities[parts.index])}


def activation(layer: Layer, x: np.ndarray, position: Position) -> dict[str, Any]:
    """The fields of an ``ActivationDecomposition``."""
    # On the whole array: some activations have a weight for each place, and some depend on all channels.
    y = keras.ops.convert_to_numpy(layer.layer(x[None]))[0]
    function = getattr(layer.layer, "activation", layer.layer)
    return {"x": float(x[position]), "function": function_name(function), "total": float(y[position])}


def batch_norm(layer: Layer, x: np.ndarray, position: Position) -> dict[str, Any]:
    """The fields of a ``BatchNormDecomposition``."""
    norm = layer.layer
    channel = position[norm.axis if norm.axis < 0 else norm.axis - 1]  # Keras counts the batch axis
    parts = {
        "x": float(x[position]),
        "mean": float(as_array(norm.moving_mean)[channel]),
        "variance": float(as_array(norm.moving_variance)[channel]),
        "epsilon": norm.epsilon,
        "gamma": float(as_array(norm.gamma)[channel]) if norm.scale else 1.0,
        "beta": float(as_array(norm.beta)[channel]) if norm.center else 0.0,
    }
    normalised = (parts["x"] - parts["mean"]) / np.sqrt(parts["variance"] + parts["epsilon"])
    return parts | {"total": float(parts["gamma"] * normalised + parts["beta"])}


def rescaling(layer: Layer, x: np.ndarray, position: Position) -> dict[str, Any]:
    """The fields of a ``RescalingDecomposition``."""
    scale, offset = (
        float(np.broadcast_to(np.asarray(number, np.float64), x.shape)[position])
        for number in (layer.layer.scale, layer.layer.offset)
    )
    value = float(x[position])
    return {"x": value, "scale": scale, "offset": offset, "total": value * scale + offset}


MERGES = {
    "add": np.sum,
    "subtract": lambda parts: parts[0] - parts[1],
    "multiply": np.prod,
    "average": np.mean,
    "maximum": np.max,
    "minimum": np.min,
}


def merge(layer: Layer, arrays: list[np.ndarray], position: Position) -> dict[str, Any] | None:
    """The fields of a ``MergeDecomposition``; None if the arrays have different numbers of axes."""
    if any(array.ndim != len(layer.shape) for array in arrays):
        return None
    parts = np.array([np.broadcast_to(array, layer.shape)[position] for array in arrays], np.float64)
    return {"operation": layer.kind, "sources": layer.inputs, "parts": parts, "total": float(MERGES[layer.kind](parts))}


def copy(layer: Layer, arrays: list[np.ndarray], position: Position) -> dict[str, Any] | None:
    """The fields of a ``CopyDecomposition``; None if the number is not a copy."""
    which, x = 0, arrays[0]
    match layer.kind:
        case "flatten" | "reshape":
            source = np.unravel_index(np.ravel_multi_index(position, layer.shape), x.shape)
        case "zero_padding":
            (top, _), (left, _) = layer.layer.padding
            source = (position[0] - top, position[1] - left, position[2])
        case "cropping":
            (top, _), (left, _) = layer.layer.cropping
            source = (position[0] + top, position[1] + left, position[2])
        case "up_sampling" if layer.layer.interpolation == "nearest":
            source = (position[0] // layer.layer.size[0], position[1] // layer.layer.size[1], position[2])
        case "up_sampling":
            return None
        case "concatenate":
            axis = layer.layer.axis % (len(position) + 1) - 1  # Keras counts the batch axis
            ends = np.cumsum([array.shape[axis] for array in arrays])
            which = int(np.searchsorted(ends, position[axis], side="right"))
            x = arrays[which]
            before = ends[which] - x.shape[axis]
            source = (*position[:axis], position[axis] - before, *position[axis + 1 :])
        case _:  # layers that act only in training
            source = position
    source = tuple(int(i) for i in source)
    if not all(0 <= i < length for i, length in zip(source, x.shape, strict=True)):
        source = None
    return {
        "source": layer.inputs[which],
        "source_position": source,
        "total": 0.0 if source is None else float(x[source]),
    }


#: By kind, for layers with one input.
DECOMPOSERS: dict[str, tuple[type[Decomposition], Any]] = {
    **dict.fromkeys(
        ("max_pooling", "average_pooling", "global_max_pooling", "global_average_pooling"), (PoolDecomposition, pool)
    ),
    "softmax": (SoftmaxDecomposition, softmax_layer),
    "activation": (ActivationDecomposition, activation),
    "batch_normalization": (BatchNormDecomposition, batch_norm),
    "rescaling": (RescalingDecomposition, rescaling),
}
COPIES = ("flatten", "reshape", "zero_padding", "cropping", "up_sampling", "concatenate")
#: Kinds that change nothing when the network is not training.
IDLE = ("dropout", "noise", "identity", "augmentation")
#: By kind, for layers with any number of inputs.
DECOMPOSERS_OF_SEVERAL_INPUTS: dict[str, tuple[type[Decomposition], Any]] = {
    **dict.fromkeys(MERGES, (MergeDecomposition, merge)),
    **dict.fromkeys(COPIES + IDLE, (CopyDecomposition, copy)),
}


def _without(position: Position, axis: int) -> Position:
    """A position without one of its indices; the axis is counted from the end."""
    return position[:axis] + position[len(position) + axis + 1 :]
