"""Scores of many resamples at once: each image has a weight in each resample, and one pass computes all of them.

The scores of the set itself are those of the resample in which every image has weight 1, so that a value and its interval come
from the same code. The definitions are scikit-learn's.
"""

import numpy as np
from scipy import sparse

#: Keras clips probabilities to this before it takes their logarithm.
LEAST_PROBABILITY = 1e-7


def scores(labels: np.ndarray, probabilities: np.ndarray, weights: np.ndarray) -> dict[str, np.ndarray]:
    """Accuracy, macro precision, recall, F1 and one-vs-rest ROC AUC, and the mean cross-entropy.

    Precision, recall and F1 are averaged over the digits that occur among the labels or the predictions; they are 0 where the
    denominator is 0. ROC AUC is averaged over the digits that are the label of some images but not of all; without such a
    digit, it is NaN.

    Args:
        labels: integers ``(N,)``, 0-9, with N at least 1.
        probabilities: floats ``(N, 10)``.
        weights: floats ``(N, S)``, how often each image is in each of S resamples.

    Returns:
        Score -> float64 ``(S,)``.
    """
    cells = _sums(labels * 10 + probabilities.argmax(axis=1), weights, 100).reshape(10, 10, -1)
    right, of_label, of_prediction = np.einsum("dds->ds", cells), cells.sum(axis=1), cells.sum(axis=0)
    there = of_label + of_prediction > 0
    total = of_label.sum(axis=0)
    areas = np.stack([roc_area(labels == digit, probabilities[:, digit], weights) for digit in range(10)])
    chosen = probabilities[np.arange(len(labels)), labels]
    losses = -np.log(np.clip(chosen.astype(np.float64), LEAST_PROBABILITY, 1))
    return {
        "accuracy": right.sum(axis=0) / total,
        "precision": _mean(_divide(right, of_prediction), there),
        "recall": _mean(_divide(right, of_label), there),
        "f1": _mean(_divide(2 * right, of_label + of_prediction), there),
        "roc_auc": _mean(areas, ~np.isnan(areas)),
        "loss": losses.astype(weights.dtype) @ weights / total,
    }


def roc_area(positive: np.ndarray, score: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """The area under the ROC curve: the share of (positive, negative) pairs that the score ranks correctly; ties count half.

    After sorting by score, consecutive images of the same kind are interchangeable. A good network leaves few such runs, so
    the weights are summed by run once, and all later arrays are small.

    Args:
        positive: bool ``(N,)``.
        score: floats ``(N,)``.
        weights: floats ``(N, S)``.

    Returns:
        float64 ``(S,)``; NaN where a resample has no positive or no negative image.
    """
    order = np.argsort(score)
    runs = np.empty(len(score), int)
    runs[order] = _runs(positive[order], score[order])
    count = runs.max() + 1
    negatives, positives = _sums(runs + count * positive, weights, 2 * count).reshape(2, count, -1)
    below = np.cumsum(negatives, axis=0) - negatives / 2
    pairs = positives.sum(axis=0) * negatives.sum(axis=0)
    return np.divide((positives * below).sum(axis=0), pairs, out=np.full(len(pairs), np.nan), where=pairs > 0)


def _runs(positive: np.ndarray, score: np.ndarray) -> np.ndarray:
    """The run ``(N,)`` that each sorted image belongs to: images of one kind, or of both kinds with the same score."""
    ties = np.concatenate([[0], np.cumsum(score[1:] != score[:-1])])
    share = np.bincount(ties, positive) / np.bincount(ties)
    begins = (share[1:] != share[:-1]) | ((share[1:] > 0) & (share[1:] < 1))
    return np.concatenate([[0], np.cumsum(begins)])[ties]


def _sums(groups: np.ndarray, weights: np.ndarray, count: int) -> np.ndarray:
    """The weights ``(N, S)`` added up by group ``(N,)``: float64 ``(count, S)``."""
    size = len(groups)
    members = sparse.csr_array((np.ones(size, weights.dtype), (groups, np.arange(size))), shape=(count, size))
    return (members @ weights).astype(np.float64)


def _divide(parts: np.ndarray, wholes: np.ndarray) -> np.ndarray:
    return np.divide(parts, wholes, out=np.zeros_like(parts), where=wholes > 0)


def _mean(values: np.ndarray, counted: np.ndarray) -> np.ndarray:
    """The mean over the first axis of the values that count; NaN where none does."""
    counts = counted.sum(axis=0)
    sums = np.where(counted, values, 0).sum(axis=0)
    return np.divide(sums, counts, out=np.full(len(counts), np.nan), where=counts > 0)
