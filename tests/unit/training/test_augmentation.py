"""Distortions: no larger than their settings, at random and reproducible."""

from dataclasses import fields

import cv2
import numpy as np
import pytest
from scipy import ndimage

from digitcore.errors import ConfigError
from digitcore.runs.config import LIMITS, Augmentation
from digitcore.training.augmentation.augment import augment
from digitcore.training.augmentation.canvas import Canvas, to_image
from digitcore.training.augmentation.damage import KINDS
from digitcore.training.augmentation.pens import change_pen
from digitcore.training.augmentation.styles import STYLES

#: These say how many images are changed, and not how far.
SHARES = ("styles", "pens", "stretch", "damage")
NAMES = pytest.mark.parametrize("name", [name for name in LIMITS if name not in (*SHARES, "outliers")])


@pytest.fixture
def images(sample):
    return sample.x_train[:200] / np.float32(255)


@pytest.fixture
def labels(sample):
    return sample.y_train[:200]


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


@pytest.mark.parametrize("name", SHARES)
@pytest.mark.parametrize("share", [0.3, 1.0])
def test_share_of_the_images(name, share, images, labels):
    """About as many images are changed as the setting says, the others not at all, and a seed gives the same ones again."""
    settings = Augmentation(**{name: share})
    first, again = (augment(images, settings, np.random.default_rng(3), labels) for _ in range(2))
    assert np.array_equal(first, again)
    assert first.shape == images.shape
    assert first.dtype == np.float32
    assert 0 <= first.min() < first.max() <= 1
    changed = np.mean(np.abs(first - images).max(axis=(1, 2)) > 1e-6)
    has_styles = np.isin(labels, list(STYLES)).mean() if name == "styles" else 1
    assert share * has_styles - 0.15 < changed < share * has_styles + 0.1


def test_styles_need_labels(images):
    """Without labels, no digit is written in another way."""
    assert np.allclose(augment(images, Augmentation(styles=1), np.random.default_rng(0)), images, atol=1e-6)


def ink_of(image):
    return image.sum() / 255


@pytest.mark.parametrize(("label", "style", "adds"), [(0, 0, True), (1, 0, True), (7, 0, True), (5, 0, False)])
def test_style(label, style, adds, sample):
    """A slash, a flag and a bar add ink; a loose piece takes some away."""
    digits = sample.x_train[sample.y_train == label][:20] / np.float32(255)
    for digit in digits:
        canvas = Canvas.of(digit)
        before = ink_of(canvas.ink)
        STYLES[label][style](canvas, np.random.default_rng(0))
        assert (ink_of(canvas.ink) > before) == adds


def test_slash_goes_through_the_zero(sample):
    """A slashed 0 has ink in its middle, where the 0 had none."""
    zeros = sample.x_train[sample.y_train == 0][:30] / np.float32(255)
    middles = []
    for zero in zeros:
        canvas = Canvas.of(zero)
        left, top, width, height = canvas.box
        STYLES[0][0](canvas, np.random.default_rng(1))
        middles.append(canvas.ink[int(top + height / 2), int(left + width / 2)])
    assert np.median(middles) > 128


def test_pens_are_thin_and_thick(images):
    """New pens write thinner and thicker lines, along the old skeleton."""
    ratios = []
    for i, image in enumerate(images[:60]):
        canvas = Canvas.of(image)
        before = ink_of(canvas.ink)
        change_pen(canvas, np.random.default_rng(i))
        ratios.append(ink_of(canvas.ink) / before)
        on_the_line = cv2.dilate(canvas.ink, np.ones((3, 3), np.uint8))[canvas.skeleton > 0]
        assert np.mean(on_the_line > 0) > 0.3
    assert min(ratios) < 0.5
    assert max(ratios) > 1.3


def test_stretched_fills_a_square():
    """Ink that is three times as high as wide fills a square when it is wholly stretched."""
    bar = np.zeros((56, 56), np.uint8)
    bar[10:46, 22:34] = 255
    rows, columns = np.nonzero(to_image(bar, stretch=1) > 0.5)
    assert np.ptp(rows) == np.ptp(columns) == 19
    rows, columns = np.nonzero(to_image(bar) > 0.5)
    assert (np.ptp(rows), np.ptp(columns)) == (19, 6)


@pytest.mark.parametrize("kind", KINDS)
def test_damage_leaves_an_image(kind, images):
    """Each kind of damage changes most images, keeps their shape and stays finite, also for a black image."""
    generator, changed = np.random.default_rng(0), 0
    for image, other in zip(images[:50], images[50:100], strict=True):
        result = kind(image, other, generator)
        assert result.shape == (28, 28)
        assert np.isfinite(result).all()
        changed += not np.allclose(result, image, atol=1e-3)
    assert changed > 25
    assert np.isfinite(kind(np.zeros((28, 28), np.float32), images[0], generator)).all()
