"""Decompose layers that compute weighted sums: convolutions and dense layers."""

from collections.abc import Callable
from typing import Any

import keras
import numpy as np

from digitcore.explain.decompositions import (
    ConvolutionDecomposition,
    DenseDecomposition,
    SeparableConvolutionDecomposition,
    Softmax,
)
from digitcore.explain.windows import cut, windows

Position = tuple[int, ...]


def convolution(layer: keras.layers.Conv2D, x: np.ndarray, position: Position) -> dict[str, Any]:
    """The fields of a ``ConvolutionDecomposition``; x is ``(H, W, C)``."""
    row, column, unit = position
    window = _look(layer, x, row, column)
    kernel = as_array(layer.kernel)  # (h, w, C / groups, filters)
    depth, filters = kernel.shape[2:]
    group = unit // (filters // layer.groups)
    channels = np.arange(group * depth, (group + 1) * depth)
    patch = window.pop("patch")
    sums = np.concatenate(  # for all filters, because a softmax needs them all
        [
            np.einsum("hwc,hwcf->f", patch[..., g * depth : (g + 1) * depth], part)
            for g, part in enumerate(np.split(kernel, layer.groups, axis=-1))
        ]
    )
    parts = _filter(patch, kernel[..., unit], channels)
    return window | parts | _activated(layer, sums, unit, parts["channel_sums"])


def depthwise_convolution(layer: keras.layers.DepthwiseConv2D, x: np.ndarray, position: Position) -> dict[str, Any]:
    """The fields of a ``ConvolutionDecomposition``; x is ``(H, W, C)``. Each filter reads one channel."""
    row, column, unit = position
    window = _look(layer, x, row, column)
    kernel = as_array(layer.kernel)  # (h, w, C, multiplier)
    channel, multiple = divmod(unit, kernel.shape[3])
    patch = window.pop("patch")
    sums = np.einsum("hwc,hwcm->cm", patch, kernel).ravel()
    parts = _filter(patch, kernel[:, :, [channel], multiple], np.array([channel]))
    return window | parts | _activated(layer, sums, unit, parts["channel_sums"])


def separable_convolution(layer: keras.layers.SeparableConv2D, x: np.ndarray, position: Position) -> dict[str, Any]:
    """The fields of a ``SeparableConvolutionDecomposition``; x is ``(H, W, C)``."""
    row, column, unit = position
    window = _look(layer, x, row, column)
    kernel = as_array(layer.depthwise_kernel)  # (h, w, C, multiplier)
    pointwise = as_array(layer.pointwise_kernel)[0, 0]  # (C x multiplier, filters)
    depthwise = np.einsum("hwc,hwcm->cm", window["patch"], kernel).ravel()
    parts = {
        "kernel": kernel,
        "depthwise": depthwise,
        "weights": pointwise[:, unit],
        "contributions": depthwise * pointwise[:, unit],
    }
    return window | parts | _activated(layer, depthwise @ pointwise, unit, parts["contributions"])


def dense(layer: keras.layers.Dense, x: np.ndarray, position: Position) -> dict[str, Any]:
    """The fields of a ``DenseDecomposition``; x is ``(..., N)``."""
    *source, unit = position
    inputs, kernel = x[tuple(source)].astype(np.float64), as_array(layer.kernel)
    parts = {
        "inputs": inputs,
        "weights": kernel[:, unit],
        "contributions": inputs * kernel[:, unit],
        "source": tuple(source),
    }
    return parts | _activated(layer, inputs @ kernel, unit, parts["contributions"])


DECOMPOSERS = {
    "convolution": (ConvolutionDecomposition, convolution),
    "depthwise_convolution": (ConvolutionDecomposition, depthwise_convolution),
    "separable_convolution": (SeparableConvolutionDecomposition, separable_convolution),
    "dense": (DenseDecomposition, dense),
}


def softmax(logits: np.ndarray, index: int) -> Softmax:
    """The parts of a softmax over logits ``(N,)``."""
    shift = float(logits.max())
    exponentials = np.exp(logits - shift)
    denominator = float(exponentials.sum())
    return Softmax(
        logits=logits,
        shift=shift,
        exponentials=exponentials,
        denominator=denominator,
        probabilities=exponentials / denominator,
        index=index,
    )


def as_array(weight: Any) -> np.ndarray:
    """A Keras weight as float64."""
    return keras.ops.convert_to_numpy(weight).astype(np.float64)


def function_name(function: Callable) -> str:
    """Keras's name for an activation function; for a layer that is used as one, its class name."""
    return getattr(function, "__name__", type(function).__name__)


def _look(layer: keras.layers.Layer, x: np.ndarray, row: int, column: int) -> dict[str, Any]:
    """The window of an output pixel, with its patch ``(h, w, C)``."""
    down, across = windows(layer, x.shape)
    patch, inside = cut(x, down.cells(row), across.cells(column))
    return {
        "top": down.start(row),
        "left": across.start(column),
        "dilation": (down.dilation, across.dilation),
        "inside": inside,
        "patch": patch,
    }


def _filter(patch: np.ndarray, kernel: np.ndarray, channels: np.ndarray) -> dict[str, Any]:
    patch = patch[..., channels]
    products = patch * kernel
    return {
        "channels": channels,
        "patch": patch,
        "kernel": kernel,
        "products": products,
        "channel_sums": products.sum(axis=(0, 1)),
    }


def _activated(layer: keras.layers.Layer, sums: np.ndarray, unit: int, parts: np.ndarray) -> dict[str, Any]:
    """Add the bias to all units' sums ``(N,)`` and activate them, because a softmax needs all; ``parts`` are this unit's."""
    sums[unit] = parts.sum()
    bias = as_array(layer.bias) if layer.use_bias else np.zeros(len(sums))
    logits = sums + bias
    parts_of_softmax = softmax(logits, unit) if layer.activation is keras.activations.softmax else None
    if parts_of_softmax:
        activated = parts_of_softmax.probabilities
    else:
        activated = keras.ops.convert_to_numpy(layer.activation(logits[None]))[0]
    return {
        "bias": float(bias[unit]),
        "preactivation": float(logits[unit]),
        "activation": function_name(layer.activation),
        "softmax": parts_of_softmax,
        "total": float(activated[unit]),
    }
