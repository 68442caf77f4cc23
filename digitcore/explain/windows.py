"""The position of a kernel or pooling window on its input, by TensorFlow's padding convention."""

from dataclasses import dataclass

import keras
import numpy as np


@dataclass(frozen=True, kw_only=True)
class Window:
    """The windows of a kernel or a pooling layer along one axis, in cells of the input.

    Attributes:
        taps: cells in one window.
        stride: from one window to the next.
        dilation: from one cell of a window to the next.
        padding: cells before the input's first cell; the first window begins there.
    """

    taps: int
    stride: int
    dilation: int
    padding: int

    def start(self, index: int) -> int:
        """The first cell of window ``index``; negative in the padding."""
        return index * self.stride - self.padding

    @property
    def extent(self) -> int:
        """Cells from a window's first to its last, both included."""
        return (self.taps - 1) * self.dilation + 1

    def cells(self, index: int) -> np.ndarray:
        """The cells ``(taps,)`` of window ``index``, including those in the padding."""
        return self.start(index) + self.dilation * np.arange(self.taps)


def windows(layer: keras.layers.Layer, shape: tuple[int, ...]) -> tuple[Window, Window]:
    """The windows of a convolution or pooling layer along the rows and the columns of an input of the shape ``(H, W, C)``.

    With "same" padding, the extra cell of an odd number goes after the input, not before it
    (https://www.tensorflow.org/api_docs/python/tf/nn#notes_on_padding_2).
    """
    taps = getattr(layer, "kernel_size", None) or layer.pool_size
    dilations = getattr(layer, "dilation_rate", (1, 1))
    return tuple(
        _window(*axis, same=layer.padding == "same") for axis in zip(shape[:2], taps, layer.strides, dilations, strict=True)
    )


def _window(length: int, taps: int, stride: int, dilation: int, *, same: bool) -> Window:
    padding = 0
    if same:
        last = (-(-length // stride) - 1) * stride + (taps - 1) * dilation + 1  # where the last window ends
        padding = max(0, last - length) // 2
    return Window(taps=taps, stride=stride, dilation=dilation, padding=padding)


def cut(array: np.ndarray, rows: np.ndarray, columns: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The cells of an array ``(H, W, C)`` in these rows ``(h,)`` and columns ``(w,)``, which may lie outside it.

    Returns:
        The patch, float64 ``(h, w, C)`` with zeros outside, and bool ``(h, w)``: which of its cells are inside.
    """
    height, width = array.shape[:2]
    inside = ((rows >= 0) & (rows < height))[:, None] & ((columns >= 0) & (columns < width))
    patch = array[np.ix_(rows.clip(0, height - 1), columns.clip(0, width - 1))]
    return np.where(inside[..., None], patch, 0.0).astype(np.float64), inside
