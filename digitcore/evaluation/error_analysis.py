"""Choose the images that a comparison shows: a cell of a confusion matrix, disagreements of two models, the worst mistakes.

Labels are int ``(N,)``, probabilities float ``(N, 10)``. Each function returns indices of images, the most informative first.
"""

import numpy as np

from digitcore.datasets.dataset import has_label


def in_cell(labels: np.ndarray, probabilities: np.ndarray, *, label: int, prediction: int) -> np.ndarray:
    """The images with this label and prediction: the most confident first if it is wrong, the least confident if right."""
    chosen = np.flatnonzero((labels == label) & (probabilities.argmax(axis=1) == prediction))
    confidence = probabilities[chosen, prediction]
    return chosen[np.argsort(confidence if label == prediction else -confidence, kind="stable")]


def changed_in_cell(
    labels: np.ndarray, first: np.ndarray, second: np.ndarray, *, label: int, prediction: int
) -> tuple[np.ndarray, np.ndarray]:
    """The images with this label that only one of two models reads as ``prediction``, given each model's probabilities.

    Returns:
        Those of the first model and those of the second. The difference of their numbers is that of the two confusion matrices.
    """
    ours = in_cell(labels, first, label=label, prediction=prediction)
    theirs = in_cell(labels, second, label=label, prediction=prediction)
    return ours[~np.isin(ours, theirs)], theirs[~np.isin(theirs, ours)]


def worst_mistakes(labels: np.ndarray, probabilities: np.ndarray) -> np.ndarray:
    """The labelled images that are misread, the most confident mistakes first."""
    wrong = np.flatnonzero(has_label(labels) & (probabilities.argmax(axis=1) != labels))
    return wrong[np.argsort(-probabilities[wrong].max(axis=1), kind="stable")]


def disagreements(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """The images that two models read differently, given each model's probabilities; first those where both are confident."""
    differ = np.flatnonzero(left.argmax(axis=1) != right.argmax(axis=1))
    confidence = np.minimum(left[differ].max(axis=1), right[differ].max(axis=1))
    return differ[np.argsort(-confidence, kind="stable")]
