"""Decompose one number of a layer's output into the numbers that it is computed from.

The formulas are those of Keras (https://keras.io/api/layers/), recomputed in float64 from the layer's weights and its input.
``benchmarks/explained.py`` compares the results with Keras.
"""

from collections.abc import Mapping

import keras
import numpy as np

from digitcore.errors import ModelError
from digitcore.explain import unweighted, weighted
from digitcore.explain.decompositions import Decomposition, InputDecomposition, OpaqueDecomposition
from digitcore.explain.network import Layer, Network


def decompose(
    network: Network, activations: Mapping[str, np.ndarray], layer_name: str, position: tuple[int, ...]
) -> Decomposition:
    """Decompose one number of a layer's output.

    Args:
        network: the network.
        activations: layer name -> float32 ``(*layer.shape)`` for one image: what ``network.activations`` returns, without
            the batch axis.
        layer_name: the layer.
        position: the number's index in the layer's output, such as ``(row, column, channel)``.

    Returns:
        The decomposition for the layer's kind (see ``decompositions.py``); an ``OpaqueDecomposition`` if the layer cannot be
        decomposed.

    Raises:
        ModelError: there is no such layer or position.

    Example:
        >>> arrays = {name: batch[0] for name, batch in network.activations(image[None]).items()}  # doctest: +SKIP
        >>> decompose(network, arrays, "conv1", (4, 7, 0)).channel_sums  # doctest: +SKIP
        array([0.3217])
    """
    layer = network[layer_name]
    position = tuple(int(i) for i in position)
    if len(position) != len(layer.shape) or not all(0 <= i < size for i, size in zip(position, layer.shape, strict=True)):
        raise ModelError(f"The layer {layer.name!r} has no number at {position}: its output has the shape {layer.shape}.")
    common = {"layer": layer.name, "position": position, "value": float(activations[layer.name][position])}
    if layer.kind == "input":
        return InputDecomposition(**common, total=common["value"])
    arrays = [activations[name] for name in layer.inputs]
    fields = None
    reason = obstacle(layer)
    if not reason:
        if layer.kind in weighted.DECOMPOSERS:
            decomposition, decompose_layer = weighted.DECOMPOSERS[layer.kind]
            fields = decompose_layer(layer.layer, arrays[0], position)
        elif layer.kind in unweighted.DECOMPOSERS:
            decomposition, decompose_layer = unweighted.DECOMPOSERS[layer.kind]
            fields = decompose_layer(layer, arrays[0], position)
        elif layer.kind in unweighted.DECOMPOSERS_OF_SEVERAL_INPUTS:
            decomposition, decompose_layer = unweighted.DECOMPOSERS_OF_SEVERAL_INPUTS[layer.kind]
            fields = decompose_layer(layer, arrays, position)
    if fields is None:
        reason = reason or f"{layer.class_name} layers with these settings cannot be decomposed here."
        return OpaqueDecomposition(**common, total=None, reason=reason)
    return decomposition(**common, **fields)


def obstacle(layer: Layer) -> str | None:
    """Why a layer of a known kind cannot be decomposed; None if it can."""
    keras_layer = layer.layer
    if layer.kind == "other" and isinstance(keras_layer, keras.Model):
        return f"{layer.class_name} is a nested network (layers: {len(keras_layer.layers)}); only single layers are decomposed."
    if getattr(keras_layer, "data_format", None) == "channels_first":
        return 'It has the data format "channels_first"; only "channels_last" can be decomposed.'
    if getattr(keras_layer, "quantization_mode", None):
        return f"Its weights are quantized ({keras_layer.quantization_mode}); only float32 weights can be decomposed."
    if getattr(keras_layer, "compute_dtype", "float32") not in ("float32", "float64"):
        return f"It computes in {keras_layer.compute_dtype}; only float32 can be decomposed."
    return None
