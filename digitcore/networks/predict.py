"""A model's probabilities for many images, batch by batch."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from digitcore.errors import ModelError
from digitcore.networks import registry
from digitcore.networks.registry import ModelEntry

if TYPE_CHECKING:
    from digitcore.networks.recogniser import Recogniser

#: Called with the number of images done and the total.
Progress = Callable[[int, int], None]

BATCH_SIZE = 250


def load(entry: ModelEntry) -> "Recogniser":
    """Load and compile a model without keeping it in the cache that the pages use.

    Raises:
        ModelError: the model is missing, is broken or has the wrong shape.
    """
    from digitcore.networks.recogniser import Recogniser  # imports TensorFlow, which reading a stored evaluation does not need

    return Recogniser(registry.load_model(entry.name), entry.threshold)


def predict(recogniser: "Recogniser", images: np.ndarray, progress: Progress | None = None) -> np.ndarray:
    """The model's probabilities, float32 ``(N, 10)``, for uint8 images ``(N, 28, 28)`` with N at least 1.

    Raises:
        ModelError: the outputs are not probabilities.
    """
    parts = []
    for start in range(0, len(images), BATCH_SIZE):
        batch = as_input(images[start : start + BATCH_SIZE])
        parts.append(recogniser.probabilities(batch))
        if progress:
            progress(start + len(batch), len(images))
    probabilities = np.concatenate(parts)
    _check(probabilities)
    return probabilities


def as_input(images: np.ndarray) -> np.ndarray:
    """uint8 images ``(N, 28, 28)`` -> a network's input, float32 ``(N, 28, 28, 1)`` in 0-1."""
    return images[..., None].astype(np.float32) / 255


def _check(probabilities: np.ndarray) -> None:
    if not (probabilities >= 0).all() or not np.allclose(probabilities.sum(axis=1), 1, atol=1e-3):
        raise ModelError(
            f"The model's outputs are not probabilities: they lie between {probabilities.min():.3g} and "
            f"{probabilities.max():.3g}; expected values from 0 to 1 that add up to 1. Give the last layer a softmax."
        )
