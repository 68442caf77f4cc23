"""A Keras model as a list of its layers, and the output of each layer for an image."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from keras import layers

from digitcore.errors import ModelError
from digitcore.networks.architectures import INPUT_SHAPE

#: Compiled functions that a network keeps, besides the one that returns all layers' activations.
MAX_COMPILED = 32
#: The kind of each Keras layer. Types are compared exactly, because a subclass may compute something else.
KINDS = {
    layers.InputLayer: "input",
    layers.Conv2D: "convolution",
    layers.DepthwiseConv2D: "depthwise_convolution",
    layers.SeparableConv2D: "separable_convolution",
    layers.Conv2DTranspose: "transposed_convolution",
    layers.MaxPooling2D: "max_pooling",
    layers.AveragePooling2D: "average_pooling",
    layers.GlobalMaxPooling2D: "global_max_pooling",
    layers.GlobalAveragePooling2D: "global_average_pooling",
    layers.Flatten: "flatten",
    layers.Reshape: "reshape",
    layers.Dense: "dense",
    layers.BatchNormalization: "batch_normalization",
    layers.LayerNormalization: "layer_normalization",
    layers.Normalization: "normalization",
    layers.Rescaling: "rescaling",
    **dict.fromkeys((layers.Activation, layers.ReLU, layers.LeakyReLU, layers.PReLU, layers.ELU), "activation"),
    layers.Softmax: "softmax",
    **dict.fromkeys((layers.Dropout, layers.SpatialDropout2D, layers.AlphaDropout, layers.GaussianDropout), "dropout"),
    layers.GaussianNoise: "noise",
    **dict.fromkeys((layers.Identity, layers.ActivityRegularization), "identity"),
    **dict.fromkeys((layers.RandomFlip, layers.RandomRotation, layers.RandomTranslation, layers.RandomZoom), "augmentation"),
    **dict.fromkeys((layers.RandomContrast, layers.RandomBrightness), "augmentation"),
    layers.Add: "add",
    layers.Subtract: "subtract",
    layers.Multiply: "multiply",
    layers.Average: "average",
    layers.Maximum: "maximum",
    layers.Minimum: "minimum",
    layers.Concatenate: "concatenate",
    layers.ZeroPadding2D: "zero_padding",
    layers.Cropping2D: "cropping",
    layers.UpSampling2D: "up_sampling",
}


@dataclass(frozen=True, kw_only=True)
class Layer:
    """One layer at one of its uses.

    Attributes:
        name: unique in the network: the Keras name, with "(use 2)" where a layer is called again and "(output 2)" where one
            call returns several arrays.
        kind: one of ``KINDS``, or "other".
        class_name: the layer's class in Keras, such as "Conv2D".
        inputs: names of the layers whose outputs it reads, in the order of its arguments; empty for the input.
        shape: of its output for one image, such as ``(28, 28, 32)``.
        parameters: the number of its weights, trainable or not; 0 at a second use, which shares those of the first.
        layer: the Keras layer, or the Keras operation where the model uses ``a + b`` or ``keras.ops``.
    """

    name: str
    kind: str
    class_name: str
    inputs: tuple[str, ...]
    shape: tuple[int, ...]
    parameters: int
    layer: keras.Operation = field(repr=False)


class Network:
    """An image model as a list of layers; safe to call from several threads.

    The model may have branches, layers that are used twice and several outputs. A nested model is one layer, of the kind
    "other".

    Attributes:
        model: the Keras model.
        layers: in an order in which they can be computed; the first is the input.
        outputs: names of the layers that compute the model's outputs.

    Raises:
        ModelError: the model has no graph of layers, or does not take ``(N, 28, 28, 1)``.
    """

    def __init__(self, model: keras.Model) -> None:
        self.model = model
        image = _single_input(model)
        nodes = in_order(model.outputs, image)
        names: dict[int, str] = {}  # by the id of the symbolic tensor: a layer used twice has two
        found, uses = [], {}
        tensors = []
        for node in nodes:
            operation = node.operation
            uses[id(operation)] = use = uses.get(id(operation), 0) + 1
            for number, tensor in enumerate(node.outputs, 1):
                name = operation.name + (f" (use {use})" if use > 1 else "") + (f" (output {number})" if number > 1 else "")
                names[id(tensor)] = name
                tensors.append(tensor)
                found.append(
                    Layer(
                        name=name,
                        kind=_kind(operation, node),
                        class_name=type(operation).__name__,
                        inputs=tuple(names[id(source)] for source in node.input_tensors),
                        shape=tuple(tensor.shape[1:]),
                        parameters=operation.count_params() if isinstance(operation, keras.Layer) and use == number == 1 else 0,
                        layer=operation,
                    )
                )
        self.layers = tuple(found)
        self.outputs = tuple(names[id(tensor)] for tensor in model.outputs)
        self._by_name = {layer.name: layer for layer in found}
        self._compiled: dict[tuple, Any] = {}
        self._compiling = threading.RLock()  # building one function may need another
        whole = keras.Model(image, tensors)
        signature = [tf.TensorSpec((None, *INPUT_SHAPE), tf.float32)]
        self._forward = tf.function(
            lambda x: [tf.cast(y, tf.float32) for y in tf.nest.flatten(whole(x, training=False))], input_signature=signature
        ).get_concrete_function()
        self.activations(np.zeros((1, *INPUT_SHAPE[:2]), np.float32))  # the first call pays for set-up

    def __getitem__(self, name: str) -> Layer:
        """The layer of that name.

        Raises:
            ModelError: there is none.
        """
        try:
            return self._by_name[name]
        except KeyError:
            raise ModelError(f"This network has no layer {name!r}; its layers are: {', '.join(self._by_name)}.") from None

    def activations(self, images: np.ndarray) -> dict[str, np.ndarray]:
        """The outputs of all layers, the input included, in one call.

        Args:
            images: float32 ``(N, 28, 28)`` in 0-1, white on black.

        Returns:
            Layer name -> float32 ``(N, *layer.shape)``, in the layers' order.
        """
        arrays = self._forward(tf.constant(images[..., None]))
        return {layer.name: array.numpy() for layer, array in zip(self.layers, arrays, strict=True)}

    def compiled(self, build: Callable[..., Any], *args: Any) -> Any:
        """Return ``build(self, *args)``, built at the first call and kept for as long as this network lives.

        Threads that request the same function at once share one compilation. A function that has been built is returned without
        taking the lock. When there are more than ``MAX_COMPILED`` functions, the oldest is dropped.
        """
        key = (build, *args)
        if (function := self._compiled.get(key)) is not None:
            return function
        with self._compiling:
            if (function := self._compiled.get(key)) is None:
                function = build(self, *args)
                self._compiled[key] = function
                if len(self._compiled) > MAX_COMPILED:
                    del self._compiled[next(iter(self._compiled))]
            return function


def _single_input(model: keras.Model) -> keras.KerasTensor:
    """The model's symbolic input."""
    try:
        inputs, outputs = model.inputs, model.outputs
    except AttributeError:
        inputs = outputs = None
    if not inputs or not outputs:
        raise ModelError(
            f"The model {model.name!r} ({type(model).__name__}) has no graph of layers to read; "
            "only a Sequential model with an Input, or a functional model, has one."
        )
    shapes = [tuple(tensor.shape) for tensor in inputs]
    if shapes != [(None, *INPUT_SHAPE)]:
        raise ModelError(f"The model {model.name!r} takes inputs of the shapes {shapes}; expected one, {(None, *INPUT_SHAPE)}.")
    return inputs[0]


