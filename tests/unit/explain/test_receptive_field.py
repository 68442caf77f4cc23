"""The receptive field of a number is the pixels that it depends on, held against gradients."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers

from digitcore.errors import ModelError
from digitcore.explain.network import Network
from digitcore.explain.receptive_field import WHOLE, FieldRule, field_rules, receptive_field
from digitcore.geometry import Box
from digitcore.networks import registry

#: Keras with NumPy 2, at every weight that it reads.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")

ALL = Box(left=0, top=0, right=28, bottom=28)


def build(make):
    """A functional model whose weights are all positive, so that no two ways to a pixel cancel out."""
    picture = keras.Input((28, 28, 1))
    model = keras.Model(picture, make(picture))
    rng = np.random.default_rng(0)
    for weight in model.weights:
        weight.assign(rng.uniform(0.1, 1, weight.shape))
    return model


def stack(*parts):
    def make(x):
        for layer in parts:
            x = layer(x)
        return x

    return build(make)


def pixels_with_gradient(model):
    """Of the sum over the channels of each output pixel: ``{(row, column): Box or None}``, for a model of one map."""
    x = tf.Variable(np.random.default_rng(1).random((1, 28, 28, 1), np.float32))
    with tf.GradientTape() as tape:
        y = tf.reduce_sum(model(x, training=False), axis=-1)[0]
        flat = tf.reshape(y, (-1,))
    jacobian = tape.jacobian(flat, x).numpy().reshape(*y.shape, 28, 28)
    return {place: box_of(jacobian[place] != 0) for place in np.ndindex(*y.shape)}


def box_of(mask):
    if not mask.any():
        return None
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    return Box(left=int(columns[0]), top=int(rows[0]), right=int(columns[-1]) + 1, bottom=int(rows[-1]) + 1)


def holds(outer, inner):
    return inner is None or (
        outer.left <= inner.left and outer.top <= inner.top and outer.right >= inner.right and outer.bottom >= inner.bottom
    )


def fields(model):
    network = Network(model)
    last = network.layers[-1]
    return {place: receptive_field(network, last.name, (*place, 0)) for place in np.ndindex(*last.shape[:2])}


def residual(x):
    x = layers.Conv2D(2, 3, padding="same")(x)
    return layers.Conv2D(1, 3, strides=2, padding="same")(layers.Add()([x, layers.Conv2D(2, 5, padding="same")(x)]))


def wide_and_narrow(x):
    pooled = layers.AveragePooling2D(2, padding="same")(x)
    return layers.Concatenate()([layers.Conv2D(2, 2, strides=2)(x), layers.Conv2D(1, (1, 3), padding="same")(pooled)])


def twice(x):
    shared = layers.Conv2D(1, (3, 1), strides=(2, 1))
    return shared(shared(x))


EXACT = {
    "one convolution": lambda: stack(layers.Conv2D(2, 3)),
    "same": lambda: stack(layers.Conv2D(2, 5, padding="same"), layers.Conv2D(2, 4, padding="same")),
    "stride 2, same, odd": lambda: stack(
        layers.Cropping2D(((1, 0), (0, 1))),
        layers.Conv2D(2, 3, strides=2, padding="same"),
        layers.Conv2D(2, 3, strides=2, padding="same"),
    ),
    "stride 2, same, even": lambda: stack(
        layers.Conv2D(2, 3, strides=2, padding="same"), layers.Conv2D(2, 5, strides=2, padding="same")
    ),
    "rows and columns apart": lambda: stack(layers.Conv2D(2, (5, 1), strides=(1, 3)), layers.Conv2D(1, (2, 3))),
    "leftover rows": lambda: stack(
        layers.Conv2D(1, 2), layers.AveragePooling2D(2), layers.AveragePooling2D(4), layers.Conv2D(1, 3, padding="same")
    ),
    "dilation": lambda: stack(layers.Conv2D(2, 3, dilation_rate=(2, 3)), layers.Conv2D(1, 2, dilation_rate=2)),
    "groups and depthwise": lambda: stack(
        layers.Conv2D(4, 1),
        layers.Conv2D(4, 3, groups=2),
        layers.DepthwiseConv2D(3),
        layers.SeparableConv2D(2, 3, padding="same"),
    ),
    "batch norm, activation, dropout": lambda: stack(
        layers.Conv2D(3, 3), layers.BatchNormalization(), layers.ReLU(), layers.Dropout(0.5), layers.Dense(4)
    ),
    "padding and cropping": lambda: stack(
        layers.ZeroPadding2D(((1, 2), (0, 1))), layers.Conv2D(1, 4), layers.Cropping2D(((3, 0), (1, 2))), layers.Conv2D(1, 2)
    ),
    "up-sampling of what is one cell": lambda: stack(layers.Conv2D(1, 28), layers.UpSampling2D(3)),
    "down to one pixel": lambda: stack(
        layers.Cropping2D(((2, 2), (2, 2))), layers.Conv2D(1, 20), layers.Conv2D(1, 5), layers.Conv2D(1, 3, padding="same")
    ),
    "residual": lambda: build(residual),
    "branches of one stride": lambda: build(wide_and_narrow),
    "a layer used twice": lambda: build(twice),
}


@pytest.mark.parametrize("make", EXACT.values(), ids=EXACT)
def test_equals_the_gradient(make):
    """Where nothing cancels out, the field is the smallest box of the pixels whose gradient is not zero."""
    model = make()
    assert fields(model) == pixels_with_gradient(model)


CLOSE = {
    "max-pool": lambda: stack(layers.Conv2D(2, 3), layers.MaxPooling2D(3, strides=2, padding="same"), layers.Conv2D(1, 2)),
    "dilation, same": lambda: stack(
        layers.Conv2D(1, 3),
        layers.Conv2D(1, 3, dilation_rate=2, padding="same"),
        layers.Conv2D(1, 3, strides=2, padding="same"),
    ),
    "up-sampling": lambda: stack(layers.AveragePooling2D(4), layers.UpSampling2D(2), layers.Conv2D(1, 3, padding="same")),
    "up-sampling past the pixels": lambda: stack(layers.Conv2D(1, 3), layers.UpSampling2D(2)),
    "smooth up-sampling": lambda: stack(layers.AveragePooling2D(2), layers.UpSampling2D(2, interpolation="bilinear")),
    "padding after a kernel": lambda: stack(layers.Conv2D(1, 5), layers.ZeroPadding2D(3), layers.Conv2D(1, 2)),
    "branches of two strides": lambda: build(lambda x: layers.Add()([layers.Conv2D(1, 15)(x), layers.AveragePooling2D(2)(x)])),
    "one pixel for all": lambda: build(lambda x: layers.Multiply()([x, layers.GlobalAveragePooling2D(keepdims=True)(x)])),
    "softmax over rows": lambda: stack(layers.Conv2D(1, 3), layers.Softmax(axis=1)),
    "joined rows": lambda: build(lambda x: layers.Concatenate(axis=1)([layers.Conv2D(1, 3)(x)] * 2)),
    "an unknown layer": lambda: stack(layers.Conv2D(1, 3), layers.GroupNormalization(1), layers.Conv2D(1, 3)),
    "transposed": lambda: stack(layers.Conv2D(1, 3, strides=2), layers.Conv2DTranspose(1, 3, strides=2)),
}


@pytest.mark.parametrize("make", CLOSE.values(), ids=CLOSE)
def test_holds_the_gradient(make):
    """The field leaves out no pixel whose gradient is not zero."""
    model = make()
    found = fields(model)
    for place, expected in pixels_with_gradient(model).items():
        assert holds(found[place], expected), (place, found[place], expected)
        assert holds(ALL, found[place])


@pytest.mark.parametrize("name", ["cnn_v1", "cnn_v2", "lenet", "sprint"])
def test_shipped_models(name):
    """In shipped models, the fields of feature maps grow from layer to layer, and of what follows are the whole image."""
    network = Network(registry.load_model(name))
    rules = field_rules(network)
    maps = [rules[layer.name][0] for layer in network.layers if len(layer.shape) == 3]
    assert [rule.size for rule in maps] == sorted(rule.size for rule in maps)
    assert maps[0] == FieldRule(start=0, step=1, size=1)
    assert maps[-1].size >= 10
    for layer in network.layers:
        if len(layer.shape) == 1:
            assert rules[layer.name] == (WHOLE, WHOLE)
            assert receptive_field(network, layer.name, (0,)) == ALL


def test_every_layer_of_a_trained_model():
    """At every depth of a shipped model, the pixels with a gradient lie in the field."""
    network = Network(registry.load_model("sprint"))
    x = tf.Variable(np.random.default_rng(1).random((1, 28, 28, 1), np.float32))
    maps = [layer for layer in network.layers[1:] if len(layer.shape) == 3]
    for layer in maps:
        inner = keras.Model(network.model.inputs[0], layer.layer.output)
        for place in [(0, 0), (layer.shape[0] - 1, layer.shape[1] - 1), (layer.shape[0] // 2, 1)]:
            with tf.GradientTape() as tape:
                y = tf.reduce_sum(inner(x, training=False)[0, place[0], place[1]])
            gradient = tape.gradient(y, x).numpy()[0, ..., 0]
            assert holds(receptive_field(network, layer.name, (*place, 0)), box_of(gradient != 0))


def test_rule():
    """A rule says every field: what lies past the bounds is cut off, and a field may be empty."""
    rule = FieldRule(start=-2, step=4, size=7, low=0, high=20)
    assert [rule.field(i) for i in range(7)] == [(0, 5), (2, 9), (6, 13), (10, 17), (14, 20), (18, 20), (20, 20)]


def test_field_of_a_pixel():
    """The input's own fields are its pixels."""
    network = Network(stack(layers.Flatten()))
    assert receptive_field(network, network.layers[0].name, (3, 9, 0)) == Box(left=9, top=3, right=10, bottom=4)


def test_padding_sees_nothing():
    """The field of a pixel of padding is empty."""
    network = Network(stack(layers.ZeroPadding2D(2)))
    assert receptive_field(network, network.layers[-1].name, (1, 5, 0)).area == 0


def test_several_outputs():
    """Each output of a model has fields of its own."""
    near, far = build(lambda x: [layers.Conv2D(1, 3, name="near")(x), layers.Dense(2, name="far")(layers.Flatten()(x))]).outputs
    network = Network(keras.Model(near._keras_history.operation.input, [near, far]))
    assert receptive_field(network, "near", (0, 0, 0)) == Box(left=0, top=0, right=3, bottom=3)
    assert receptive_field(network, "far", (1,)) == ALL


def test_unknown_layer():
    """A layer that is not there is an error of its own kind."""
    with pytest.raises(ModelError, match="no layer"):
        receptive_field(Network(stack(layers.Flatten())), "conv9", (0, 0, 0))
