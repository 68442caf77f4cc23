"""Metrics of predicted probabilities, given the labels."""

from dataclasses import dataclass

import numpy as np

from digitcore.datasets.dataset import has_label
from digitcore.evaluation.calibration import reliability
from digitcore.evaluation.scores import scores


@dataclass(frozen=True, kw_only=True)
class Metrics:
    """How well probabilities fit the labels. Undefined figures are None; without images, all are undefined.

    Attributes:
        count: the number of images with a label from 0 to 9.
        accuracy: the share of correct predictions, 0-1.
        precision: macro average over the digits, 0-1.
        recall: macro average over the digits, 0-1.
        f1: macro average over the digits, 0-1.
        roc_auc: one-vs-rest area under the ROC curve, macro average, 0-1; None if all labels are the same.
        loss: mean cross-entropy, nats.
        calibration_error: expected calibration error, 0-1; see ``calibration.reliability``.
        left_out: the number of images without a label from 0 to 9, which no figure includes.
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
        """A remark that belongs beside the figures, or None."""
        notes = []
        if self.left_out:
            notes.append(
                f"{self.left_out:,} of {self.count + self.left_out:,} images have no label from 0 to 9 and are left out."
            )
        if self.count and self.roc_auc is None:
            notes.append("All labels are the same digit, so there is no ROC AUC.")
        return " ".join(notes) or None


def metrics_of(labels: np.ndarray, probabilities: np.ndarray) -> Metrics:
    """Compare labels ``(N,)`` with probabilities ``(N, 10)``; images with a label outside 0-9 are left out.

    The figures are those of scikit-learn (``precision_score(average="macro", zero_division=0)`` and so on).

    Example:
        >>> metrics_of(np.array([0, 1]), np.eye(10)[[0, 2]]).accuracy
        0.5
    """
    total = len(labels)
    labels, probabilities = labelled(labels, probabilities)
    count = len(labels)
    if not count:
        return Metrics(count=0, left_out=total)
    values = {name: float(value[0]) for name, value in scores(labels, probabilities, np.ones((count, 1))).items()}
    return Metrics(
        count=count,
        **{name: None if np.isnan(value) else value for name, value in values.items()},
        calibration_error=reliability(labels, probabilities).expected_calibration_error,
        left_out=total - count,
    )


def confusion(labels: np.ndarray, probabilities: np.ndarray) -> np.ndarray:
    """Counts, int ``(10, 10)``: row = label, column = prediction. Images with a label outside 0-9 are left out."""
    labels, probabilities = labelled(labels, probabilities)
    return np.bincount(labels * 10 + probabilities.argmax(axis=1), minlength=100).reshape(10, 10)


def labelled(labels: np.ndarray, probabilities: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The labels from 0 to 9, int64, and their probabilities."""
    kept = has_label(labels)
    return labels[kept].astype(np.int64), probabilities[kept]
