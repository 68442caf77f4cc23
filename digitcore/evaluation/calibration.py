"""Calibration: whether a network is right as often as its confidence says."""

from dataclasses import dataclass, field

import numpy as np
from scipy.optimize import minimize_scalar

from digitcore.datasets.dataset import has_label

BINS = 15
#: Temperatures between these are tried.
COLDEST, WARMEST = 0.1, 10.0


@dataclass(frozen=True, kw_only=True, eq=False)
class Reliability:
    """The bars of a reliability diagram: B bins of equal width.

    Attributes:
        edges: float64 ``(B + 1,)``, from 0 to 1; a bin includes its upper edge.
        counts: int ``(B,)``, the number of images in each bin.
        confidence: float64 ``(B,)``, the mean confidence; NaN in an empty bin.
        accuracy: float64 ``(B,)``, the share of correct predictions; NaN in an empty bin.
        expected_calibration_error: the mean of |accuracy - confidence| over the bins, weighted by their counts, 0-1; None
            without images.
    """

    edges: np.ndarray = field(repr=False)
    counts: np.ndarray
    confidence: np.ndarray
    accuracy: np.ndarray
    expected_calibration_error: float | None


def reliability(labels: np.ndarray, probabilities: np.ndarray, bins: int = BINS) -> Reliability:
    """Compare the confidence of the predictions with their accuracy.

    Source: Guo et al., "On calibration of modern neural networks" (ICML 2017), section 2.

    Args:
        labels: integers ``(N,)``; images with a label outside 0-9 are left out.
        probabilities: floats ``(N, 10)`` in 0-1.
        bins: the number of bins.
    """
    kept = has_label(labels)
    labels, probabilities = labels[kept], probabilities[kept].astype(np.float64)
    confidences = probabilities.max(axis=1)
    edges = np.linspace(0, 1, bins + 1)
    which = np.clip(np.searchsorted(edges, confidences) - 1, 0, bins - 1)
    counts = np.bincount(which, minlength=bins)
    confident = np.bincount(which, confidences, bins)
    right = np.bincount(which, probabilities.argmax(axis=1) == labels, bins)
    return Reliability(
        edges=edges,
        counts=counts,
        confidence=_share(confident, counts),
        accuracy=_share(right, counts),
        expected_calibration_error=float(np.abs(right - confident).sum() / len(labels)) if len(labels) else None,
    )


def fit_temperature(labels: np.ndarray, probabilities: np.ndarray) -> float:
    """The temperature with which the probabilities have the lowest cross-entropy: above 1 if the network is too sure.

    Source: Guo et al., "On calibration of modern neural networks" (ICML 2017), section 4.2.

    Args:
        labels: integers ``(N,)`` in 0-9, of images that the network was not trained on.
        probabilities: floats ``(N, 10)`` in 0-1.
    """
    logarithms = np.log(np.clip(probabilities.astype(np.float64), 1e-30, 1))
    rows = np.arange(len(labels))

    def cross_entropy(log_temperature: float) -> float:
        scaled = logarithms / np.exp(log_temperature)
        highest = scaled.max(axis=1)
        normaliser = highest + np.log(np.exp(scaled - highest[:, None]).sum(axis=1))
        return float(np.mean(normaliser - scaled[rows, labels]))

    found = minimize_scalar(cross_entropy, bounds=(np.log(COLDEST), np.log(WARMEST)), method="bounded")
    return float(np.exp(found.x))


def _share(sums: np.ndarray, counts: np.ndarray) -> np.ndarray:
    return np.divide(sums, counts, out=np.full(len(counts), np.nan), where=counts > 0)
