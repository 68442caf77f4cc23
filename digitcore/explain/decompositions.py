"""The result objects of ``arithmetic.explain``: one number of a layer's output, taken apart.

Arrays are float64 unless said otherwise. Every step knows the number twice: ``value`` is the network's own, ``total`` what the
parts give when they are put together again, in float64.
"""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, kw_only=True, eq=False)
class Decomposition:
    """One number of a layer's output.

    Attributes:
        layer: the layer's name.
        position: the number's index in the layer's output, such as ``(row, column, channel)``.
        value: the number, as the network gives it.
        total: the same number, computed from the parts; None where the layer is not taken apart.
    """

    layer: str
    position: tuple[int, ...]
    value: float
    total: float | None


@dataclass(frozen=True, kw_only=True, eq=False)
class OpaqueDecomposition(Decomposition):
    """A number of a layer that is not taken apart, and why."""

    reason: str


@dataclass(frozen=True, kw_only=True, eq=False)
class InputDecomposition(Decomposition):
    """A pixel of the image."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Softmax:
    """exp(logit - shift) over the sum of them all, for each of N units.

    Attributes:
        logits: ``(N,)``.
        shift: the largest logit: taking it away changes no probability, and keeps the exponentials from overflowing.
        exponentials: ``(N,)``, of the logits less the shift.
        denominator: the sum of the exponentials.
        probabilities: ``(N,)``; they add up to 1.
        index: which of the N this step is about.
    """

    logits: np.ndarray
    shift: float
    exponentials: np.ndarray
    denominator: float
    probabilities: np.ndarray
    index: int


@dataclass(frozen=True, kw_only=True, eq=False)
class _Weighted(Decomposition):
    """Something plus a bias, through an activation function.

    Attributes:
        bias: 0 where the layer has none.
        preactivation: the sum, before the activation function.
        activation: the function's name in Keras; "linear" for none.
        softmax: for the activation "softmax", which needs all units; else None.
    """

    bias: float
    preactivation: float
    activation: str
    softmax: Softmax | None


@dataclass(frozen=True, kw_only=True, eq=False)
class _Windowed:
    """A window on the input: h rows and w columns.

    Attributes:
        top, left: the window's first cell, in rows and columns of the input; negative in the padding.
        dilation: (rows, columns) from one cell of the window to the next.
        inside: bool ``(h, w)``, False where the window looks at padding.
    """

    top: int
    left: int
    dilation: tuple[int, int]
    inside: np.ndarray


@dataclass(frozen=True, kw_only=True, eq=False)
class ConvolutionDecomposition(_Weighted, _Windowed):
    """activation(sum of patch x kernel + bias).

    Attributes:
        channels: int ``(C,)``, the channels of the input that this filter sees: all, those of its group, or one.
        patch: ``(h, w, C)``, zeros in the padding.
        kernel: ``(h, w, C)``.
        products: ``(h, w, C)``, patch x kernel.
        channel_sums: ``(C,)``, the products' sum in each channel.
    """

    channels: np.ndarray
    patch: np.ndarray
    kernel: np.ndarray
    products: np.ndarray
    channel_sums: np.ndarray

    @property
    def order(self) -> np.ndarray:
        """Indices into ``channels``, int ``(C,)``: those that add or take most first."""
        return strongest(self.channel_sums)


@dataclass(frozen=True, kw_only=True, eq=False)
class SeparableConvolutionDecomposition(_Weighted, _Windowed):
    """Two steps: M kernels look at each of the C channels by itself, then the C x M sums are mixed with one weight each.

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
        """Indices into ``contributions``, int ``(C x M,)``: those that add or take most first."""
        return strongest(self.contributions)


@dataclass(frozen=True, kw_only=True, eq=False)
class PoolDecomposition(Decomposition, _Windowed):
    """The largest number in a window, or its mean, in one channel.

    Attributes:
        operation: "max" or "mean".
        window: ``(h, w)``, NaN in the padding, which counts for neither.
        winner: (row, column) in the input of the largest, the first where several are; None for a mean.
        count: the cells that count.
    """

    operation: str
    window: np.ndarray
    winner: tuple[int, int] | None
    count: int


@dataclass(frozen=True, kw_only=True, eq=False)
class DenseDecomposition(_Weighted):
    """activation(sum of inputs x weights + bias).

    Attributes:
        inputs, weights, contributions: ``(N,)``, the last being the product of the others.
        source: where the inputs lie in the input array, but for its last axis; empty for a vector.
    """

    inputs: np.ndarray
    weights: np.ndarray
    contributions: np.ndarray
    source: tuple[int, ...]

    @property
    def order(self) -> np.ndarray:
        """Indices into ``inputs``, int ``(N,)``: those that add or take most first."""
        return strongest(self.contributions)


@dataclass(frozen=True, kw_only=True, eq=False)
class SoftmaxDecomposition(Decomposition):
    """A layer that is a softmax and nothing else."""

    softmax: Softmax


@dataclass(frozen=True, kw_only=True, eq=False)
class ActivationDecomposition(Decomposition):
    """function(x), with the function's name in Keras."""

    x: float
    function: str


@dataclass(frozen=True, kw_only=True, eq=False)
class BatchNormDecomposition(Decomposition):
    """gamma x (x - mean) / sqrt(variance + epsilon) + beta, with the moving mean and variance of training."""

    x: float
    mean: float
    variance: float
    epsilon: float
    gamma: float
    beta: float

    @property
    def normalised(self) -> float:
        """The number before gamma and beta."""
        return (self.x - self.mean) / (self.variance + self.epsilon) ** 0.5


@dataclass(frozen=True, kw_only=True, eq=False)
class RescalingDecomposition(Decomposition):
    """x x scale + offset."""

    x: float
    scale: float
    offset: float


@dataclass(frozen=True, kw_only=True, eq=False)
class MergeDecomposition(Decomposition):
    """Numbers of several layers, put together.

    Attributes:
        operation: "add", "subtract", "multiply", "average", "maximum" or "minimum".
        sources: names of the layers that they come from.
        parts: ``(len(sources),)``.
    """

    operation: str
    sources: tuple[str, ...]
    parts: np.ndarray


@dataclass(frozen=True, kw_only=True, eq=False)
class CopyDecomposition(Decomposition):
    """A number carried over from another place: flatten, reshape, concatenate, padding, dropout when it is not training ...

    Attributes:
        source: the name of the layer that it comes from.
        source_position: where it lies in that layer's output; None for a zero of padding.
    """

    source: str
    source_position: tuple[int, ...] | None


def strongest(contributions: np.ndarray) -> np.ndarray:
    """The indices of the contributions, int ``(N,)``: those of the largest magnitude first."""
    return np.argsort(-np.abs(contributions), kind="stable")
