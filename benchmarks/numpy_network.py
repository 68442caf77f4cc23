"""A network's layers computed by NumPy alone, in float64: something to hold TensorFlow's answers against."""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from digitcore.explain.network import Layer, Network


def forward(network: Network, known: dict[str, np.ndarray], until: str) -> np.ndarray:
    """What the layer ``until`` gives, ``(N, ...)``, from what other layers give; instead of a softmax, what it is taken of."""
    values = dict(known)

    def value(name: str) -> np.ndarray:
        if name not in values:
            layer = network[name]
            values[name] = _compute(layer, [value(source) for source in layer.inputs])
        return values[name]

    return value(until)


def _compute(layer: Layer, inputs: list[np.ndarray]) -> np.ndarray:
    keras_layer, x = layer.layer, inputs[0]
    weights = [np.asarray(weight, np.float64) for weight in getattr(keras_layer, "get_weights", list)()]
    match layer.kind:
        case "convolution":
            return _activated(keras_layer.activation.__name__, _convolve(x, weights, keras_layer))
        case "max_pooling":
            size, stride = keras_layer.pool_size[0], keras_layer.strides[0]
            if keras_layer.padding == "same":
                x = _pad(x, size, stride, -np.inf)
            return sliding_window_view(x, (size, size), axis=(1, 2))[:, ::stride, ::stride].max(axis=(-2, -1))
        case "global_average_pooling":
            return x.mean(axis=(1, 2))
        case "flatten":
            return x.reshape(len(x), -1)
        case "dense":
            return _activated(keras_layer.activation.__name__, x @ weights[0] + weights[1])
        case "batch_normalization":
            scale, shift, mean, variance = weights
            return (x - mean) / np.sqrt(variance + keras_layer.epsilon) * scale + shift
        case "activation":
            return _activated(
                getattr(keras_layer, "activation", None).__name__ if hasattr(keras_layer, "activation") else "relu", x
            )
        case "dropout":
            return x
        case "add":
            return sum(inputs)
        case "concatenate":
            return np.concatenate(inputs, axis=-1)
    raise NotImplementedError(f"{layer.kind} of {layer.name}")


def _convolve(x: np.ndarray, weights: list[np.ndarray], keras_layer: object) -> np.ndarray:
    kernel, stride = weights[0], keras_layer.strides[0]
    if keras_layer.padding == "same":
        x = _pad(x, len(kernel), stride, 0)
    windows = sliding_window_view(x, kernel.shape[:2], axis=(1, 2))[:, ::stride, ::stride]
    sums = np.einsum("nijcyx,yxco->nijo", windows, kernel, optimize=True)
    return sums + weights[1] if keras_layer.use_bias else sums


def _pad(x: np.ndarray, size: int, stride: int, value: float) -> np.ndarray:
    """TensorFlow's "same": where the padding is odd, one more below and to the right."""
    total = [max((-(-side // stride) - 1) * stride + size - side, 0) for side in x.shape[1:3]]
    return np.pad(x, [(0, 0), *[(t // 2, t - t // 2) for t in total], (0, 0)], constant_values=value)


def _activated(name: str, x: np.ndarray) -> np.ndarray:
    match name:
        case "relu":
            return np.maximum(x, 0)
        case "linear" | "softmax":  # of a softmax the logits are wanted
            return x
    raise NotImplementedError(name)
