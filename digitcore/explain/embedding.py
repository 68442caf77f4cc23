"""Digits as points in a plane, placed by the output of a network's last hidden layer.

Source: principal component analysis, Pearson, "On lines and planes of closest fit to systems of points in space" (1901).
Unlike t-SNE, it returns the same points every time and can place a new digit without being computed again.
"""

from dataclasses import dataclass, field

import numpy as np
import tensorflow as tf
from scipy.linalg import eigh

from digitcore.errors import DataError
from digitcore.explain.network import Network
from digitcore.explain.replay import answer
from digitcore.explain.statistics import BATCH_SIZE, layer_function
from digitcore.networks.predict import as_input

#: Kinds of layers that pass their input on unchanged at inference.
PASSING = {"dropout", "noise", "identity"}


@dataclass(frozen=True, kw_only=True, eq=False)
class Embedding:
    """Digits as points in a plane: close together where the network's last hidden layer responds alike.

    Attributes:
        layer: the layer whose output was projected.
        points: float32 ``(N, 2)``, the first two principal components.
        labels: ``(N,)``, the digits' labels, 0-9.
        explained: float32 ``(2,)``, each component's share of the variance, 0-1; 0 where nothing varies.
        centre: float32 ``(D,)``, the mean of the layer's output.
        axes: float32 ``(2, D)``, the directions of the components.
    """

    layer: str
    points: np.ndarray = field(repr=False)
    labels: np.ndarray = field(repr=False)
    explained: np.ndarray
    centre: np.ndarray = field(repr=False)
    axes: np.ndarray = field(repr=False)

    def place(self, hidden: np.ndarray) -> np.ndarray:
        """Place further digits: the layer's output for them, float32 ``(N, ...)`` -> float32 ``(N, 2)``."""
        return (hidden.reshape(len(hidden), -1) - self.centre) @ self.axes.T


def embed(network: Network, images: np.ndarray, labels: np.ndarray) -> Embedding:
    """Place digits by the first two principal components of the last hidden layer's output.

    Args:
        network: the network.
        images: uint8 ``(N, 28, 28)``, white on black, such as 1,000 of the test set; at least one.
        labels: ``(N,)``, 0-9.

    Raises:
        DataError: there are no images, or the number of labels differs.
    """
    if not len(images) or len(images) != len(labels):
        raise DataError(f"An embedding needs images and one label for each; there are {len(images)} and {len(labels)}.")
    layer = last_hidden_layer(network)
    forward = layer_function(network, layer)
    batches = (as_input(images[start : start + BATCH_SIZE]) for start in range(0, len(images), BATCH_SIZE))
    hidden = np.concatenate([forward(tf.constant(batch)).numpy() for batch in batches])
    hidden = hidden.reshape(len(hidden), -1)
    centre = hidden.mean(axis=0)
    axes, explained = _components(hidden - centre)
    return Embedding(
        layer=layer, points=(hidden - centre) @ axes.T, labels=labels, explained=explained, centre=centre, axes=axes
    )


def last_hidden_layer(network: Network) -> str:
    """The name of the layer that feeds the last dense layer, before any dropout.

    If the answer does not come from a dense layer, it is the last layer before the softmax.
    """
    name = _before(network, answer(network), {"softmax", "activation", *PASSING})
    if network[name].kind == "dense":
        name = network[name].inputs[0]
    return _before(network, name, PASSING)


def _before(network: Network, name: str, kinds: set[str]) -> str:
    """The first layer of another kind, going back from this one."""
    while network[name].kind in kinds:
        name = network[name].inputs[0]
    return name


def _components(centred: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The two directions of largest variance ``(2, D)`` and the share of it along each; zeros for a missing one."""
    count, width = centred.shape
    axes, explained = np.zeros((2, width), np.float32), np.zeros(2, np.float32)
    # Both square matrices have the same non-zero eigenvalues; the smaller one is faster.
    square = (centred.T @ centred if width <= count else centred @ centred.T).astype(np.float64)
    if (variance := np.trace(square)) > 0:
        side = len(square)
        variances, vectors = eigh(square, subset_by_index=[max(side - 2, 0), side - 1])
        for i, (along, vector) in enumerate(zip(variances[::-1], vectors.T[::-1], strict=True)):
            if along > 1e-6 * variance:  # less is rounding error
                direction = vector if width <= count else vector @ centred / np.sqrt(along)
                # Both signs are valid. The largest entry is made positive, so that the result is always the same.
                axes[i] = direction * np.sign(direction[np.abs(direction).argmax()])
                explained[i] = along / variance
    return axes, explained
