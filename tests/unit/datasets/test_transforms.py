"""Warps, strokes and noise: scipy is the reference."""

import numpy as np
import pytest
from scipy import ndimage

from digitcore.datasets import transforms
from digitcore.datasets.transforms import add_noise, dilate, erode, warp


@pytest.fixture
def images():
    """Random images, bright up to the border, more than are warped at once."""
    return np.random.default_rng(0).random((transforms.CHUNK + 3, 28, 20), np.float32)


def test_warp_is_scipys(images):
    """Each image is transformed as ``scipy.ndimage.affine_transform`` does it about the centre."""
    generator = np.random.default_rng(1)
    inverse = np.eye(2) + generator.uniform(-0.3, 0.3, (len(images), 2, 2))
    shift = generator.uniform(-3, 3, (len(images), 2))
    warped = warp(images, inverse, shift)
    assert (warped.shape, warped.dtype) == (images.shape, np.float32)
    centre = np.array([13.5, 9.5])
    for image, matrix, move, result in zip(images, inverse, shift, warped, strict=True):
        expected = ndimage.affine_transform(image, matrix, centre + move - matrix @ centre, order=1)
        np.testing.assert_allclose(result, expected, atol=1e-6)


def test_displacement_comes_on_top(images):
    """A displacement of every pixel by the same is a shift, and each image has its own."""
    identity, still = np.broadcast_to(np.eye(2), (len(images), 2, 2)), np.zeros((len(images), 2))
    moves = np.random.default_rng(1).integers(-3, 4, (len(images), 2))
    displacement = np.broadcast_to(moves[:, :, None, None], (len(images), 2, 28, 20))
    np.testing.assert_array_equal(warp(images, identity, still, displacement), warp(images, identity, moves))
    assert warp(images, identity, moves)[0, 14, 10] == images[0, 14 + moves[0, 0], 10 + moves[0, 1]]


def test_no_images():
    """No images give none."""
    assert warp(np.empty((0, 28, 28), np.float32), np.empty((0, 2, 2)), np.empty((0, 2))).shape == (0, 28, 28)


@pytest.mark.parametrize(
    ("ours", "scipys", "mode", "options"),
    [
        (dilate, ndimage.grey_dilation, "nearest", {}),
        (erode, ndimage.grey_erosion, "nearest", {}),
        (erode, ndimage.grey_erosion, "constant", {"outside": "constant"}),
    ],
)
def test_thickness_is_scipys(images, ours, scipys, mode, options):
    """Dilation and erosion are scipy's, with a plus for a neighbourhood, at the border too."""
    plus = ndimage.generate_binary_structure(2, 1)[None]
    before = images.copy()
    np.testing.assert_array_equal(ours(images, **options), scipys(images, footprint=plus, mode=mode))
    np.testing.assert_array_equal(images, before)


def test_noise():
    """Each image has the standard deviation that is given for it, around a mean of zero."""
    images = np.full((2, 200, 200), 0.5, np.float32)
    noisy = add_noise(images, np.array([0.1, 0.3], np.float32).reshape(2, 1, 1), np.random.default_rng(0))
    assert noisy.dtype == np.float32
    assert noisy.std(axis=(1, 2)) == pytest.approx([0.1, 0.3], rel=0.02)
    assert noisy.mean() == pytest.approx(0.5, abs=0.005)
