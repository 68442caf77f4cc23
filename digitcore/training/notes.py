"""Sentences that a user should read about a run's data, before it starts, and about its result."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from scipy.special import bdtrc

from digitcore.datasets.dataset import Dataset
from digitcore.datasets.training_data import missing_classes
from digitcore.runs.config import TrainConfig
from digitcore.training.limits import fit_batch_size

#: The chance that a network that guesses is taken for one that has learnt something.
SIGNIFICANCE = 0.01


def notes_on_data(config: TrainConfig, images: int) -> list[str]:
    """What to know about a run before it starts.

    Args:
        config: the run's settings.
        images: how many images it trains on.
    """
    missing = missing_classes(Path(config.folder)) if config.data == "folder" else ()
    return [*_missing(missing), *_smaller_batch(config, images)]


def notes_on_dataset(config: TrainConfig, dataset: Dataset) -> list[str]:
    """The same once the images are loaded, which also tells what was left out."""
    notes = [*_missing(dataset.missing_classes), *_smaller_batch(config, len(dataset.x_train))]
    if dataset.left_out:
        notes.append(f"{len(dataset.left_out):,} pictures cannot be used and were left out. The first: {dataset.left_out[0]}")
    return notes


def note_on_result(labels: np.ndarray, accuracy: float) -> str | None:
    """A sentence where a network does no better on the validation images than always naming the commonest digit.

    An exact binomial test decides, one-sided at 1 %.

    Args:
        labels: of the validation images, integers ``(N,)``.
        accuracy: on these, 0-1.
    """
    count, chance = len(labels), float(np.bincount(labels).max() / len(labels))
    right = round(accuracy * count)
    if chance == 1 or bdtrc(right - 1, count, chance) < SIGNIFICANCE:
        return None
    return (
        f"The network has learnt nothing: {accuracy:.1%} of the validation images are right, and always naming the commonest "
        f"digit would give {chance:.1%}. Try another learning rate, more images or more epochs."
    )


def _missing(digits: Sequence[int]) -> list[str]:
    if not digits:
        return []
    names = ", ".join(map(str, digits))
    return [f"There are no pictures of these digits, so the network cannot learn them: {names}."]


def _smaller_batch(config: TrainConfig, images: int) -> list[str]:
    batch_size = fit_batch_size(config, images)
    if batch_size == config.batch_size:
        return []
    return [f"The batch size is {batch_size} instead of {config.batch_size}: there are no more images to train on."]
