"""What a user reads about a run's data and its result."""

import dataclasses
from pathlib import Path

import numpy as np
import pytest

from digitcore.runs.config import TrainConfig
from digitcore.training.notes import note_on_overfitting, note_on_result, notes_on_data, notes_on_dataset

CONFIG = TrainConfig(name="own", architecture="sprint", batch_size=32)


def folder_of(path: Path, digits: str) -> str:
    """A folder with an empty picture of each of these digits."""
    for digit in digits:
        (path / digit).mkdir()
        (path / digit / "a.png").touch()
    return str(path)


def test_nothing_to_say():
    """MNIST has all digits, and more images than a batch."""
    assert notes_on_data(CONFIG, 50_000) == []


def test_missing_digits(tmp_path):
    """The digits that a folder has no pictures of are named before the start."""
    config = dataclasses.replace(CONFIG, data="folder", folder=folder_of(tmp_path, "0123456"))
    assert notes_on_data(config, 500) == ["There are no pictures of these digits, so the network cannot learn them: 7, 8, 9."]


def test_a_smaller_batch():
    """A batch that is larger than the data is lowered, which is said with both numbers."""
    assert notes_on_data(CONFIG, 20) == ["The batch size is 20 instead of 32: there are no more training images."]


def test_fewer_images_than_asked_for():
    """A limit above the number of images is said."""
    config = dataclasses.replace(CONFIG, data="sample", limit=10_000)
    (note,) = notes_on_data(config, 4_000)
    assert note == "There are only 4,000 training images, fewer than the 10,000 that were asked for: all are used."
    assert notes_on_data(dataclasses.replace(CONFIG, limit=1_000), 1_000) == []


@pytest.mark.parametrize(
    ("epoch", "training", "validation", "is_said"),
    [(8, 1.0, 0.901, True), (3, 0.93, 0.90, True), (3, 0.929, 0.90, False), (3, 0.90, 0.95, False), (0, 0.5, 0.1, False)],
)
def test_overfitting(epoch, training, validation, is_said):
    """Three points more on the training images than on the validation images are overfitting; the last epoch counts."""
    curve = [{"epoch": 0, "accuracy": 0.9, "val_accuracy": 0.1}] * bool(epoch)
    curve.append({"epoch": epoch, "accuracy": training, "val_accuracy": validation})
    note = note_on_overfitting(curve)
    assert bool(note) == is_said
    if is_said:
        assert f"{training:.1%} of the training images right, but only {validation:.1%}" in note


def test_no_curve():
    """Before the first epoch there is nothing to say."""
    assert note_on_overfitting([]) is None


def test_left_out(sample):
    """How many pictures were left out, and why the first one was."""
    dataset = dataclasses.replace(sample, left_out=("3/a.png is blank.", "3/b.png is blank."))
    assert notes_on_dataset(CONFIG, dataset) == ["2 pictures cannot be used and were left out. The first: 3/a.png is blank."]


LABELS = np.repeat(np.arange(10), 50)


@pytest.mark.parametrize("accuracy", [0, 0.1, 0.12])
def test_learned_nothing(accuracy):
    """A network that does no better than naming one digit always is said to have learned nothing, with both shares."""
    note = note_on_result(LABELS, accuracy)
    assert note.startswith("The network seems to have learned nothing")
    assert f"{accuracy:.1%}" in note
    assert "10.0%" in note


@pytest.mark.parametrize("accuracy", [0.15, 0.5, 1])
def test_learned_something(accuracy):
    """A network that is clearly better than chance gets no such sentence."""
    assert note_on_result(LABELS, accuracy) is None


def test_chance_is_the_commonest_digit():
    """Where four fifths of the images show one digit, being right on four fifths is chance."""
    labels = np.array([1] * 80 + [7] * 20)
    assert "80.0%" in note_on_result(labels, 0.8)
    assert note_on_result(labels, 0.95) is None


def test_a_single_digit():
    """Where all images show one digit there is nothing to compare with."""
    assert note_on_result(np.array([3] * 20), 1.0) is None
