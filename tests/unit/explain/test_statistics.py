"""Statistics of a layer over many images."""

import keras
import numpy as np
import pytest
from keras import layers

from digitcore.errors import DataError, ModelError
from digitcore.explain.network import Network
from digitcore.explain.statistics import BATCH_SIZE, activation_statistics
from tests.unit.small_networks import branching, build_straight, constant, one_layer, one_pixel_maps, straight

pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")

IMAGES = np.random.default_rng(0).integers(0, 256, (2 * BATCH_SIZE + 30, 28, 28)).astype(np.uint8)


def ending_in(activation):
    """A network whose hidden layer has this activation and large weights."""
    keras.utils.set_random_seed(0)
    hidden = layers.Dense(12, activation, kernel_initializer=keras.initializers.RandomNormal(stddev=0.4), name="hidden")
    stack = [layers.Flatten(), hidden, layers.Dense(10, "softmax")]
    return Network(keras.Sequential([keras.Input((28, 28, 1)), *stack]))


@pytest.mark.parametrize(
    ("build", "layer"), [(straight, "conv"), (straight, "hidden"), (branching, "shared (use 2)"), (branching, "image")]
)
def test_numbers(build, layer):
    """Each channel's figures are those of its numbers in all images, taken at once."""
    network = build()
    whole = network.activations(IMAGES.astype(np.float32) / 255)[layer]
    numbers = whole.reshape(-1, whole.shape[-1])
    found = activation_statistics(network, layer, IMAGES)
    assert (found.layer, found.count) == (layer, len(IMAGES))
    assert np.allclose(found.mean, numbers.mean(axis=0), atol=1e-5)
    assert np.allclose(found.smallest, numbers.min(axis=0), atol=1e-6)
    assert np.allclose(found.largest, numbers.max(axis=0), atol=1e-6)
    assert np.allclose(found.zeros, (numbers == 0).mean(axis=0), atol=1e-4)
    assert found.sparsity == pytest.approx((numbers == 0).mean(), abs=1e-4)


def test_most_exciting_images():
    """Nine images excite a map most, the largest first, and the positions say where in the map."""
    network = straight()
    maps = network.activations(IMAGES.astype(np.float32) / 255)["conv"]
    found = activation_statistics(network, "conv", IMAGES)
    assert found.top.shape == found.top_values.shape == (9, 4)
    assert found.top_positions.shape == (9, 4, 2)
    for channel in range(4):
        peaks = maps[..., channel].max(axis=(1, 2))
        assert np.allclose(found.top_values[:, channel], np.sort(peaks)[::-1][:9], atol=1e-6)
        for rank in range(9):
            row, column = found.top_positions[rank, channel]
            value = maps[found.top[rank, channel], row, column, channel]
            assert value == pytest.approx(found.top_values[rank, channel], abs=1e-6)


def test_dense_layer_has_no_positions():
    """The units of a dense layer have exciting images, and no place in a map."""
    found = activation_statistics(straight(), "hidden", IMAGES)
    assert found.top.shape == (9, 6)
    assert found.top_positions.shape == (9, 6, 0)


def test_few_images():
    """Of fewer than nine images all are ranked."""
    found = activation_statistics(straight(), "conv", IMAGES[:2])
    assert found.top.shape == (2, 4)
    assert sorted(found.top[:, 0]) == [0, 1]


def test_dead_maps():
    """A map that never gives anything is dead, the others are not; equals keep the images' order."""
    network = build_straight()
    kernel, bias = network["conv"].layer.get_weights()
    bias[2] = -1000
    network["conv"].layer.set_weights([kernel, bias])
    found = activation_statistics(network, "conv", IMAGES)
    assert list(found.dead) == [False, False, True, False]
    assert found.zeros[2] == 1
    assert list(found.top[:, 2]) == list(range(9))


def test_everything_dead():
    """In a network that gives the same for every image every unit is dead, and nothing is divided by zero."""
    with np.errstate(all="raise"):
        for layer in ("conv", "pool", "hidden", "probabilities"):
            assert activation_statistics(constant(), layer, IMAGES[:5]).dead.all()


@pytest.mark.parametrize(
    ("activation", "low", "high"),
    [("sigmoid", 0.01, 0.99), ("tanh", -0.98, 0.98), ("relu6", -np.inf, 5.94), ("softmax", 0.01, 0.99)],
)
def test_saturated_units(activation, low, high):
    """The share of numbers within 1 % of a limit is counted for functions that have one."""
    network = ending_in(activation)
    numbers = network.activations(IMAGES.astype(np.float32) / 255)["hidden"]
    expected = ((numbers <= low) | (numbers >= high)).mean(axis=0)
    found = activation_statistics(network, "hidden", IMAGES).saturated
    assert np.allclose(found, expected, atol=0.01)
    assert 0 < found.mean() < 1


@pytest.mark.parametrize("activation", ["relu", "linear", "leaky_relu"])
def test_functions_without_a_limit(activation):
    """Where a function has no limit nothing is saturated: there is no such figure."""
    assert activation_statistics(ending_in(activation), "hidden", IMAGES[:5]).saturated is None


def test_capped_relu_layer():
    """A ReLU layer with a cap is saturated there, and one without has no limit."""
    stack = [layers.Rescaling(10, name="scale"), layers.ReLU(name="free"), layers.ReLU(max_value=6, name="capped")]
    network = Network(keras.Sequential([keras.Input((28, 28, 1)), *stack, layers.Flatten(), layers.Dense(10)]))
    assert activation_statistics(network, "free", IMAGES[:5]).saturated is None
    share = activation_statistics(network, "capped", IMAGES[:5]).saturated
    assert share == pytest.approx([(IMAGES[:5] / 25.5 >= 5.94).mean()], abs=1e-3)


@pytest.mark.parametrize("build", [straight, branching, one_layer, one_pixel_maps])
def test_every_layer(build):
    """Every layer of every network has statistics for each of its channels."""
    network = build()
    for layer in network.layers:
        assert activation_statistics(network, layer.name, IMAGES[:3]).mean.shape == layer.shape[-1:]


def test_errors():
    """No images, or an unknown layer, are refused with the reason."""
    with pytest.raises(DataError, match="need images"):
        activation_statistics(straight(), "conv", IMAGES[:0])
    with pytest.raises(ModelError, match="no layer 'nowhere'"):
        activation_statistics(straight(), "nowhere", IMAGES)
