"""What the explorer needs to know of a layer, by the layer's kind."""

from collections.abc import Callable

import numpy as np

from digitcore.explain.decompose import decompose
from digitcore.explain.network import Layer, Network
from digitcore.explain.receptive_field import field_rules
from digitcore.explain.unweighted import IDLE
from digitcore.explain.weighted import as_array, function_name
from digitcore.explain.windows import windows
from ui.explorer import ConvolutionData, DenseData, ExplorerData, PointwiseData, PoolingData, SoftmaxData
from ui.layers.explorer_texts import FORMULAS, rule_of
from ui.layers.units import names_of_units, unit_name
from ui.shared.titles import title_of

Arrays = dict[str, np.ndarray]
#: Columns of the grid in which a vector is shown: up to so many numbers in one row, and more of them in wider rows.
ONE_ROW, NARROW, WIDE = 16, 16, 32


def explorer_data(
    network: Network, activations: Arrays, layer: Layer, unit: int, *, position: tuple[int, int] | None, formulas: bool
) -> ExplorerData:
    """The explorer's data for one unit of a layer and one image.

    Args:
        network: the network.
        activations: of all its layers for the image, without the batch axis.
        layer: a layer for which ``can_explore`` holds.
        unit: one of its feature maps or units.
        position: the row and column that the visitor has chosen; None: that of the largest number.
        formulas: whether to show the formula in symbols as well.
    """
    common = {
        "unit": unit,
        "units_in_layer": layer.shape[-1],
        "axes": len(layer.shape),
        "output_name": f"{unit_name(network, layer)} {unit}",
        "rule": rule_of(layer),
        "formula": FORMULAS.get(layer.kind, "") if formulas else "",
    }
    x = activations[layer.inputs[0]]
    if layer.kind == "dense":
        return _dense(network, activations, layer, unit, common)
    if layer.kind == "softmax":
        units = names_of_units(network, layer)
        return SoftmaxData(**common, logits=x, output=activations[layer.name], units=units)
    output = activations[layer.name][..., unit]
    if len(layer.shape) == 1 and layer.kind in POINTWISE:
        return _pointwise_vector(network, activations, layer, unit, common)
    output = output.reshape(output.shape or (1, 1))  # a global pooling layer gives one number for a map
    place = np.unravel_index(np.abs(output).argmax(), output.shape) if position is None else position
    fields = field_rules(network)[layer.name]
    common |= {
        "picture": activations[network.layers[0].name][..., 0],
        "output": output,
        "range": _range(activations[layer.name]),
        "field": tuple(number for rule in fields for number in (rule.start, rule.step, rule.size)),
        "position": tuple(min(int(i), size - 1) for i, size in zip(place, output.shape, strict=False)),
    }
    if layer.kind in POINTWISE:
        return PointwiseData(**common, **_one_map(network, layer, x, unit), **POINTWISE[layer.kind](layer, x, unit))
    if layer.kind in POOLING:
        return _pooling(network, layer, x, unit, common)
    return _convolution(network, activations, layer, unit, common)


def _convolution(network: Network, activations: Arrays, layer: Layer, unit: int, common: dict) -> ConvolutionData:
    (source,) = layer.inputs
    decomposition = decompose(network, activations, layer.name, (0, 0, unit))
    return ConvolutionData(
        **common,
        **_window(layer, activations[source].shape),
        inputs=activations[source],
        names=_map_names(network, source),
        kernel=decomposition.kernel,
        first_channel=int(decomposition.channels[0]),
        bias=decomposition.bias,
        activation=decomposition.activation,
        next_activation=_next_activation(network, layer),
    )


def _next_activation(network: Network, layer: Layer) -> str:
    readers = [reader for reader in network.layers if layer.name in reader.inputs]
    return title_of(readers[0].name) if [reader.kind for reader in readers] == ["activation"] else ""


def _pooling(network: Network, layer: Layer, x: np.ndarray, unit: int, common: dict) -> PoolingData:
    if layer.kind.startswith("global"):
        window = {"window": x.shape[:2], "strides": (1, 1), "offset": (0, 0)}
    else:
        window = {"window": layer.layer.pool_size, **_window(layer, x.shape)}
    return PoolingData(**common, **_one_map(network, layer, x, unit), **window, operation=POOLING[layer.kind])


def _window(layer: Layer, shape: tuple[int, ...]) -> dict:
    rows, columns = windows(layer.layer, shape)
    return {
        "strides": (rows.stride, columns.stride),
        "dilation": (rows.dilation, columns.dilation),
        "offset": (rows.padding, columns.padding),
    }


def _one_map(network: Network, layer: Layer, x: np.ndarray, unit: int) -> dict:
    name = "the digit" if network[layer.inputs[0]].kind == "input" else f"feature map {unit}"
    return {"inputs": x[..., [unit]], "names": (name,)}


def _map_names(network: Network, source: str) -> tuple[str, ...]:
    layer = network[source]
    if layer.kind == "input":
        return ("the digit",)
    return tuple(f"map {channel}" for channel in range(layer.shape[-1]))  # short enough for a list on a phone


