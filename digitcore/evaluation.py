"""Labels and probabilities -> result objects."""

from dataclasses import dataclass

import keras
import numpy as np

BATCH_SIZE = 256


@dataclass(frozen=True, kw_only=True)
class Metrics:
    """How well probabilities fit labels: share right (0-1), mean cross-entropy (nats), and how many images that is of."""

    accuracy: float
    loss: float
    count: int


def as_input(images: np.ndarray) -> np.ndarray:
    """uint8 ``(N, 28, 28)`` -> what the networks take: float32 ``(N, 28, 28, 1)`` in 0-1."""
    return images[..., None].astype(np.float32) / 255


def measure(labels: np.ndarray, probabilities: np.ndarray) -> Metrics:
    """Compare labels ``(N,)``, 0-9, with probabilities ``(N, 10)``.

    Example:
        >>> measure(np.array([0, 1]), np.eye(10)[[0, 2]]).accuracy
        0.5
    """
    chosen = probabilities[np.arange(len(labels)), labels]
    return Metrics(
        accuracy=float(np.mean(probabilities.argmax(axis=1) == labels)),
        loss=float(-np.mean(np.log(np.clip(chosen, 1e-7, 1)))),
        count=len(labels),
    )


def evaluate_model(model: keras.Model, images: np.ndarray, labels: np.ndarray) -> Metrics:
    """Measure a network on uint8 images ``(N, 28, 28)``, white on black, with labels ``(N,)``."""
    return measure(labels, model.predict(as_input(images), batch_size=BATCH_SIZE, verbose=0))
