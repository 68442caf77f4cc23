"""The networks are what their docstrings say."""

import re

import keras
import numpy as np
import pytest

from digitcore.errors import ConfigError
from digitcore.networks.architectures import ARCHITECTURES, build

NAMES = pytest.mark.parametrize("name", list(ARCHITECTURES))


def described(model):
    """Each layer in words: its kind and what decides its result."""
    words = []
    for layer in model.layers:
        match layer:
            case keras.layers.Conv2D():
                size = "x".join(map(str, layer.kernel_size))
                words.append(f"Conv2D {layer.filters} {size} {layer.activation.__name__} {layer.padding} {layer.strides}")
            case keras.layers.MaxPooling2D():
                words.append(f"MaxPooling2D {'x'.join(map(str, layer.pool_size))}")
            case keras.layers.Dense():
                words.append(f"Dense {layer.units} {layer.activation.__name__}")
            case keras.layers.Dropout():
                words.append(f"Dropout {layer.rate}")
            case _:
                words.append(type(layer).__name__)
    return words


@NAMES
def test_parameters(name):
    """A network has as many parameters as its docstring says."""
    said = re.search(r"([\d,]+) parameters", ARCHITECTURES[name].__doc__)
    assert said, f"The docstring of {name} does not say how many parameters it has: {build(name).count_params():,}."
    assert build(name).count_params() == int(said[1].replace(",", ""))


@NAMES
def test_shapes(name):
    """A network takes 28x28 images of one channel and gives ten probabilities for each."""
    model = build(name)
    assert model.name == name
    assert model.input_shape == (None, 28, 28, 1)
    assert model.output_shape == (None, 10)
    probabilities = model(np.random.default_rng(0).random((3, 28, 28, 1), np.float32)).numpy()
    assert probabilities.dtype == np.float32
    assert np.allclose(probabilities.sum(axis=1), 1, atol=1e-5)
    assert probabilities.min() >= 0


@NAMES
def test_layers_have_names_of_their_own(name):
    """Every layer has a stable name, so that a second network in the same process has the same."""
    assert [layer.name for layer in build(name).layers] == [layer.name for layer in build(name).layers]


def test_layers_of_cnn_v1():
    """The first network is the textbook's, with same-padded convolutions."""
    assert described(build("cnn_v1")) == [
        "Conv2D 32 3x3 relu same (1, 1)",
        "MaxPooling2D 2x2",
        "Conv2D 64 3x3 relu same (1, 1)",
        "MaxPooling2D 2x2",
        "Flatten",
        "Dense 128 relu",
        "Dense 10 softmax",
    ]


def test_layers_of_cnn_v2():
    """The default network has exactly the layers of its docstring."""
    assert described(build("cnn_v2")) == [
        "Conv2D 64 3x3 relu valid (1, 1)",
        "Conv2D 64 3x3 relu valid (1, 1)",
        "MaxPooling2D 2x2",
        "Conv2D 128 3x3 relu valid (1, 1)",
        "Conv2D 128 3x3 relu valid (1, 1)",
        "GlobalAveragePooling2D",
        "Flatten",
        "Dense 128 relu",
        "Dropout 0.5",
        "Dense 10 softmax",
    ]


def test_layers_of_lenet():
    """The network for trying out filters has two 5x5 convolutions and one dense layer."""
    assert described(build("lenet")) == [
        "Conv2D 32 5x5 linear valid (1, 1)",
        "ReLU",
        "MaxPooling2D 2x2",
        "Conv2D 64 5x5 linear valid (1, 1)",
        "ReLU",
        "MaxPooling2D 2x2",
        "Flatten",
        "Dense 10 softmax",
    ]


def test_arguments():
    """A network is built with the arguments that were given."""
    model = build("lenet", filters=[4, 8], kernel_size=3)
    assert [layer.filters for layer in model.layers if isinstance(layer, keras.layers.Conv2D)] == [4, 8]
    assert model.get_layer("conv1").kernel_size == (3, 3)


def test_unknown_name():
    """An unknown network is refused; the message names it and those there are."""
    with pytest.raises(
        ConfigError, match=r"There is no architecture 'cnn_v9'\. Choose one of: cnn_v1, cnn_v2, lenet, resnet, sprint\."
    ):
        build("cnn_v9")


def test_unknown_argument():
    """An unknown argument is refused; the message names it and those that the network takes."""
    with pytest.raises(ConfigError, match=r"cnn_v1 has no argument 'kernel'\. It takes: filters, dense_units\."):
        build("cnn_v1", kernel=3)


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("cnn_v2", {"dropout": 1.5}),
        ("cnn_v2", {"dropout": float("nan")}),
        ("cnn_v2", {"filters": [8] * 6}),
        ("lenet", {"kernel_size": 28}),
    ],
)
def test_impossible_values(name, arguments):
    """Values that make no network are refused in one line that shows them."""
    with pytest.raises(ConfigError, match=f"{name} cannot be built with|^dropout is ") as caught:
        build(name, **arguments)
    assert all(str(value) in str(caught.value) for value in arguments.values())
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("name", "argument", "value"),
    [
        *(("cnn_v1", "filters", value) for value in ([0], [513], ["many"], [8, True], [2.5], "8", [[8]], 32)),
        *(("cnn_v2", "dense_units", value) for value in (-5, 0, 4097, 1.5, "8", None, True, [], [8])),
        *(("lenet", "kernel_size", value) for value in (0, 29, 2.5)),
        ("sprint", "filters", ["many"]),
    ],
)
def test_sizes_out_of_range(name, argument, value):
    """A size that is no whole number, or larger than makes sense, is refused with its limits."""
    with pytest.raises(ConfigError, match=rf"^{argument} is .*: give a (whole number|list of whole numbers) from 1 to \d+\.$"):
        build(name, **{argument: value})


@pytest.mark.parametrize("count", [0, 9])
def test_number_of_convolutions(count):
    """A network of no convolution, or of very many, is refused."""
    with pytest.raises(ConfigError, match=f"filters is .*: give 1 to 8 numbers, not {count}"):
        build("cnn_v1", filters=[4] * count)
