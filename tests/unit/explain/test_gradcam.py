"""Grad-CAM shows where a layer finds what speaks for a digit."""

from concurrent.futures import ThreadPoolExecutor

import keras
import numpy as np
import pytest
from keras import layers

from digitcore.errors import ModelError
from digitcore.explain.gradcam import default_layer, grad_cam
from digitcore.explain.network import Network
from tests.unit.small_networks import branching, build_straight, constant, digits, one_layer, one_pixel_maps, straight, two_way

pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")


def by_hand(network, image, digit):
    """Grad-CAM of convolution, global average pooling and dense layer: the gradient is the dense layer's weight / (H W)."""
    maps = network.activations(image[None])["conv"][0]
    kernel = network["probabilities"].layer.get_weights()[0]
    return np.maximum(maps @ (kernel[:, digit] / np.prod(maps.shape[:2])), 0)


@pytest.mark.parametrize("digit", [0, 3, 9])
def test_the_papers_formula(digit):
    """After a global average pooling the map is the class activation map, known without a gradient, over the map's size."""
    keras.utils.set_random_seed(0)
    stack = [layers.Conv2D(6, 5, activation="relu", name="conv"), layers.GlobalAveragePooling2D()]
    network = Network(keras.Sequential([keras.Input((28, 28, 1)), *stack, layers.Dense(10, "softmax", name="probabilities")]))
    image = digits()[0]
    found = grad_cam(network, image, digit)
    assert np.allclose(found.raw, by_hand(network, image, digit), atol=1e-7)
    assert found.raw.shape == (24, 24)
    assert found.digit == digit
    assert found.layer == "conv"


def test_values():
    """The values to show are float32 of the image's size, between 0 and 1."""
    found = grad_cam(straight(), digits()[0], 4)
    assert found.values.shape == (28, 28)
    assert found.values.dtype == found.raw.dtype == np.float32
    assert found.values.min() >= 0
    assert 0.5 < found.values.max() <= 1


def test_score_is_the_logit():
    """What is explained is the weighted sum before the softmax, not the probability."""
    network, image = straight(), digits()[0]
    kernel, bias = network["probabilities"].layer.get_weights()
    logits = network.activations(image[None])["hidden"][0] @ kernel + bias
    for digit in range(10):
        assert grad_cam(network, image, digit).score == pytest.approx(logits[digit], abs=1e-5)


@pytest.mark.parametrize(("build", "layer"), [(branching, "scores"), (one_pixel_maps, "logits")])
def test_logit_before_a_softmax_layer(build, layer):
    """Where the softmax is a layer of its own, the logit is what that layer takes."""
    network, image = build(), digits()[0]
    expected = network.activations(image[None])[layer][0, 7]
    assert grad_cam(network, image, 7).score == pytest.approx(expected, abs=1e-5)


def test_sure_network():
    """Where the probability is 1 to the last bit, so that its own gradient is 0, the map is that of the logit all the same."""
    image, network = digits()[0], build_straight()
    digit = max(range(10), key=lambda digit: grad_cam(network, image, digit).raw.max())
    expected = grad_cam(network, image, digit)
    kernel, bias = network["probabilities"].layer.get_weights()
    bias[digit] = 200
    network["probabilities"].layer.set_weights([kernel, bias])
    assert network.activations(image[None])["probabilities"][0, digit] == 1
    found = grad_cam(network, image, digit)
    assert found.raw.max() > 0
    assert np.allclose(found.raw, expected.raw)


@pytest.mark.parametrize(
    ("build", "expected"), [(straight, "conv"), (branching, "rectified"), (one_pixel_maps, "conv"), (constant, "conv")]
)
def test_default_layer(build, expected):
    """The default is the last convolution on the way to the digit, after its normalisation and activation."""
    assert default_layer(build()) == expected


def test_nested_network():
    """A nested model that gives feature maps is looked at as a convolution is."""
    inside = keras.Sequential([keras.Input((28, 28, 1)), layers.Conv2D(3, 3, activation="relu")], name="inside")
    network = Network(keras.Sequential([keras.Input((28, 28, 1)), inside, layers.Flatten(), layers.Dense(10, "softmax")]))
    assert default_layer(network) == "inside"
    assert grad_cam(network, digits()[0], 1).raw.shape == (26, 26)


@pytest.mark.parametrize("layer", ["stem", "shared", "shared (use 2)", "sum", "join", "image"])
def test_any_layer_with_maps(layer):
    """Every layer with feature maps can be asked, each use of a shared one for itself."""
    network = branching()
    found = grad_cam(network, digits()[0], 2, layer)
    assert found.raw.shape == network[layer].shape[:2]
    assert found.layer == layer


def test_uses_of_a_shared_layer_differ():
    """The two uses of a layer have maps of their own."""
    network = branching()
    first, second = (
        max(grad_cam(network, digits()[0], d, layer).raw.max() for d in range(10)) for layer in ("shared", "shared (use 2)")
    )
    assert first > 0
    assert second > 0
    assert first != second


def test_layer_without_a_part():
    """A layer that the digit does not depend on gives a map of zeros."""
    assert not grad_cam(branching(), digits()[0], 2, "aside").values.any()


@pytest.mark.parametrize(
    ("build", "image"),
    [(straight, np.zeros((28, 28))), (constant, digits()[0]), (one_pixel_maps, np.zeros((28, 28), np.float32))],
)
def test_nothing_to_see(build, image):
    """A blank image, a network that is blind and a map of one pixel give finite values in 0-1, without dividing by zero."""
    network = build()
    with np.errstate(all="raise"):
        for digit in range(10):
            values = grad_cam(network, image, digit).values
            assert np.isfinite(values).all()
            assert 0 <= values.min() <= values.max() <= 1
    if build is constant:
        assert not values.any()


def test_map_of_one_pixel():
    """A 1x1 map covers the image evenly: with 1 where it speaks for the digit, else with 0."""
    network = one_pixel_maps()
    for digit in range(10):
        found = grad_cam(network, digits()[0], digit)
        assert found.raw.shape == (1, 1)
        assert np.allclose(found.values, float(found.raw[0, 0] > 0))


@pytest.mark.parametrize(
    ("build", "layer", "message"),
    [
        (one_layer, None, "Grad-CAM needs a convolution, and this network has none"),
        (one_layer, "flatten", r"the layer 'flatten' gives \(784,\)"),
        (straight, "no such layer", "no layer 'no such layer'"),
        (two_way, None, r"shapes \(2,\); expected \(10,\)"),
    ],
)
def test_errors(build, layer, message):
    """A network or a layer that Grad-CAM cannot work with is refused with the reason."""
    with pytest.raises(ModelError, match=message):
        grad_cam(build(), digits()[0], 0, layer)


def test_eight_threads():
    """Eight threads that ask at once get what one thread gets."""
    images = digits(16)
    alone, network = straight(), build_straight()
    expected = [grad_cam(alone, image, i % 10).raw for i, image in enumerate(images)]
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda i: grad_cam(network, images[i], i % 10).raw, range(16)))
    assert np.allclose(found, expected, atol=1e-6)
