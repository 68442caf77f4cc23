"""Replay a network layer by layer, to differentiate at a layer or to continue from changed feature maps.

A Keras model can start at an inner tensor too, but not at a layer that is used twice, and each such model leaves nodes in the
layers that it shares. Replaying the graph while TensorFlow traces it avoids both and is as fast once it is compiled.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any

import keras
import tensorflow as tf

from digitcore.errors import ModelError
from digitcore.explain.network import Network, in_order
from digitcore.networks.architectures import INPUT_SHAPE, NUM_CLASSES

ONE_IMAGE = tf.TensorSpec((1, *INPUT_SHAPE), tf.float32)
MANY_IMAGES = tf.TensorSpec((None, *INPUT_SHAPE), tf.float32)
#: A smaller difference of two float32 probabilities may be rounding; scaled up, it would look like a pattern.
ROUNDING = 1e-6

Values = dict[str, tf.Tensor]


def replay(network: Network, known: Values) -> Values:
    """The output of every layer at inference, by the layer's name.

    Args:
        network: the network. Call this while a ``tf.function`` is traced: executed eagerly, it is slow.
        known: layer name -> its output with the batch axis, for the input and any others; these are not computed.
    """
    values, symbolic = {}, {}  # the latter by the id of the graph's symbolic tensor
    names = (layer.name for layer in network.layers)
    for node in in_order(network.model.outputs, network.model.inputs[0]):
        given = [next(names) for _ in node.outputs]
        if all(name in known for name in given):
            outputs = [known[name] for name in given]
        else:
            args, kwargs = node.arguments.fill_in(symbolic)
            if getattr(node.operation, "_call_has_training_arg", False):
                kwargs["training"] = False
            outputs = tf.nest.flatten(node.operation(*args, **kwargs))
        for name, tensor, value in zip(given, node.outputs, outputs, strict=True):
            values[name] = symbolic[id(tensor)] = known.get(name, value)
    return values


def answer(network: Network) -> str:
    """The name of the layer that outputs the ten probabilities: the first output of that shape.

    Raises:
        ModelError: no output has ten numbers.
    """
    for name in network.outputs:
        if network[name].shape == (NUM_CLASSES,):
            return name
    shapes = ", ".join(str(network[name].shape) for name in network.outputs)
    raise ModelError(f"This model's outputs have the shapes {shapes}; expected ({NUM_CLASSES},), one number for each digit.")


def logits(network: Network, values: Values) -> tf.Tensor:
    """The ten scores before the softmax, ``(N, 10)``.

    For a ``Dense`` layer with softmax they are its weighted sums, computed from its weights. Grad-CAM and saliency explain the
    logit, because a probability near 1 barely changes with it and a log-probability also depends on the other classes. For a
    model that does not end in a softmax they are its unchanged output.
    """
    last = network[answer(network)]
    if last.kind == "softmax":
        return values[last.inputs[0]]
    if last.kind == "dense" and last.layer.activation is keras.activations.softmax:
        sums = tf.linalg.matmul(values[last.inputs[0]], last.layer.kernel)
        return sums + last.layer.bias if last.layer.use_bias else sums
    return values[last.name]


def ancestors(network: Network, name: str) -> set[str]:
    """The names of the layers that a layer's output depends on, including its own name."""
    found, waiting = set(), [name]
    while waiting:
        if (current := waiting.pop()) not in found:
            found.add(current)
            waiting.extend(network[current].inputs)
    return found


def compiled_once(build: Callable[..., Any]) -> Callable[..., Any]:
    """Decorate ``build(network, ...)`` so that it compiles once for each network; see ``Network.compiled``."""

    @wraps(build)
    def get(network: Network, *args: Any) -> Any:
        return network.compiled(build, *args)

    return get


def compile_function(function: Callable[..., Any], *signature: tf.TensorSpec) -> Callable[..., Any]:
    """Trace a function once for fixed shapes; the result is safe to call from several threads."""
    return tf.function(function, input_signature=signature).get_concrete_function()


@compiled_once
def probabilities(network: Network) -> Callable[[tf.Tensor], tf.Tensor]:
    """The compiled network: ``(N, 28, 28, 1)`` -> the ten probabilities, ``(N, 10)``."""
    first, name = network.layers[0].name, answer(network)
    return compile_function(lambda images: replay(network, {first: images})[name], MANY_IMAGES)