def in_order(outputs: list[keras.KerasTensor], image: keras.KerasTensor) -> list:
    """The graph's nodes (calls of a layer) that lead from the image to the outputs: each after those that it needs."""

    def node_of(tensor: keras.KerasTensor) -> object:
        history = tensor._keras_history
        return history.operation._inbound_nodes[history.node_index]

    first = node_of(image)
    ordered, seen = [first], {first}
    # Depth first, with an explicit stack: a deep network must not exceed Python's recursion limit.
    stack = [(node_of(tensor), False) for tensor in reversed(outputs)]
    while stack:
        node, ready = stack.pop()
        if ready:
            ordered.append(node)
        elif node not in seen:
            seen.add(node)
            stack.append((node, True))
            stack.extend((node_of(tensor), False) for tensor in reversed(node.input_tensors))
    return ordered


def _kind(operation: keras.Operation, node: object) -> str:
    if type(operation) is layers.Activation and operation.activation is keras.activations.softmax:
        return "softmax"
    if not isinstance(operation, keras.Layer) and type(operation).__name__ == "Add":  # written as a + b
        shapes = [tensor.shape for tensor in node.input_tensors]
        return "add" if len(shapes) == 2 and shapes[0] == shapes[1] else "other"
    return KINDS.get(type(operation), "other")
