"""Notes for the user about a run's data, before it starts, and about its result."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from scipy.special import bdtrc

from digitcore.datasets.dataset import Dataset
from digitcore.datasets.training_data import missing_classes
from digitcore.runs.config import TrainConfig
from digitcore.training.limits import fit_batch_size

#: From this difference of the two accuracies on, a network has clearly learned its training images by heart.
OVERFITTING = 0.03
#: The probability that a network that only guesses is taken for one that has learned something.
SIGNIFICANCE = 0.01


def notes_on_data(config: TrainConfig, images: int) -> list[str]:
    """Notes about a run before it starts.

    Args:
        config: the run's settings.
        images: the number of training images.
    """
    missing = missing_classes(Path(config.folder)) if config.data == "folder" else ()
    return [*_missing(missing), *_fewer_images(config, images), *_smaller_batch(config, images)]


def notes_on_dataset(config: TrainConfig, dataset: Dataset) -> list[str]:
    """The same notes once the images are loaded, with what was left out."""
    notes = [*_missing(dataset.missing_classes), *_smaller_batch(config, len(dataset.x_train))]
    if dataset.left_out:
        notes.append(f"{len(dataset.left_out):,} pictures cannot be used and were left out. The first: {dataset.left_out[0]}")
    return notes


def note_on_result(labels: np.ndarray, accuracy: float) -> str | None:
    """A sentence if a network is not shown to do better on the validation images than always naming the most common digit.

    An exact binomial test decides, one-sided at 1 %.

    Args:
        labels: the labels of the validation images, integers ``(N,)``.
        accuracy: the accuracy on these images, 0-1.
    """
    count, chance = len(labels), float(np.bincount(labels).max() / len(labels))
    right = round(accuracy * count)
    if chance == 1 or bdtrc(right - 1, count, chance) < SIGNIFICANCE:
        return None
    return (
        f"The network seems to have learned nothing: it reads {accuracy:.1%} of the validation images correctly; always naming "
        f"the most common digit would give {chance:.1%}. Try another learning rate, more images or more epochs."
    )


def note_on_overfitting(curve: Sequence[Mapping[str, float]]) -> str | None:
    """A sentence if the network reads the training images much better than the validation images.

    Args:
        curve: a row for each epoch, from the first to the last; of the last one, ``accuracy`` and ``val_accuracy``, 0-1.
    """
    if not curve or not curve[-1]["epoch"]:
        return None
    training, validation = curve[-1]["accuracy"], curve[-1]["val_accuracy"]
    if not training - validation >= OVERFITTING:
        return None
    return (
        f"In the last epoch the network read {training:.1%} of the training images right, but only {validation:.1%} of the "
        "validation images: it has partly learned the training images by heart (overfitting)."
    )


def _missing(digits: Sequence[int]) -> list[str]:
    if not digits:
        return []
    names = ", ".join(map(str, digits))
    return [f"There are no pictures of these digits, so the network cannot learn them: {names}."]


def _fewer_images(config: TrainConfig, images: int) -> list[str]:
    if config.limit is None or config.limit <= images:
        return []
    return [f"There are only {images:,} training images, fewer than the {config.limit:,} that were asked for: all are used."]


def _smaller_batch(config: TrainConfig, images: int) -> list[str]:
    batch_size = fit_batch_size(config, images)
    if batch_size == config.batch_size:
        return []
    return [f"The batch size is {batch_size} instead of {config.batch_size}: there are no more training images."]
