"""What the tests of evaluations measure: a small model, and digits from the sample."""

import numpy as np
import pytest

from digitcore.datasets.evaluation_data import EvaluationSet
from digitcore.networks import registry


@pytest.fixture
def entry(models_dir, small_model_file):
    """A model with random weights."""
    (models_dir / "small.keras").write_bytes(small_model_file)
    return registry.find("small")


@pytest.fixture(scope="module")
def data(sample):
    """Some digits, one without a label."""
    labels = sample.y_test[:60].astype(np.int8)
    labels[7] = -1
    return EvaluationSet(name="sixty", images=sample.x_test[:60], labels=labels)
