"""A saved model reads many images, batch by batch."""

import statistics
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from digitcore.errors import ModelError
from digitcore.networks import registry
from digitcore.networks.registry import ModelEntry

if TYPE_CHECKING:
    from digitcore.networks.recogniser import Recogniser

#: Called with how many images are done, and of how many.
Progress = Callable[[int, int], None]

BATCH_SIZE = 250


def load(entry: ModelEntry) -> "Recogniser":
    """Load and compile a model for reading many images; it is not kept among the ones that the pages use.

    Raises:
        ModelError: the model is missing, broken or of another shape.
    """
    from digitcore.networks.recogniser import Recogniser  # brings TensorFlow, which reading a stored evaluation does not need

    return Recogniser(registry.load_model(entry.name))


def read(recogniser: "Recogniser", images: np.ndarray, progress: Progress | None = None) -> tuple[np.ndarray, float | None]:
    """Let a model read uint8 images ``(N, 28, 28)``, batch by batch.

    Returns:
        float32 probabilities ``(N, 10)``, and the median seconds of a whole batch, or None where there was none.

    Raises:
        ModelError: what the model gives are no probabilities.
    """
    parts, seconds = [], []
    for start in range(0, len(images), BATCH_SIZE):
        batch = images[start : start + BATCH_SIZE].astype(np.float32) / 255
        begun = time.perf_counter()
        parts.append(recogniser.probabilities(batch))
        if len(batch) == BATCH_SIZE:
            seconds.append(time.perf_counter() - begun)
        if progress:
            progress(start + len(batch), len(images))
    probabilities = np.concatenate(parts)
    if not (probabilities >= 0).all() or not np.allclose(probabilities.sum(axis=1), 1, atol=1e-3):
        raise ModelError(
            f"The model's outputs are no probabilities: they lie between {probabilities.min():.3g} and "
            f"{probabilities.max():.3g}; expected 0 to 1, adding up to 1. Give it a softmax as its last layer."
        )
    return probabilities, statistics.median(seconds) if seconds else None


def latency(recogniser: "Recogniser", images: np.ndarray, calls: int) -> float:
    """The median seconds of some calls on uint8 images ``(N, 28, 28)``, after one that is not counted."""
    batch = images.astype(np.float32) / 255
    seconds = []
    for _ in range(calls + 1):
        begun = time.perf_counter()
        recogniser.probabilities(batch)
        seconds.append(time.perf_counter() - begun)
    return statistics.median(seconds[1:])


def as_input(images: np.ndarray) -> np.ndarray:
    """uint8 ``(N, 28, 28)`` -> what the networks take: float32 ``(N, 28, 28, 1)`` in 0-1."""
    return images[..., None].astype(np.float32) / 255
