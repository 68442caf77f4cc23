"""What the tests share."""

import pytest

from digitcore.datasets import mnist


@pytest.fixture(scope="session")
def sample() -> mnist.Dataset:
    """The 5,000-image sample of MNIST; it needs no network."""
    return mnist.load_sample()
