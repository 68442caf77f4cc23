"""Silenced feature maps are zero for all that follows."""

import numpy as np
import pytest

from digitcore.errors import ModelError
from digitcore.explain.ablation import BATCH_SIZE, ablate, importance_of_maps
from digitcore.explain.network import Network
from tests.unit.small_networks import branching, build_straight, constant, digits, one_layer, one_pixel_maps, straight

pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")


def without_units(network, image, layer, channels):
    """The same by zeroing the kernel and bias that give those channels, which is no different behind a ReLU."""
    keras_layer = network[layer].layer
    kernel, bias = keras_layer.get_weights()
    kernel[..., channels] = 0
    bias[channels] = 0
    keras_layer.set_weights([kernel, bias])
    return network.activations(image[None])["probabilities"][0]


@pytest.mark.parametrize("layer", ["conv", "hidden"])
@pytest.mark.parametrize("channels", [[0], [1, 3], [0, 1, 2, 3]])
def test_like_a_layer_without_them(layer, channels):
    """The answer is that of a network whose weights for these maps are zero."""
    found = ablate(straight(), digits()[0], layer, channels).probabilities
    assert np.allclose(found, without_units(build_straight(), digits()[0], layer, channels), atol=1e-6)
    assert found.shape == (10,)
    assert found.dtype == np.float32


@pytest.mark.parametrize("layer", [layer.name for layer in branching().layers])
def test_nothing_ablated(layer):
    """With no map ablated the answer is the network's own, at every layer of a network with branches."""
    network, image = branching(), digits()[0]
    assert np.allclose(ablate(network, image, layer, []).probabilities, network.activations(image[None])["digit"][0], atol=1e-6)


@pytest.mark.parametrize("layer", ["image", "stem", "shared", "shared (use 2)", "sum", "join", "conv", "rectified", "pool"])
def test_everything_ablated(layer):
    """With a whole layer ablated the answer depends on what goes around it alone, and is not the one it was."""
    network, image = branching(), digits()[0]
    answer = ablate(network, image, layer, range(network[layer].shape[-1])).probabilities
    assert answer.sum() == pytest.approx(1, abs=1e-5)
    assert not np.allclose(answer, network.activations(image[None])["digit"][0], atol=1e-4)


def test_one_use_of_a_shared_layer():
    """A layer that is used twice is ablated at the use that is named, and not at the other."""
    network, image = branching(), digits()[0]
    second = ablate(network, image, "shared (use 2)", [0, 1, 2]).probabilities
    first = ablate(network, image, "shared", [0, 1, 2]).probabilities
    assert not np.allclose(first, second, atol=1e-6)


def test_a_layer_aside():
    """A layer of another branch changes nothing."""
    network, image = branching(), digits()[0]
    found = importance_of_maps(network, image, "aside", 4)
    assert not found.drops.any()
    assert not found.logit_drops.any()


@pytest.mark.parametrize(
    ("build", "layer"), [(straight, "conv"), (straight, "hidden"), (branching, "join"), (one_pixel_maps, "conv")]
)
def test_importance(build, layer):
    """The importance of a map is how far the probability falls when it alone is ablated."""
    network, image = build(), digits()[0]
    found = importance_of_maps(network, image, layer, 7)
    whole = ablate(network, image, layer, []).probabilities[7]
    left = [ablate(network, image, layer, [channel]).probabilities[7] for channel in range(network[layer].shape[-1])]
    assert found.probability == pytest.approx(whole, abs=1e-6)
    assert found.drops == pytest.approx(whole - np.array(left), abs=1.1e-6)
    assert list(found.logit_drops[found.order]) == sorted(found.logit_drops, reverse=True)


def test_logit_of_a_dense_unit():
    """Silencing a unit of the last hidden layer costs the logit what the unit adds to it."""
    network, image = straight(), digits()[0]
    kernel, _ = network["probabilities"].layer.get_weights()
    expected = network.activations(image[None])["hidden"][0] * kernel[:, 3]
    assert importance_of_maps(network, image, "hidden", 3).logit_drops == pytest.approx(expected, abs=1e-5)


def test_many_channels():
    """More channels than are ablated at once are all there, in their order."""
    network, image = one_layer(), digits()[0]
    found = importance_of_maps(network, image, "flatten", 2)
    assert found.drops.shape == (784,)
    assert network["flatten"].shape[-1] > BATCH_SIZE
    kernel, _ = network["dense"].layer.get_weights()
    assert found.logit_drops == pytest.approx(image.reshape(-1) * kernel[:, 2], abs=1e-5)


@pytest.mark.parametrize("build", [straight, constant])
def test_blank_image(build):
    """A blank image has an answer with and without any map; of a network that is blind, always the same."""
    found = importance_of_maps(build(), np.zeros((28, 28), np.float32), "conv", 0)
    assert np.isfinite(found.logit_drops).all()
    assert found.drops.any() == (build is not constant)


@pytest.mark.parametrize(
    ("layer", "channels", "message"),
    [("conv", [4], "no channel 4; its channels are 0 to 3"), ("nowhere", [0], "no layer 'nowhere'")],
)
def test_errors(layer, channels, message):
    """A layer or a channel that is not there is refused; so is a negative one."""
    with pytest.raises(ModelError, match=message):
        ablate(straight(), digits()[0], layer, channels)
    with pytest.raises(ModelError):
        ablate(straight(), digits()[0], "conv", [-1])


def test_the_model_stays_as_it_is():
    """Silencing leaves the model's weights and graph alone."""
    network, image = straight(), digits()[0]
    before = network.activations(image[None])["probabilities"]
    ablate(network, image, "conv", [0, 1])
    assert np.array_equal(Network(network.model).activations(image[None])["probabilities"], before)
