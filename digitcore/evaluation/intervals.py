"""Confidence intervals: how precisely the images of a set determine a figure."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from digitcore.evaluation.metrics import labelled
from digitcore.evaluation.scores import scores

#: The metrics with an interval. The calibration error has none: noise increases it, so resampling biases it upwards.
WITH_INTERVAL = ("accuracy", "precision", "recall", "f1", "roc_auc", "loss")
CONFIDENCE_LEVEL, NORMAL_QUANTILE = 0.95, 1.959963984540054
#: The weights of this many (image, resample) pairs are held at a time: 64 MB.
MAX_WEIGHTS = 2**24


@dataclass(frozen=True, kw_only=True)
class Interval:
    """A figure measured on a set of images, with its 95 % confidence interval.

    The 95 % describe the procedure: intervals made this way contain the true value for about 95 of 100 sets of such images.
    """

    value: float
    low: float
    high: float


def bootstrap_intervals(
    labels: np.ndarray, probabilities: np.ndarray, *, samples: int = 1000, seed: int = 0
) -> dict[str, Interval]:
    """95 % percentile bootstrap intervals (Efron, 1979): the images are resampled with replacement.

    The same seed draws the same images for every model. If all resamples give the same value, as for the accuracy of a model
    that makes no mistakes, the bootstrap gives no interval: accuracy then gets Wilson's interval, and other metrics get none.

    Args:
        labels: integers ``(N,)``; images with a label outside 0-9 are left out.
        probabilities: floats ``(N, 10)``.
        samples: the number of resamples.
        seed: fixes the resamples.

    Returns:
        An interval for each metric of ``WITH_INTERVAL`` that has one.
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
            if low < high:
                intervals[name] = Interval(value=value, low=float(low), high=float(high))
            elif name == "accuracy":
                intervals[name] = wilson(round(value * count), count)
    return intervals


def wilson(right: int, count: int) -> Interval:
    """A share with its 95 % interval in closed form, which also holds for few images and for shares near 0 and 1.

    Source: E. B. Wilson, "Probable inference, the law of succession, and statistical inference" (JASA, 1927).
    """
    z, share = NORMAL_QUANTILE, right / count
    middle = (share + z**2 / (2 * count)) / (1 + z**2 / count)
    reach = z / (1 + z**2 / count) * np.sqrt(share * (1 - share) / count + z**2 / (4 * count**2))
    return Interval(value=share, low=max(0.0, float(middle - reach)), high=min(1.0, float(middle + reach)))


@lru_cache(maxsize=1)  # models are evaluated on the same images, one after another, and the draw takes longest
def _drawn(count: int, samples: int, seed: int) -> np.ndarray:
    """How often each of ``count`` images occurs in each resample: uint8 ``(count, samples)``."""
    generator = np.random.default_rng(seed)
    drawn = [np.bincount(generator.integers(count, size=count), minlength=count) for _ in range(samples)]
    return np.ascontiguousarray(np.array(drawn, np.uint8).T)
