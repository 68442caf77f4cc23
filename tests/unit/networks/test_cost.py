"""The cost of a network is computed without building it."""

import inspect
import subprocess
import sys

import keras
import pytest

from digitcore.errors import ConfigError
from digitcore.networks import cost
from digitcore.networks.architectures import ARCHITECTURES, build
from digitcore.networks.cost import COUNTERS, default_arguments, network_cost

CASES = [
    *((name, {}) for name in ARCHITECTURES),
    *(("cnn_v1", {"filters": filters}) for filters in ([1], [7, 3, 5], [2, 2, 2, 2])),
    ("cnn_v1", {"dense_units": 33, "filters": [3]}),
    *(("cnn_v2", {"filters": filters, "dense_units": 9}) for filters in ([4], [3, 5])),
    ("cnn_v2", {"dropout": 0}),
    *(("lenet", {"filters": [3], "kernel_size": size}) for size in (1, 2, 7, 27)),
    ("lenet", {"filters": [2, 3, 4], "kernel_size": 3}),
    *(("resnet", {"filters": filters, "blocks": blocks}) for filters, blocks in (([2], 1), ([2, 2, 3, 5], 1), ([3, 4], 3))),
    *(("sprint", {"filters": list(range(2, 2 + count))}) for count in range(1, 9)),
]


def multiply_adds_of(model):
    """The multiply-adds of a built network, from its layers' own shapes."""
    total = 0
    for layer in model.layers:
        if isinstance(layer, keras.layers.Conv2D):
            total += layer.output.shape[1] * layer.output.shape[2] * layer.kernel.shape.num_elements()
        elif isinstance(layer, keras.layers.Dense):
            total += layer.kernel.shape.num_elements()
    return total


@pytest.mark.parametrize(("name", "arguments"), CASES)
def test_agrees_with_keras(name, arguments):
    """Parameters, multiply-adds and activations are those of the network that Keras builds."""
    model = build(name, **arguments)
    found = network_cost(name, arguments)
    assert found.parameters == model.count_params()
    assert found.multiply_adds == multiply_adds_of(model)
    sizes = [int(keras.ops.prod(layer.output.shape[1:])) for layer in model.layers if layer.name not in ("flatten", "image")]
    assert found.activations == 28 * 28 + sum(sizes)


@pytest.mark.parametrize(("name", "arguments"), CASES)
def test_layers(name, arguments):
    """The layers are those of the network that Keras builds, with their shapes, and together have all its parameters."""
    model, cost = build(name, **arguments), network_cost(name, arguments)
    kinds = {
        keras.layers.Conv2D: "convolution",
        keras.layers.MaxPooling2D: "pooling",
        keras.layers.GlobalAveragePooling2D: "global average",
        keras.layers.Dense: "dense",
    }
    on_the_way = [layer for layer in model.layers if not layer.name.startswith("shortcut")]
    expected = [(kinds[type(layer)], *layer.output.shape[1:]) for layer in on_the_way if type(layer) in kinds]
    found = [
        (layer.kind, *[layer.size] * (len(shape) - 2), layer.channels)
        for layer, shape in zip(cost.layers, expected, strict=True)
    ]
    assert found == expected
    assert sum(layer.parameters for layer in cost.layers) == model.count_params()


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_same_arguments(name):
    """The arguments and their defaults are those of the architecture."""
    expected = inspect.signature(ARCHITECTURES[name]).parameters
    assert default_arguments(name) == {key: parameter.default for key, parameter in expected.items()}
    assert list(COUNTERS) == list(ARCHITECTURES)


@pytest.mark.parametrize(
    ("name", "arguments", "count"),
    [
        ("cnn_v1", {"filters": [512], "dense_units": 4096}, "411,091,978 parameters; the limit is 20,000,000"),
        ("sprint", {"filters": [512] * 8}, "multiply-adds per image; the limit is 500,000,000"),
    ],
)
def test_too_large(name, arguments, count, monkeypatch):
    """Arguments that are allowed alone, but whose product is too large, are refused with the figure; nothing is built."""
    monkeypatch.setattr(keras, "Sequential", None)
    with pytest.raises(ConfigError, match=f"{name} would have .*Choose fewer filters or smaller layers") as caught:
        build(name, **arguments)
    assert count in str(caught.value)


@pytest.mark.parametrize("limit", ["MAX_PARAMETERS", "MAX_MULTIPLY_ADDS"])
def test_exactly_at_the_limit(limit, monkeypatch):
    """A network that just reaches a limit is allowed; one more is not."""
    value = {"MAX_PARAMETERS": 47_514, "MAX_MULTIPLY_ADDS": network_cost("sprint", {}).multiply_adds}[limit]
    monkeypatch.setattr(cost, limit, value)
    assert network_cost("sprint", {}).parameters == 47_514
    monkeypatch.setattr(cost, limit, value - 1)
    with pytest.raises(ConfigError, match="the limit is"):
        network_cost("sprint", {})


def test_without_tensorflow():
    """A network's cost is known without TensorFlow or Keras."""
    code = (
        "import sys; from digitcore.networks.cost import network_cost; print(network_cost('cnn_v2', {}).parameters); "
        "assert not {'keras', 'tensorflow'} & set(sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "276810\n"
