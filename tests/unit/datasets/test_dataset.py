"""Labelled digits, and how images are split."""

import hashlib

import numpy as np
import pytest

from digitcore.datasets.dataset import SPLIT_SEED, Dataset, has_label, image_checksums, stratified_split
from digitcore.errors import DataError


def dataset(labels):
    """Blank images with these labels to train on, and a 9 to validate and to test on."""
    blank, nine = np.zeros((len(labels), 28, 28), np.uint8), np.array([9], np.uint8)
    return Dataset(
        **{"name": "some", "source": "here", "checksum": "", "is_sample": False},
        **{"x_train": blank, "x_validation": blank[:1], "x_test": blank[:1]},
        **{"y_train": np.array(labels, np.uint8), "y_validation": nine, "y_test": nine},
    )


def test_missing_classes():
    """The digits that no training image shows are missing, whatever is held out."""
    assert dataset(range(10)).missing_classes == ()
    assert dataset([1, 1, 3, 5]).missing_classes == (0, 2, 4, 6, 7, 8, 9)


def test_has_label():
    """0 to 9 are labels, everything else is none."""
    assert has_label(np.array([-1, 0, 9, 10, -128])).tolist() == [False, True, True, False, False]
    assert has_label(np.array([], int)).tolist() == []


def test_image_checksums():
    """An image's checksum begins as the SHA-256 of its pixels, row by row."""
    images = np.arange(2 * 784).astype(np.uint8).reshape(2, 28, 28)
    assert image_checksums(images) == tuple(hashlib.sha256(bytes(image.ravel())).hexdigest()[:16] for image in images)
    assert image_checksums(images[:, :, ::-1]) == image_checksums(images[:, :, ::-1].copy())


def test_split_keeps_the_balance():
    """Each class has the same share in both parts, to within one image."""
    labels = np.random.default_rng(0).choice(10, 5000, p=np.arange(1, 11) / 55)
    first, second = stratified_split(labels, 1000, seed=1)
    assert (len(first), len(second)) == (4000, 1000)
    assert np.abs(np.bincount(labels[second]) - np.bincount(labels) / 5).max() < 1


def test_split_loses_nothing():
    """Every index is in exactly one part, and both parts are sorted."""
    labels = np.random.default_rng(0).integers(0, 10, 777)
    first, second = stratified_split(labels, 123, seed=1)
    assert sorted([*first, *second]) == list(range(777))
    assert np.all(np.diff(first) > 0)
    assert np.all(np.diff(second) > 0)


def test_split_is_stable():
    """The same seed gives the same split, another seed another one."""
    labels = np.arange(200) % 10
    assert np.array_equal(stratified_split(labels, 50, seed=1)[1], stratified_split(labels, 50, seed=1)[1])
    assert not np.array_equal(stratified_split(labels, 50, seed=1)[1], stratified_split(labels, 50, seed=2)[1])


def test_split_is_the_published_one():
    """The split of every model's card is this one, whatever changes in the code."""
    _, second = stratified_split(np.arange(100) % 10, 10, SPLIT_SEED)
    assert SPLIT_SEED == 20240229
    assert second.tolist() == [14, 15, 18, 27, 41, 43, 46, 60, 82, 89]


@pytest.mark.parametrize("held_out", [0, -1, 100, 101])
def test_impossible_split(held_out):
    """A split that leaves one part empty is refused with the number and the range."""
    with pytest.raises(DataError, match=f"Cannot hold out {held_out} of 100 images: choose between 1 and 99"):
        stratified_split(np.zeros(100, int), held_out, seed=0)