def _numbers_of(source: str, vector: np.ndarray) -> tuple[str]:
    return (f"{len(vector):,} numbers of {title_of(source)}",)


def _range(array: np.ndarray) -> tuple[float, float]:
    return float(array.min()), float(array.max())


# ---- Layers that change each number by itself


def _pointwise_vector(network: Network, activations: Arrays, layer: Layer, unit: int, common: dict) -> PointwiseData:
    x, output = activations[layer.inputs[0]], activations[layer.name]
    grid = _grid(len(x))
    return PointwiseData(
        **common,
        picture=None,
        inputs=x,
        names=_numbers_of(layer.inputs[0], x),
        output=output,
        range=_range(output),
        grid=grid,
        position=divmod(unit, grid[1]),
        **POINTWISE[layer.kind](layer, x, slice(None)),
    )


def _grid(count: int) -> tuple[int, int]:
    """Rows and columns in which a vector is shown; the last row may be shorter."""
    columns = count if count <= ONE_ROW else NARROW if count <= NARROW**2 else WIDE
    return -(-count // columns), columns


def _activation(layer: Layer, x: np.ndarray, unit: int | slice) -> dict:
    keras_layer = layer.layer
    match layer.class_name:
        case "ReLU":
            ceiling = np.inf if keras_layer.max_value is None else float(keras_layer.max_value)
            parameters = {"activation": "relu", "ceiling": ceiling}
            parameters |= {"slope": float(keras_layer.negative_slope), "threshold": float(keras_layer.threshold)}
        case "LeakyReLU":
            parameters = {"activation": "leaky_relu", "slope": float(keras_layer.negative_slope)}
        case "PReLU":
            slopes = np.broadcast_to(as_array(keras_layer.alpha), x.shape)[..., unit]
            parameters = {"activation": "leaky_relu", "slope": slopes}
        case "ELU":
            parameters = {"activation": "elu", "alpha": float(keras_layer.alpha)}
        case _:
            parameters = {"activation": function_name(keras_layer.activation)}
    return {"function": "activation", "parameters": parameters}


def _batch_normalization(layer: Layer, x: np.ndarray, unit: int | slice) -> dict:
    norm = layer.layer
    channels = x.shape[-1]
    weights = {
        "mean": as_array(norm.moving_mean),
        "variance": as_array(norm.moving_variance),
        "gamma": as_array(norm.gamma) if norm.scale else np.ones(channels),
        "beta": as_array(norm.beta) if norm.center else np.zeros(channels),
    }
    parameters = {name: weight[unit] for name, weight in weights.items()} | {"epsilon": float(norm.epsilon)}
    return {"function": "normalise", "parameters": parameters}


def _rescaling(layer: Layer, x: np.ndarray, unit: int | slice) -> dict:
    numbers = {"scale": layer.layer.scale, "shift": layer.layer.offset}
    parameters = {name: np.broadcast_to(np.asarray(number, float), x.shape)[..., unit] for name, number in numbers.items()}
    return {"function": "rescale", "parameters": parameters}


def _copy(layer: Layer, x: np.ndarray, unit: int | slice) -> dict:
    return {"function": "copy"}


#: By kind: the function that a layer applies to each number, with its parameters.
POINTWISE: dict[str, Callable[[Layer, np.ndarray, int | slice], dict]] = {
    "activation": _activation,
    "batch_normalization": _batch_normalization,
    "rescaling": _rescaling,
    **dict.fromkeys(IDLE, _copy),
}
POOLING = {
    "max_pooling": "max",
    "global_max_pooling": "max",
    "average_pooling": "mean",
    "global_average_pooling": "mean",
}


# ---- Dense layers


def _dense(network: Network, activations: Arrays, layer: Layer, unit: int, common: dict) -> DenseData:
    (source,) = layer.inputs
    decomposition = decompose(network, activations, layer.name, (unit,))
    maps = _flattened_maps(network, source)
    inputs = activations[source]
    softmax = decomposition.softmax
    return DenseData(
        **common,
        inputs=inputs,
        weights=decomposition.weights,
        shape=maps.shape if maps else (*_grid(len(inputs)), 1),
        names=_map_names(network, maps.name) if maps else _numbers_of(source, inputs),
        is_vector=maps is None,
        bias=decomposition.bias,
        activation=decomposition.activation,
        keras=decomposition.value,
        logits=softmax.logits if softmax else None,
        units=names_of_units(network, layer) if softmax else (),
    )


def _flattened_maps(network: Network, source: str) -> Layer | None:
    """The layer whose maps a vector holds one after the other; None if its numbers have no places in the image."""
    layer = network[source]
    while layer.kind in (*IDLE, "flatten", "reshape"):
        before = network[layer.inputs[0]]
        if layer.kind in ("flatten", "reshape") and len(before.shape) == 3:
            return before if min(before.shape[:2]) > 1 else None
        layer = before
    return None
