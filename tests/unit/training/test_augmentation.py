"""Distortions: no larger than their settings, at random and reproducible."""

from dataclasses import fields

import numpy as np
import pytest
from scipy import ndimage

from digitcore.errors import ConfigError
from digitcore.runs.config import LIMITS, Augmentation
from digitcore.training.augmentation.augment import augment

NAMES = pytest.mark.parametrize("name", list(LIMITS))


@pytest.fixture
def images(sample):
    return sample.x_train[:200] / np.float32(255)


def distorted(images, seed=0, **settings):
    return augment(images, Augmentation(**settings), np.random.default_rng(seed))


def test_nothing_is_on_by_default():
    """An augmentation without settings is off, and says so as a truth value."""
    assert not Augmentation()
    assert Augmentation(shift=1)


def test_nothing_changes_when_off(images):
    """With every amount at zero, images stay as they are."""
    assert np.allclose(distorted(images), images, atol=1e-6)


def test_every_distortion_has_a_limit():
    """Each setting has a limit, and there is no limit without a setting."""
    assert set(LIMITS) == {field.name for field in fields(Augmentation)}


@NAMES
def test_each_distortion_works_alone(name, images):
    """Each distortion changes images, and gives float32 of the same shape in 0-1."""
    result = distorted(images, **{name: LIMITS[name] / 2})
    assert result.shape == images.shape
    assert result.dtype == np.float32
    assert 0 <= result.min() < result.max() <= 1
    assert np.mean(np.abs(result - images).max(axis=(1, 2)) > 0.05) > 0.7


@NAMES
def test_same_seed_gives_the_same_images(name, images):
    """The same seed gives the same images, another seed others."""
    settings = {name: LIMITS[name] / 2}
    assert np.array_equal(distorted(images, 1, **settings), distorted(images, 1, **settings))
    assert not np.array_equal(distorted(images, 1, **settings), distorted(images, 2, **settings))


def test_a_seed_means_the_same_images_for_ever():
    """A run can be repeated and resumed with later versions too: these values were computed before the warp was shared."""
    images = np.random.default_rng(5).random((70, 28, 28), np.float32)
    settings = {"shift": 2, "rotation": 12, "scale": 0.15, "shear": 8, "elastic": 1, "thickness": 0.6, "noise": 0.1}
    result = distorted(images, 3, **settings)
    assert result[0, 10, 10:13] == pytest.approx([0.77024776, 0.58715653, 0.35857028], abs=1e-6)
    assert result[69, 14, 5:8] == pytest.approx([0.69069850, 0.22020511, 0.35515341], abs=1e-6)
    assert result.sum(dtype=float) == pytest.approx(24718.18029, rel=1e-6)


def test_each_image_is_distorted_on_its_own(images):
    """Two copies of an image in one batch come out differently."""
    first, second = distorted(np.stack([images[0], images[0]]), rotation=20)
    assert np.abs(first - second).max() > 0.1


def test_input_is_left_alone(images):
    """The input array is not changed."""
    before = images.copy()
    distorted(images, shift=2, rotation=10, scale=0.1, shear=10, elastic=1, thickness=0.5, noise=0.1)
    assert np.array_equal(images, before)


def test_shift_is_at_most_its_setting():
    """A point moves by no more than the shift, along either axis and both ways."""
    point = np.zeros((500, 28, 28), np.float32)
    point[:, 14, 14] = 1
    centres = np.array([ndimage.center_of_mass(image) for image in distorted(point, shift=3)]) - 14
    assert np.abs(centres).max() <= 3
    assert centres.min() < -2.5
    assert centres.max() > 2.5


def test_rotation_is_at_most_its_setting():
    """A bar turns by no more than the rotation, both ways."""
    bar = np.zeros((300, 28, 28), np.float32)
    bar[:, 4:24, 13:15] = 1
    angles = []
    for image in distorted(bar, rotation=20):
        rows, columns = np.nonzero(image > 0.5)
        angles.append(np.degrees(np.arctan(np.polyfit(rows, columns, 1)[0])))
    assert np.max(np.abs(angles)) < 21.5
    assert np.min(angles) < -15
    assert np.max(angles) > 15


def test_scale_grows_and_shrinks():
    """A square grows and shrinks by at most the scale."""
    square = np.zeros((300, 28, 28), np.float32)
    square[:, 8:20, 8:20] = 1
    areas = distorted(square, scale=0.25).sum(axis=(1, 2)) / 144
    assert 0.75**2 - 0.02 < areas.min() < 0.75
    assert 1.3 < areas.max() < 1.25**2 + 0.02


def test_thickness_grows_and_shrinks(images):
    """Strokes become thicker in some images and thinner in others."""
    change = distorted(images, thickness=0.7).sum(axis=(1, 2)) / images.sum(axis=(1, 2))
    assert change.min() < 0.9
    assert change.max() > 1.2


@NAMES
@pytest.mark.parametrize("value", [-0.1, "1", None, True, float("nan"), float("inf"), [1]])
def test_refused_amounts(name, value):
    """An amount that is not a number, or out of range, is refused with its value and the limit."""
    with pytest.raises(ConfigError) as caught:
        Augmentation(**{name: value})
    assert str(caught.value) == f"Augmentation {name} is {value!r}: give a number from 0 to {LIMITS[name]}."


@NAMES
def test_limits_themselves(name):
    """The limit is accepted, and nothing above it."""
    assert Augmentation(**{name: LIMITS[name]})
    with pytest.raises(ConfigError, match=f"from 0 to {LIMITS[name]}"):
        Augmentation(**{name: LIMITS[name] * 1.01})
