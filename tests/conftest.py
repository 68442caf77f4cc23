"""What the tests share."""

import pytest

from digitcore.datasets import dataset, mnist


@pytest.fixture(scope="session")
def sample() -> dataset.Dataset:
    """The 5,000-image sample of MNIST; it needs no network."""
    return mnist.load_sample()
