"""Which images a comparison shows: a cell of a confusion matrix, what two models read differently, the worst mistakes.

Labels are int ``(N,)``, probabilities float ``(N, 10)``; all give the indices of images, those worth a look first.
"""

import numpy as np

from digitcore.datasets.dataset import has_label


def in_cell(labels: np.ndarray, probabilities: np.ndarray, *, label: int, answer: int) -> np.ndarray:
    """The images with this label that are read as ``answer``: the surest wrong ones first, the least sure right ones first."""
    chosen = np.flatnonzero((labels == label) & (probabilities.argmax(axis=1) == answer))
    sure = probabilities[chosen, answer]
    return chosen[np.argsort(sure if label == answer else -sure, kind="stable")]


def worst_mistakes(labels: np.ndarray, probabilities: np.ndarray) -> np.ndarray:
    """The labelled images that are read wrongly, those first where the network was surest."""
    wrong = np.flatnonzero(has_label(labels) & (probabilities.argmax(axis=1) != labels))
    return wrong[np.argsort(-probabilities[wrong].max(axis=1), kind="stable")]


def disagreements(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """The images that two models read differently, given the probabilities of each; those first where both are surest."""
    differ = np.flatnonzero(left.argmax(axis=1) != right.argmax(axis=1))
    surest = np.minimum(left[differ].max(axis=1), right[differ].max(axis=1))
    return differ[np.argsort(-surest, kind="stable")]
