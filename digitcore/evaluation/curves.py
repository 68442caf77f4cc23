"""ROC and precision-recall curves of one digit against all others. The points are scikit-learn's."""

from dataclasses import dataclass, field

import numpy as np

from digitcore.datasets.dataset import has_label


@dataclass(frozen=True, kw_only=True, eq=False)
class Curve:
    """A curve over thresholds on one digit's probability, the strictest first.

    Attributes:
        x: float64 ``(P,)``, 0-1; empty where the curve is not defined.
        y: float64 ``(P,)``, 0-1.
        thresholds: float64 ``(P,)``; images with at least this probability are predicted as the digit.
        area: the area under the curve, 0-1; None if the curve is not defined.
    """

    x: np.ndarray = field(repr=False)
    y: np.ndarray = field(repr=False)
    thresholds: np.ndarray = field(repr=False)
    area: float | None


def roc(labels: np.ndarray, probabilities: np.ndarray, digit: int) -> Curve:
    """True positive rate (y) against false positive rate (x), from (0, 0) to (1, 1), without most points on straight parts.

    Not defined if no image, or every image, has the label ``digit``.

    Args:
        labels: integers ``(N,)``; images with a label outside 0-9 are left out.
        probabilities: floats ``(N, 10)``.
        digit: 0-9.
    """
    hits, alarms, thresholds = _counts(labels, probabilities, digit)
    if not len(hits) or not hits[-1] or not alarms[-1]:
        return _undefined()
    x = np.concatenate([[0], alarms / alarms[-1]])
    y = np.concatenate([[0], hits / hits[-1]])
    # A point between two equal steps lies on a straight line. The counts are integers, so equal steps compare equal.
    kept = np.concatenate([[True, True], (np.diff(hits, 2) != 0) | (np.diff(alarms, 2) != 0), [True]])[: len(x)]
    return Curve(
        x=x[kept],
        y=y[kept],
        thresholds=np.concatenate([[np.inf], thresholds])[kept],
        area=float(np.trapezoid(y, x)),
    )


def precision_recall(labels: np.ndarray, probabilities: np.ndarray, digit: int) -> Curve:
    """Precision (y) against recall (x), from recall 0 to 1; ``area`` is the average precision, a sum over steps.

    Not defined if no image has the label ``digit``. Of points with the same recall, only the first and the last are kept.

    Args:
        labels: integers ``(N,)``; images with a label outside 0-9 are left out.
        probabilities: floats ``(N, 10)``.
        digit: 0-9.
    """
    hits, alarms, thresholds = _counts(labels, probabilities, digit)
    if not len(hits) or not hits[-1]:
        return _undefined()
    recall, precision = hits / hits[-1], hits / (hits + alarms)
    area = float(np.sum(np.diff(recall, prepend=0) * precision))
    moves = np.diff(hits) > 0
    kept = np.concatenate([[True], moves]) | np.concatenate([moves, [True]])
    return Curve(
        x=np.concatenate([[0], recall[kept]]),
        y=np.concatenate([[1], precision[kept]]),
        thresholds=np.concatenate([[np.inf], thresholds[kept]]),
        area=area,
    )


def _counts(labels: np.ndarray, probabilities: np.ndarray, digit: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """True and false positives at each distinct probability, and these probabilities: int, int, float64 ``(P,)``."""
    kept = has_label(labels)
    positive, score = labels[kept] == digit, probabilities[kept, digit].astype(np.float64)
    order = np.argsort(-score, kind="stable")
    positive, score = positive[order], score[order]
    last = np.flatnonzero(np.append(score[1:] != score[:-1], True)[: len(score)])
    hits = np.cumsum(positive)[last]
    return hits, last + 1 - hits, score[last]


def _undefined() -> Curve:
    empty = np.empty(0)
    return Curve(x=empty, y=empty, thresholds=empty, area=None)
