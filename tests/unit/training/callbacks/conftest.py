"""What the tests of callbacks share."""

import pytest

from digitcore.datasets import mnist
from tests.unit.short_training import few


@pytest.fixture(autouse=True)
def few_images(sample, monkeypatch, models_dir):
    """Reading the sample takes a second; once is enough."""
    small = few(sample)
    monkeypatch.setattr(mnist, "load_sample", lambda: small)
