"""Shuffled, distorted batches that depend on nothing but seed, epoch and index."""

import numpy as np
import pytest

from digitcore.runs.config import Augmentation
from digitcore.training.batches import Batches
from tests.unit.short_training import DISTORTED


@pytest.fixture
def make_batches(sample):
    def make(**changes):
        settings = {"batch_size": 16, "augmentation": DISTORTED, "seed": 3, **changes}
        return Batches(sample.x_train[:100], sample.y_train[:100], **settings)

    return make


def test_batches_cover_the_images(make_batches, sample):
    """An epoch has every image once, in batches of which the last may be smaller."""
    batches = make_batches(augmentation=Augmentation())
    assert len(batches) == 7
    parts = [batches[i] for i in range(len(batches))]
    assert [len(labels) for _, labels in parts] == [16] * 6 + [4]
    assert all(images.dtype == np.float32 and images.shape[1:] == (28, 28, 1) for images, _ in parts)
    seen = sorted((images[..., 0] * 255).round().astype(np.uint8).tobytes() for batch, _ in parts for images in batch)
    assert seen == sorted(image.tobytes() for image in sample.x_train[:100])


def test_labels_stay_with_their_images(make_batches, sample):
    """Shuffling keeps each image with its label."""
    label_of = {image.tobytes(): label for image, label in zip(sample.x_train[:100], sample.y_train[:100], strict=True)}
    images, labels = make_batches(augmentation=Augmentation())[2]
    raw = (images[..., 0] * 255).round().astype(np.uint8)
    assert [label_of[image.tobytes()] for image in raw] == labels.tolist()


def test_batches_depend_on_seed_epoch_and_index_alone(make_batches):
    """A batch is the same whichever were made before it, and by whichever object."""
    first, second = make_batches(), make_batches()
    for index in (5, 0, 3):
        first[index]
    assert np.array_equal(first[1][0], second[1][0])
    first.on_epoch_begin()
    second[4]
    second.on_epoch_begin()
    assert np.array_equal(first[6][0], second[6][0])
    assert np.array_equal(first[6][1], second[6][1])


def test_each_batch_has_distortions_of_its_own(sample):
    """The same image is distorted in another way in each batch."""
    images, labels = np.repeat(sample.x_train[:1], 32, axis=0), np.repeat(sample.y_train[:1], 32)
    batches = Batches(images, labels, batch_size=16, augmentation=DISTORTED, seed=3)
    assert not np.array_equal(batches[0][0], batches[1][0])


@pytest.mark.parametrize("augmentation", [DISTORTED, Augmentation()], ids=["distorted", "plain"])
def test_batches_differ_between_epochs_seeds_and_indices(make_batches, augmentation):
    """Another epoch, seed or index gives another batch."""
    batches = make_batches(augmentation=augmentation)
    one = batches[0][0]
    assert not np.array_equal(one, batches[1][0])
    assert not np.array_equal(one, make_batches(augmentation=augmentation, seed=4)[0][0])
    batches.on_epoch_begin()
    assert not np.array_equal(one, batches[0][0])


@pytest.mark.parametrize("first_epoch", [1, 5])
def test_first_epoch(make_batches, first_epoch):
    """Batches that begin with a later epoch are those that come there after the epochs before."""
    late, early = make_batches(first_epoch=first_epoch), make_batches()
    for _ in range(first_epoch):
        early.on_epoch_begin()
    for _ in range(2):
        assert late.epoch == early.epoch
        assert np.array_equal(late[3][0], early[3][0])
        late.on_epoch_begin()
        early.on_epoch_begin()


def test_an_index_beyond_the_end(make_batches):
    """There is nothing after the last batch."""
    assert len(make_batches(augmentation=Augmentation())[7][1]) == 0
