"""Occlusion hides a part of the image and sees how far the answer falls."""

import numpy as np
import pytest

from digitcore.errors import ConfigError
from digitcore.explain.occlusion import occlusion
from tests.unit.small_networks import branching, build_one_layer, constant, digits, one_layer, straight

pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")


def one_pixel(row, column, weight=2.0):
    """A network that says 1 the more, the brighter one pixel is."""
    network = build_one_layer()
    kernel = np.zeros((784, 10), np.float32)
    kernel[28 * row + column, 1] = weight
    network["dense"].layer.set_weights([kernel, np.zeros(10, np.float32)])
    return network


def by_hand(network, image, digit, patch, stride):
    """The same, one patch after the other."""
    starts = sorted({*range(0, 28 - patch + 1, stride), 28 - patch})
    whole = network.activations(image[None])[network.outputs[-1]][0, digit]
    total, count = np.zeros((28, 28)), np.zeros((28, 28))
    for row in starts:
        for column in starts:
            hidden = image.copy()
            hidden[row : row + patch, column : column + patch] = 0
            area = np.s_[row : row + patch, column : column + patch]
            total[area] += whole - network.activations(hidden[None])[network.outputs[-1]][0, digit]
            count[area] += 1
    return total / count


@pytest.mark.parametrize(("patch", "stride"), [(5, 2), (7, 7), (28, 28), (4, 3), (9, 4)])
def test_every_patch(patch, stride):
    """Each pixel has the mean fall of the digit's probability over the patches that hide it."""
    network, image = branching(), digits()[0]
    found = occlusion(network, image, 6, patch=patch, stride=stride)
    assert np.allclose(found.raw, by_hand(network, image, 6, patch, stride), atol=1.1e-6)


@pytest.mark.parametrize("place", [(0, 0), (3, 20), (27, 27)])
def test_where_it_is(place):
    """Of a network that looks at one pixel, that pixel alone counts when pixels are hidden one by one."""
    found = occlusion(one_pixel(*place), np.ones((28, 28), np.float32), 1, patch=1, stride=1)
    assert found.peak == place
    assert np.count_nonzero(found.raw) == 1
    probability = np.exp(2) / (np.exp(2) + 9)
    assert found.score == pytest.approx(probability, abs=1e-6)
    assert found.raw[place] == pytest.approx(probability - 0.1, abs=1e-6)


def test_sign():
    """Where hiding a pixel makes the digit likelier, the map is negative; the values to show reach -1."""
    found = occlusion(one_pixel(4, 4, -2.0), np.ones((28, 28), np.float32), 1, patch=1, stride=1)
    assert found.raw[4, 4] < 0
    assert found.values[4, 4] == -1


def test_size():
    """The map has the image's size and is float32, also where patches do not fit evenly."""
    found = occlusion(straight(), digits()[0], 0, patch=5, stride=4)
    assert found.raw.shape == found.values.shape == (28, 28)
    assert found.raw.dtype == found.values.dtype == np.float32


def test_the_image_is_left_alone():
    """The image that was given is not written to."""
    image = digits()[0]
    occlusion(straight(), image, 0)
    assert np.array_equal(image, digits()[0])


@pytest.mark.parametrize("build", [straight, one_layer, branching])
def test_blank_image(build):
    """On a blank image nothing can be hidden: the map is zero."""
    with np.errstate(all="raise"):
        assert not occlusion(build(), np.zeros((28, 28), np.float32), 0).values.any()


def test_constant_network():
    """A network that is blind gives a map of zeros and the probability that it always gives."""
    found = occlusion(constant(), digits()[0], 8)
    assert not found.values.any()
    assert found.score == pytest.approx(0.1)


def test_rounding_is_no_pattern():
    """Where the probability stays at 1 but for rounding, the map is zero instead of scaled-up noise."""
    network = build_one_layer()
    kernel, bias = network["dense"].layer.get_weights()
    bias[3] = 16  # exp(-16) is 1e-7
    network["dense"].layer.set_weights([kernel / 20, bias])
    found = occlusion(network, digits()[0], 3)
    assert found.score > 1 - 1e-5
    assert not found.values.any()


@pytest.mark.parametrize(("patch", "stride"), [(0, 1), (29, 1), (5, 0), (5, 6)])
def test_bad_sizes(patch, stride):
    """A patch or a stride that would leave pixels out is refused with what came in."""
    with pytest.raises(ConfigError, match=f"patch is {patch} and stride {stride}"):
        occlusion(straight(), digits()[0], 0, patch=patch, stride=stride)
