"""The words on each kind of layer."""

import keras
import pytest
from keras import layers

from digitcore.explain.network import Network
from digitcore.explain.texts import TEXTS, describe, times


@pytest.fixture(scope="module")
def network():
    image = keras.Input((28, 28, 1), name="image")
    x = layers.Conv2D(6, 3, strides=2, activation="relu", name="conv")(image)
    x = layers.BatchNormalization(name="norm")(x)
    x = layers.Dropout(0.25, name="dropout")(x)
    x = layers.Concatenate(name="both")([layers.MaxPooling2D(2, name="pool")(x), layers.AveragePooling2D(2, name="mean")(x)])
    x = layers.Conv2DTranspose(2, 3, name="transposed")(x)
    x = layers.Flatten(name="flatten")(x)
    x = layers.Flatten(name="again")(x)
    return Network(keras.Model(image, layers.Dense(10, activation="softmax", name="out")(x)))


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("image", "28 × 28 × 1 numbers"),
        ("conv", "6 kernels of 3 × 3 × 1 numbers, each with a bias: (3 × 3 × 1 + 1) × 6 = 60 parameters"),
        ("conv", "28 × 28 × 1 into 13 × 13 × 6. f is relu. It moves in steps of 2 × 2 pixels"),
        ("norm", "each of 6 maps: 24"),
        ("pool", "13 × 13 × 6 becomes 6 × 6 × 6"),
        ("both", "6 × 6 × 6 and 6 × 6 × 6 become 6 × 6 × 12"),
        ("flatten", "8 × 8 × 2 become 128 numbers"),
        ("again", "128 numbers"),
        ("out", "128 inputs and 10 units have 1,290 parameters. f is softmax"),
    ],
)
def test_the_layers_own_numbers(network, name, expected):
    """The text on a layer has its sizes and parameters."""
    assert expected in describe(network, network[name]).numbers


def test_what_is_different_in_training(network):
    """Layers that behave otherwise in training say how, with their rate."""
    assert "25% of the numbers" in describe(network, network["dropout"]).training
    assert "averages" in describe(network, network["norm"]).training


def described(layer):
    """The text on a layer that reads two maps."""
    image = keras.Input((28, 28, 1))
    network = Network(keras.Model(image, layer(layers.Conv2D(2, 1)(image))))
    return describe(network, network[layer.name])


@pytest.mark.parametrize(
    ("layer", "is_relu"),
    [
        (layers.Activation("relu"), True),
        (layers.ReLU(), True),
        (layers.ReLU(max_value=6), False),
        (layers.ReLU(negative_slope=0.1), False),
        (layers.ReLU(threshold=0.5), False),
        (layers.LeakyReLU(), False),
        (layers.PReLU(), False),
        (layers.Activation("relu6"), False),
        (layers.Activation("tanh"), False),
    ],
)
def test_relu_is_said_of_relu_alone(layer, is_relu):
    """What holds for max(0, x) is not said of its relatives."""
    text = described(layer)
    assert ("sets negative ones to 0" in text.purpose) == is_relu
    assert ("max" in text.formula) == is_relu
    assert ("Nair" in text.source) == is_relu


@pytest.mark.parametrize(
    ("layer", "expected"),
    [
        (layers.Dropout(0.1), "10% of the numbers, chosen at random in each step, are set to zero"),
        (layers.SpatialDropout2D(0.1), "10% of the maps"),
        (layers.GaussianDropout(0.1), "multiplied by a random factor"),
        (layers.AlphaDropout(0.1), "set to a fixed negative number"),
        (layers.GaussianNoise(0.1), "changes its input a little at random"),
    ],
)
def test_each_kind_of_dropout(layer, expected):
    """Each layer that acts in training alone says what it does then."""
    assert expected in described(layer).training


def test_batch_normalization_without_a_scale():
    """Parameters that a layer was made without are not counted."""
    assert "3 parameters for each of 2 maps: 6." in described(layers.BatchNormalization(scale=False)).numbers


def test_a_kind_without_a_text(network):
    """A layer without a description is still named."""
    assert "Conv2DTranspose" in describe(network, network["transposed"]).purpose
    assert network["transposed"].kind not in TEXTS


def test_parameters_are_keras(network):
    """The parameter counts add up to Keras's."""
    assert sum(layer.parameters for layer in network.layers) == network.model.count_params()


def test_times():
    """A shape is written with multiplication signs."""
    assert times((3, 4)) == "3 × 4"
