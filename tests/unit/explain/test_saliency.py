"""Saliency is the magnitude of the logit's gradient by each pixel."""

import numpy as np
import pytest

from digitcore.explain.saliency import saliency
from tests.unit.small_networks import branching, constant, digits, one_layer, one_pixel_maps, straight

pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")


@pytest.mark.parametrize("digit", [0, 5, 9])
def test_one_layer(digit):
    """Of one dense layer the saliency is the magnitude of its weights, whatever the image."""
    network = one_layer()
    kernel, bias = network["dense"].layer.get_weights()
    found = saliency(network, digits()[0], digit)
    assert np.allclose(found.raw, np.abs(kernel[:, digit]).reshape(28, 28), atol=1e-7)
    assert found.score == pytest.approx(digits().reshape(-1) @ kernel[:, digit] + bias[digit], abs=1e-5)


def test_finite_differences():
    """A pixel made a little brighter changes the logit by the saliency times that little."""
    network, image, step = branching(), digits()[0], 1e-2
    found = saliency(network, image, 3)
    for row, column in [(0, 0), (5, 17), (13, 14), (27, 27)]:
        changed = np.stack([image, image])
        changed[0, row, column] += step
        changed[1, row, column] -= step
        more, less = network.activations(changed)["scores"][:, 3]
        assert abs(more - less) / (2 * step) == pytest.approx(found.raw[row, column], abs=2e-4)


def test_values():
    """The values to show are float32 of the image's size; the largest is 1, and the peak says where."""
    found = saliency(straight(), digits()[0], 2)
    assert found.values.shape == (28, 28)
    assert found.values.dtype == np.float32
    assert found.values.min() >= 0
    assert found.values[found.peak] == found.values.max() == 1


@pytest.mark.parametrize("build", [straight, branching, one_layer, one_pixel_maps, constant])
def test_blank_image(build):
    """A blank image gives a finite map; of a network that is blind, zeros."""
    with np.errstate(all="raise"):
        found = saliency(build(), np.zeros((28, 28), np.float32), 0)
    assert np.isfinite(found.values).all()
    assert found.values.any() == (build is not constant)
    assert found.digit == 0
