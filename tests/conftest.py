"""What the tests share."""

import pytest

from digitcore import data


@pytest.fixture(scope="session")
def sample() -> data.Dataset:
    """The 5,000-image sample of MNIST; it needs no network."""
    return data.load_sample()
