"""Verify that an exported file returns the same probabilities as Keras."""

import numpy as np

from digitcore.errors import ExportError

#: The largest difference from Keras's probabilities, 0-1, that is attributed to rounding.
TOLERANCE = 1e-4
#: The number of test images that are compared.
TEST_IMAGES = 200


def largest_difference(outputs: np.ndarray, expected: np.ndarray) -> float:
    """The largest absolute difference of two arrays of probabilities ``(N, 10)``; NaN if either contains NaN.

    Raises:
        ExportError: their shapes differ.
    """
    if outputs.shape != expected.shape:
        raise ExportError(f"The exported model's output has the shape {outputs.shape}; expected {expected.shape}.")
    return float(np.abs(outputs - expected).max())
