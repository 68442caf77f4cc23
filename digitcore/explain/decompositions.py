"""The result objects of ``decompose``: one number of a layer's output and the numbers that it is computed from.

Arrays are float64 unless stated otherwise. Each decomposition holds the number twice: ``value`` is the network's own result and
``total`` is recomputed from the parts in float64.
"""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, kw_only=True, eq=False)
class Decomposition:
    """One number of a layer's output.

    Attributes:
        layer: the layer's name.
        position: the number's index in the layer's output, such as ``(row, column, channel)``.
        value: the number that the network computed.
        total: the same number, recomputed from the parts; None if the layer cannot be decomposed.
    """

    layer: str
    position: tuple[int, ...]
    value: float
    total: float | None


@dataclass(frozen=True, kw_only=True, eq=False)
class OpaqueDecomposition(Decomposition):
    """A number of a layer that cannot be decomposed, and the reason."""

    reason: str


@dataclass(frozen=True, kw_only=True, eq=False)
class InputDecomposition(Decomposition):
    """A pixel of the image."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Softmax:
    """exp(logit - shift) divided by the sum of all exponentials, for each of N units.

    Attributes:
        logits: ``(N,)``.
        shift: the largest logit. Subtracting it changes no probability and keeps the exponentials from overflowing.
        exponentials: ``(N,)``, of the logits minus the shift.
        denominator: the sum of the exponentials.
        probabilities: ``(N,)``, with the sum 1.
        index: the unit that is decomposed, 0 to N - 1.
    """

    logits: np.ndarray
    shift: float
    exponentials: np.ndarray
    denominator: float
    probabilities: np.ndarray
    index: int


@dataclass(frozen=True, kw_only=True, eq=False)
class _Weighted(Decomposition):
    """A weighted sum plus a bias, passed through an activation function.

    Attributes:
        bias: 0 if the layer has none.
        preactivation: the sum, before the activation function.
        activation: the function's name in Keras; "linear" for none.
        softmax: for the activation "softmax", which needs all units; None for any other.
    """

    bias: float
    preactivation: float
    activation: str
    softmax: Softmax | None


@dataclass(frozen=True, kw_only=True, eq=False)
class _Windowed:
    """A window of h rows and w columns on the input.

    Attributes:
        top, left: the window's first cell, in rows and columns of the input; negative in the padding.
        dilation: (rows, columns) from one cell of the window to the next.
        inside: bool ``(h, w)``, False where the window covers padding.
    """

    top: int
    left: int
    dilation: tuple[int, int]
    inside: np.ndarray


@dataclass(frozen=True, kw_only=True, eq=False)
class ConvolutionDecomposition(_Weighted, _Windowed):
    """activation(sum of patch x kernel + bias).

    Attributes:
        channels: int ``(C,)``, the input channels that this filter reads: all, those of its group, or one.
        patch: ``(h, w, C)``, zeros in the padding.
        kernel: ``(h, w, C)``.
        products: ``(h, w, C)``, patch x kernel.
        channel_sums: ``(C,)``, the sum of the products in each channel.
    """

    channels: np.ndarray
    patch: np.ndarray
    kernel: np.ndarray
    products: np.ndarray
    channel_sums: np.ndarray

    @property
    def order(self) -> np.ndarray:
        """Indices into ``channels``, int ``(C,)``, by descending magnitude of the contribution."""
        return strongest(self.channel_sums)


@dataclass(frozen=True, kw_only=True, eq=False)
class SeparableConvolutionDecomposition(_Weighted, _Windowed):
    """M kernels are applied to each of the C channels separately, then the C x M sums are combined with one weight each.

    Attributes:
        patch: ``(h, w, C)``, zeros in the padding.
        kernel: ``(h, w, C, M)``, the depthwise kernels.
        depthwise: ``(C x M,)``, the sums of patch x kernel, channel by channel.
        weights: ``(C x M,)``, the pointwise kernel.
        contributions: ``(C x M,)``, depthwise x weights.
    """

    patch: np.ndarray
    kernel: np.ndarray
    depthwise: np.ndarray
    weights: np.ndarray
    contributions: np.ndarray

    @property
    def order(self) -> np.ndarray:
        """Indices into ``contributions``, int ``(C x M,)``, by descending magnitude."""
        return strongest(self.contributions)


@dataclass(frozen=True, kw_only=True, eq=False)
class PoolDecomposition(Decomposition, _Windowed):
    """The maximum or the mean of a window, in one channel.

    Attributes:
        operation: "max" or "mean".
        window: ``(h, w)``, NaN in the padding, which counts in neither.
        winner: (row, column) of the maximum in the input, the first one if there are several; None for a mean.
        count: the number of cells outside the padding.
    """

    operation: str
    window: np.ndarray
    winner: tuple[int, int] | None
    count: int


@dataclass(frozen=True, kw_only=True, eq=False)
class DenseDecomposition(_Weighted):
    """activation(sum of inputs x weights + bias).

    Attributes:
        inputs, weights: ``(N,)``.
        contributions: ``(N,)``, inputs x weights.
        source: index of the inputs in the input array, without the last axis; empty for a vector.
    """

    inputs: np.ndarray
    weights: np.ndarray
    contributions: np.ndarray
    source: tuple[int, ...]

    @property
    def order(self) -> np.ndarray:
        """Indices into ``inputs``, int ``(N,)``, by descending magnitude of the contribution."""
        return strongest(self.contributions)


@dataclass(frozen=True, kw_only=True, eq=False)
class SoftmaxDecomposition(Decomposition):
    """The output of a softmax layer."""

    softmax: Softmax


@dataclass(frozen=True, kw_only=True, eq=False)
class ActivationDecomposition(Decomposition):
    """function(x), with the function's name in Keras."""

    x: float
    function: str


@dataclass(frozen=True, kw_only=True, eq=False)
class BatchNormDecomposition(Decomposition):
    """gamma * (x - mean) / sqrt(variance + epsilon) + beta, with the moving mean and variance from training."""

    x: float
    mean: float
    variance: float
    epsilon: float
    gamma: float
    beta: float

    @property
    def normalised(self) -> float:
        """The number before gamma and beta are applied."""
        return (self.x - self.mean) / (self.variance + self.epsilon) ** 0.5


@dataclass(frozen=True, kw_only=True, eq=False)
class RescalingDecomposition(Decomposition):
    """x * scale + offset."""

    x: float
    scale: float
    offset: float


@dataclass(frozen=True, kw_only=True, eq=False)
class MergeDecomposition(Decomposition):
    """Numbers of several layers, combined.

    Attributes:
        operation: "add", "subtract", "multiply", "average", "maximum" or "minimum".
        sources: the names of those layers.
        parts: ``(len(sources),)``.
    """

    operation: str
    sources: tuple[str, ...]
    parts: np.ndarray


@dataclass(frozen=True, kw_only=True, eq=False)
class CopyDecomposition(Decomposition):
    """A number copied from another place: flatten, reshape, concatenate, padding, dropout at inference ...

    Attributes:
        source: the name of the layer that it is copied from.
        source_position: its index in that layer's output; None for a zero of padding.
    """

    source: str
    source_position: tuple[int, ...] | None


def strongest(contributions: np.ndarray) -> np.ndarray:
    """The indices of the contributions, int ``(N,)``, by descending magnitude."""
    return np.argsort(-np.abs(contributions), kind="stable")
