"""A data set of MNIST's form."""

import numpy as np

from digitcore.datasets.mnist_sources import to_idx


def tiny_mnist(seed=0):
    """Its four raw files: 300 training and 50 test images."""
    generator = np.random.default_rng(seed)
    return {
        "train-images-idx3-ubyte": to_idx(generator.integers(0, 4, (300, 28, 28), dtype=np.uint8)),
        "train-labels-idx1-ubyte": to_idx(np.arange(300, dtype=np.uint8) % 10),
        "t10k-images-idx3-ubyte": to_idx(generator.integers(0, 4, (50, 28, 28), dtype=np.uint8)),
        "t10k-labels-idx1-ubyte": to_idx(np.arange(50, dtype=np.uint8) % 10),
    }
