"""Images corrupted on purpose."""

import numpy as np
import pytest
from scipy import ndimage

from digitcore.errors import DataError
from digitcore.evaluation.corruptions import CORRUPTIONS, corrupt

NAMES = pytest.mark.parametrize("name", CORRUPTIONS)


@pytest.fixture(scope="module")
def images(sample):
    """A few digits."""
    return sample.x_test[:40]


@NAMES
def test_every_strength_changes_images(name, images):
    """Each strength gives uint8 images of the same shape, unlike the input and unlike those of another strength."""
    results = [corrupt(images, name, amount) for amount in CORRUPTIONS[name].amounts]
    assert all(result.dtype == np.uint8 and result.shape == images.shape for result in results)
    assert all((result != images).any() for result in results)
    assert len({result.tobytes() for result in results}) == len(results) >= 4


@NAMES
def test_no_strength_changes_nothing(name, images):
    """At its unchanged amount a corruption returns the same images."""
    assert (corrupt(images, name, CORRUPTIONS[name].unchanged) == images).all()


@NAMES
def test_can_be_repeated(name, images):
    """The same seed gives the same images, and the input is not changed."""
    before, amount = images.copy(), CORRUPTIONS[name].amounts[-1]
    assert (corrupt(images, name, amount, seed=3) == corrupt(images, name, amount, seed=3)).all()
    assert (images == before).all()


@NAMES
def test_no_images(name):
    """No images give none."""
    assert corrupt(np.empty((0, 28, 28), np.uint8), name, 1).shape == (0, 28, 28)


def test_noise(images):
    """Noise on an even grey has the requested standard deviation."""
    grey = np.full((20, 28, 28), 128, np.uint8)
    assert corrupt(grey, "noise", 0.1).std() / 255 == pytest.approx(0.1, rel=0.02)


def test_blur(images):
    """Blur spreads a dot by its standard deviation, and keeps the total brightness."""
    dot = np.zeros((1, 28, 28), np.uint8)
    dot[0, 12:16, 12:16] = 255
    blurred = corrupt(dot, "blur", 2)[0].astype(float)
    rows = np.arange(28)[:, None]
    variance = (blurred * (rows - 13.5) ** 2).sum() / blurred.sum()
    assert variance == pytest.approx(2**2 + 1.25, rel=0.03)  # 1.25 is the dot's own
    assert blurred.sum() == pytest.approx(dot.sum(), rel=0.01)


def test_rotation(images):
    """A rotation by 90 degrees is NumPy's, to the left or to the right."""
    turned = corrupt(images, "rotation", 90)
    left, right = (np.rot90(images, way, axes=(1, 2)) for way in (1, -1))
    to_left, to_right = (np.abs(turned.astype(int) - way).max(axis=(1, 2)) <= 1 for way in (left, right))
    assert (to_left | to_right).all()
    assert to_left.any()
    assert to_right.any()


def test_shift(images):
    """The centre of mass of every image moves by the amount."""
    dot = np.zeros((30, 28, 28), np.uint8)
    dot[:, 12:16, 12:16] = 255
    moved = np.array([ndimage.center_of_mass(image) for image in corrupt(dot, "shift", 4)]) - 13.5
    np.testing.assert_allclose(np.hypot(*moved.T), 4, atol=0.05)
    assert np.ptp(moved[:, 0]) > 4


@pytest.mark.parametrize("size", [0.5, 1.35])
def test_scale(size):
    """A square's side grows by the factor."""
    square = np.zeros((1, 28, 28), np.uint8)
    square[0, 9:19, 9:19] = 255
    side = np.sqrt(corrupt(square, "scale", size)[0].sum() / 255)
    assert side == pytest.approx(10 * size, rel=0.03)


@pytest.mark.parametrize(("amount", "side"), [(-2, 6), (-1, 8), (1, 12), (2, 14)])
def test_thickness(amount, side):
    """A bar's edges move outwards or inwards by whole pixels."""
    bar = np.zeros((1, 28, 28), np.uint8)
    bar[0, 9:19, :] = 255
    assert (corrupt(bar, "thickness", amount)[0, :, 14] == 255).sum() == side


def test_contrast():
    """Black and white move towards grey by the factor."""
    ends = np.zeros((1, 28, 28), np.uint8)
    ends[0, 0, 0] = 255
    assert np.unique(corrupt(ends, "contrast", 0.2)).tolist() == [102, 153]


def test_unknown_name(images):
    """An unknown name is an error that lists the known ones."""
    with pytest.raises(DataError, match=r"'fog'.*noise, blur"):
        corrupt(images, "fog", 1)
