"""One number of a layer's output, taken apart into the numbers that it was made of.

The formulas are Keras's own (https://keras.io/api/layers/), computed anew in float64 from the layer's weights and its input;
``benchmarks/explained.py`` holds both against Keras.
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
    """Take one number of a layer's output apart.

    Args:
        network: the network.
        activations: float32 ``(*layer.shape)`` of one image by the name of the layer; what ``network.activations`` gives,
            without the batch axis.
        layer_name: which layer.
        position: the number's index in the layer's output, such as ``(row, column, channel)``.

    Returns:
        The step of the layer's kind (see ``steps.py``); an ``OpaqueDecomposition`` where the layer cannot be taken apart.

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
    reason = _obstacle(layer)
    if not reason:
        if layer.kind in weighted.STEPS:
            step, take_apart = weighted.STEPS[layer.kind]
            fields = take_apart(layer.layer, arrays[0], position)
        elif layer.kind in unweighted.STEPS:
            step, take_apart = unweighted.STEPS[layer.kind]
            fields = take_apart(layer, arrays[0], position)
        elif layer.kind in unweighted.STEPS_OF_SEVERAL:
            step, take_apart = unweighted.STEPS_OF_SEVERAL[layer.kind]
            fields = take_apart(layer, arrays, position)
    if fields is None:
        reason = reason or f"{layer.class_name} layers with these settings are not taken apart here."
        return OpaqueDecomposition(**common, total=None, reason=reason)
    return step(**common, **fields)


def _obstacle(layer: Layer) -> str | None:
    """Why a layer of a known kind cannot be taken apart; None where it can."""
    keras_layer = layer.layer
    if layer.kind == "other" and isinstance(keras_layer, keras.Model):
        return f"{layer.class_name} is a network of its own, with {len(keras_layer.layers)} layers."
    if getattr(keras_layer, "data_format", None) == "channels_first":
        return 'It has the data format "channels_first"; only "channels_last" is taken apart here.'
    if getattr(keras_layer, "quantization_mode", None):
        return f"Its weights are quantized ({keras_layer.quantization_mode}); only float32 ones are taken apart here."
    if getattr(keras_layer, "compute_dtype", "float32") not in ("float32", "float64"):
        return f"It computes in {keras_layer.compute_dtype}; only float32 is taken apart here."
    return None
