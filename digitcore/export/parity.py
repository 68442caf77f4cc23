"""Proof that an exported file gives the probabilities that Keras gives."""

import numpy as np

from digitcore.errors import ExportError

#: The largest difference from Keras, of probabilities 0-1, that rounding may make.
TOLERANCE = 1e-4
#: How many test images are compared.
TEST_IMAGES = 200


def largest_difference(outputs: np.ndarray, expected: np.ndarray) -> float:
    """The largest absolute difference of two arrays of probabilities ``(N, 10)``; NaN where one holds NaN.

    Raises:
        ExportError: their shapes differ.
    """
    if outputs.shape != expected.shape:
        raise ExportError(f"The exported model's output has the shape {outputs.shape}; expected {expected.shape}.")
    return float(np.abs(outputs - expected).max())
