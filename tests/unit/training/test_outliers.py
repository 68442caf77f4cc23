"""Images that show no digit: how they are made, and what training does with them."""

import keras
import numpy as np
import pytest

from digitcore.runs.config import Augmentation
from digitcore.training.augmentation.outliers import KINDS, make_outliers
from digitcore.training.batches import Batches
from digitcore.training.losses import NO_DIGIT, accuracy, outlier_exposure


@pytest.fixture
def digits(sample):
    return sample.x_train[:300] / np.float32(255), sample.y_train[:300]


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind(kind, digits):
    """Each kind gives different images of 28x28 in 0-1, hardly ever an empty one."""
    images, labels = digits
    generator = np.random.default_rng(0)
    made = [kind(lambda g: (images[g.integers(300)], int(labels[g.integers(300)])), generator) for _ in range(30)]
    assert {image.shape for image in made} == {(28, 28)}
    assert all(0 <= image.min() <= image.max() <= 1 for image in made)
    assert sum(image.max() > 0.3 for image in made) >= 25
    assert len({image.tobytes() for image in made}) >= 25


def test_same_seed_gives_the_same_outliers(digits):
    """A run can be repeated."""
    first, again, other = (make_outliers(40, *digits, np.random.default_rng(seed)) for seed in (1, 1, 2))
    assert first.shape == (40, 28, 28)
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)
    assert make_outliers(0, *digits, np.random.default_rng(0)).shape == (0, 28, 28)


def test_batches_have_outliers_on_top(sample):
    """A quarter more images come with each batch, labelled as no digit."""
    batches = Batches(
        sample.x_train[:100], sample.y_train[:100], batch_size=40, augmentation=Augmentation(outliers=0.25), seed=0
    )
    images, labels = batches[0]
    assert images.shape == (50, 28, 28, 1)
    assert (labels[:40] < NO_DIGIT).all()
    assert (labels[40:] == NO_DIGIT).all()
    assert len(batches[2][1]) == 25


def test_loss_of_an_outlier():
    """The loss is the cross-entropy: with the digit, or with one tenth for each digit, which no other answer can beat."""
    even, sure = np.full(10, 0.1, np.float32), np.full(10, 0.01, np.float32)
    sure[3] = 0.91
    loss = keras.ops.convert_to_numpy(outlier_exposure(np.array([3, NO_DIGIT, NO_DIGIT]), np.stack([sure, even, sure])))
    assert loss == pytest.approx([-np.log(0.91), np.log(10), -(0.9 * np.log(0.01) + 0.1 * np.log(0.91))], rel=1e-4)


def test_accuracy_with_outliers():
    """An outlier is answered right if no digit is probable."""
    even, sure = np.full(10, 0.1, np.float32), np.full(10, 0.01, np.float32)
    sure[3] = 0.91
    answers = accuracy(np.array([[3], [4], [NO_DIGIT], [NO_DIGIT]]), np.stack([sure, sure, even, sure]))
    assert keras.ops.convert_to_numpy(answers).tolist() == [1, 0, 1, 0]
