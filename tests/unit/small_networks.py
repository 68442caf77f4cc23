"""Small networks of every shape that an explanation has to get along with.

Each is built once: a test that changes weights takes a new one, such as ``build_straight()``.
"""

from functools import cache

import keras
import numpy as np
from keras import layers

from digitcore.explain.network import Network


def digits(count=1, seed=0):
    """Random images, float32 ``(count, 28, 28)`` in 0-1."""
    return np.random.default_rng(seed).random((count, 28, 28), np.float32)


def build_straight():
    """Convolution, pooling, dense with dropout, softmax."""
    keras.utils.set_random_seed(0)
    stack = [
        layers.Conv2D(4, 5, strides=2, activation="relu", bias_initializer="normal", name="conv"),
        layers.MaxPooling2D(2, name="pool"),
        layers.Flatten(name="flatten"),
        layers.Dense(6, activation="relu", bias_initializer="normal", name="hidden"),
        layers.Dropout(0.5, name="dropout"),
        layers.Dense(10, "softmax", name="probabilities"),
    ]
    return Network(keras.Sequential([keras.Input((28, 28, 1), name="image"), *stack]))


@cache
def branching():
    """A layer used twice, batch normalisation, branches that meet, and the ten-way output as the second of two."""
    keras.utils.set_random_seed(1)
    image = keras.Input((28, 28, 1), name="image")
    stem = layers.Conv2D(3, 4, strides=4, bias_initializer="normal", name="stem")(image)
    shared = layers.Conv2D(3, 3, padding="same", bias_initializer="normal", name="shared")
    twice = shared(layers.ReLU(name="relu")(shared(stem)))
    joined = layers.Concatenate(name="join")([layers.Add(name="sum")([stem, twice]), stem])
    conv = layers.Conv2D(5, 3, use_bias=False, name="conv")(joined)
    normal = layers.Activation("relu", name="rectified")(layers.BatchNormalization(name="normal")(conv))
    pooled = layers.GlobalAveragePooling2D(name="pool")(normal)
    even = layers.Dense(2, "softmax", name="even")(layers.Flatten(name="flat")(layers.Conv2D(2, 1, name="aside")(joined)))
    scores = layers.Dense(10, name="scores")(pooled)
    return Network(keras.Model(image, [even, layers.Softmax(name="digit")(scores)]))


def build_one_layer():
    """The image, flattened, and one dense layer."""
    keras.utils.set_random_seed(2)
    return Network(
        keras.Sequential([keras.Input((28, 28, 1)), layers.Flatten(name="flatten"), layers.Dense(10, "softmax", name="dense")])
    )


@cache
def one_pixel_maps():
    """A convolution as large as the image, so that its maps are 1x1."""
    keras.utils.set_random_seed(3)
    stack = [layers.Conv2D(8, 28, name="conv"), layers.Flatten(name="flatten"), layers.Dense(10, name="logits")]
    return Network(keras.Sequential([keras.Input((28, 28, 1)), *stack, layers.Activation("softmax", name="softmax")]))


@cache
def constant():
    """A network that gives the same whatever it sees: all its weights are zero."""
    network = build_straight()
    network.model.set_weights([np.zeros_like(weight) for weight in network.model.get_weights()])
    return network


@cache
def two_way():
    """No output has ten numbers."""
    return Network(keras.Sequential([keras.Input((28, 28, 1)), layers.Flatten(), layers.Dense(2, "softmax")]))


straight = cache(build_straight)
one_layer = cache(build_one_layer)
