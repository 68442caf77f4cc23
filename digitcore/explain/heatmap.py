"""Heatmaps, which show the pixels that an answer depends on."""

from dataclasses import dataclass, field

import numpy as np
import tensorflow as tf

from digitcore.networks.architectures import INPUT_SHAPE


@dataclass(frozen=True, kw_only=True, eq=False)
class Heatmap:
    """How much each pixel contributes to the evidence for a digit.

    Attributes:
        digit: 0-9, the digit that is explained, whatever the network's own answer.
        score: what was explained: the digit's logit (Grad-CAM, saliency) or its probability (occlusion).
        values: float32 ``(28, 28)`` for display: ``raw`` divided by its largest magnitude, in 0-1, or -1 to 1 for a signed
            map; all zero where ``raw`` is.
        raw: float32, the map before scaling, at the size at which it was computed.
        layer: the layer that was explained, or None.
    """

    digit: int
    score: float
    values: np.ndarray = field(repr=False)
    raw: np.ndarray = field(repr=False)
    layer: str | None = None

    @property
    def peak(self) -> tuple[int, int]:
        """(row, column) of the pixel with the largest magnitude; (0, 0) where the map is all zero."""
        row, column = np.unravel_index(np.abs(self.values).argmax(), self.values.shape)
        return int(row), int(column)


def scaled(raw: np.ndarray) -> np.ndarray:
    """Divide a map ``(H, W)`` by its largest magnitude and resize it bilinearly to the image: float32 ``(28, 28)``."""
    largest = np.abs(raw).max()
    values = (raw / largest if largest > 0 else np.zeros_like(raw)).astype(np.float32)
    if values.shape == INPUT_SHAPE[:2]:
        return values
    return tf.image.resize(values[..., None], INPUT_SHAPE[:2], "bilinear").numpy()[..., 0]


def as_batch(image: np.ndarray) -> tf.Tensor:
    """An image ``(28, 28)`` as the networks' input: float32 ``(1, 28, 28, 1)``."""
    return tf.constant(np.asarray(image, np.float32)[None, ..., None])
