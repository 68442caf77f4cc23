"""Labels and probabilities -> result objects."""

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from digitcore.evaluation.calibration import reliability
from digitcore.evaluation.scores import scores

if TYPE_CHECKING:
    import keras

BATCH_SIZE = 256

#: The metrics that get an interval. The calibration error gets none: it grows with chance, so resampling only adds to it.
WITH_INTERVAL = ("accuracy", "precision", "recall", "f1", "roc_auc", "loss")
CONFIDENCE_LEVEL, NORMAL_QUANTILE = 0.95, 1.959963984540054
#: Weights of so many (image, resample) pairs are held at a time: 64 MB.
MAX_WEIGHTS = 2**24


@dataclass(frozen=True, kw_only=True)
class Metrics:
    """How well probabilities fit labels; None where a figure is not defined, as all are for no images.

    Attributes:
        count: images measured, those with a label from 0 to 9.
        accuracy: share right, 0-1.
        precision: macro average over the digits, 0-1.
        recall: macro average over the digits, 0-1.
        f1: macro average over the digits, 0-1.
        roc_auc: one-vs-rest area under the ROC curve, macro average, 0-1; None where all labels are the same.
        loss: mean cross-entropy, nats.
        calibration_error: expected calibration error, 0-1; see ``calibration.reliability``.
        left_out: images without a label from 0 to 9, which count nowhere.
    """

    count: int
    accuracy: float | None = None
    precision: float | None = None
    recall: float | None = None
    f1: float | None = None
    roc_auc: float | None = None
    loss: float | None = None
    calibration_error: float | None = None
    left_out: int = 0

    @property
    def note(self) -> str | None:
        """What a reader of the figures should know, or None."""
        notes = []
        if self.left_out:
            notes.append(f"{self.left_out:,} of {self.count + self.left_out:,} images have no label from 0 to 9: left out.")
        if self.count and self.roc_auc is None:
            notes.append("All labels are the same digit, so there is no ROC AUC.")
        return " ".join(notes) or None


@dataclass(frozen=True, kw_only=True)
class Interval:
    """A figure with the bounds between which it would lie, 95 times in 100, on other images of the same kind."""

    value: float
    low: float
    high: float


def as_input(images: np.ndarray) -> np.ndarray:
    """uint8 ``(N, 28, 28)`` -> what the networks take: float32 ``(N, 28, 28, 1)`` in 0-1."""
    return images[..., None].astype(np.float32) / 255


def evaluate_model(model: "keras.Model", images: np.ndarray, labels: np.ndarray) -> Metrics:
    """Measure a network on uint8 images ``(N, 28, 28)``, white on black, with labels ``(N,)``."""
    return metrics_of(labels, model.predict(as_input(images), batch_size=BATCH_SIZE, verbose=0))


def metrics_of(labels: np.ndarray, probabilities: np.ndarray) -> Metrics:
    """Compare labels ``(N,)`` with probabilities ``(N, 10)``; a label other than 0-9 leaves its image out.

    The figures are those of scikit-learn (``precision_score(average="macro", zero_division=0)`` and so on).

    Example:
        >>> metrics_of(np.array([0, 1]), np.eye(10)[[0, 2]]).accuracy
        0.5
    """
    given = len(labels)
    labels, probabilities = labelled(labels, probabilities)
    count = len(labels)
    if not count:
        return Metrics(count=0, left_out=given)
    found = {name: float(value[0]) for name, value in scores(labels, probabilities, np.ones((count, 1))).items()}
    return Metrics(
        count=count,
        **{name: None if np.isnan(value) else value for name, value in found.items()},
        calibration_error=reliability(labels, probabilities).expected_calibration_error,
        left_out=given - count,
    )


def bootstrap_intervals(
    labels: np.ndarray, probabilities: np.ndarray, *, samples: int = 1000, seed: int = 0
) -> dict[str, Interval]:
    """95 % percentile intervals (Efron, 1979) from images drawn anew with replacement.

    The same seed draws the same images for every model. Where a model makes no mistake no resample has one either: the
    interval is then a single point, which says less than it seems to.

    Args:
        labels: integers ``(N,)``; a label other than 0-9 leaves its image out.
        probabilities: floats ``(N, 10)``.
        samples: how many resamples.
        seed: fixes the resamples.

    Returns:
        An interval for each of ``WITH_INTERVAL`` that is defined.
    """
    labels, probabilities = labelled(labels, probabilities)
    count = len(labels)
    if not count:
        return {}
    values = scores(labels, probabilities, np.ones((count, 1)))
    at_once = max(1, MAX_WEIGHTS // count)
    resampled = [
        scores(labels, probabilities, _drawn(count, min(at_once, samples - done), seed + done).astype(np.float32))
        for done in range(0, samples, at_once)
    ]
    tail = 100 * (1 - CONFIDENCE_LEVEL) / 2
    intervals = {}
    for name in WITH_INTERVAL:
        value = float(values[name][0])
        if not np.isnan(value):
            low, high = np.nanpercentile(np.concatenate([part[name] for part in resampled]), [tail, 100 - tail])
            intervals[name] = Interval(value=value, low=float(low), high=float(high))
    return intervals


def wilson(right: int, count: int) -> Interval:
    """A share with its 95 % interval in closed form, which holds for few images and for shares near 0 and 1 too.

    Source: E. B. Wilson, "Probable inference, the law of succession, and statistical inference" (JASA, 1927).
    """
    z, share = NORMAL_QUANTILE, right / count
    middle = (share + z**2 / (2 * count)) / (1 + z**2 / count)
    reach = z / (1 + z**2 / count) * np.sqrt(share * (1 - share) / count + z**2 / (4 * count**2))
    return Interval(value=share, low=max(0.0, float(middle - reach)), high=min(1.0, float(middle + reach)))


def confusion(labels: np.ndarray, probabilities: np.ndarray) -> np.ndarray:
    """Counts, int ``(10, 10)``: row = label, column = answer. A label other than 0-9 leaves its image out."""
    labels, probabilities = labelled(labels, probabilities)
    return np.bincount(labels * 10 + probabilities.argmax(axis=1), minlength=100).reshape(10, 10)


def labelled(labels: np.ndarray, probabilities: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The labels from 0 to 9, int64, and their probabilities."""
    kept = (labels >= 0) & (labels <= 9)
    return labels[kept].astype(np.int64), probabilities[kept]


@lru_cache(maxsize=1)  # one model after another is measured on the same images, and the draw takes longest
def _drawn(count: int, samples: int, seed: int) -> np.ndarray:
    """How often each of ``count`` images is in each resample: uint8 ``(count, samples)``."""
    generator = np.random.default_rng(seed)
    drawn = [np.bincount(generator.integers(count, size=count), minlength=count) for _ in range(samples)]
    return np.ascontiguousarray(np.array(drawn, np.uint8).T)
