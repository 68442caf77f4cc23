"""A model is evaluated: its probabilities, the figures, and what is refused."""

import keras
import numpy as np
import pytest

from digitcore.datasets.evaluation_data import EvaluationSet
from digitcore.errors import DataError, ModelError
from digitcore.evaluation import evaluate as evaluate_module
from digitcore.evaluation import store
from digitcore.evaluation.evaluate import evaluate, evaluate_model
from digitcore.evaluation.intervals import confidence_intervals
from digitcore.evaluation.metrics import metrics_of
from digitcore.networks import registry

#: Keras with NumPy 2, at every weight that it reads.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")


def save(model, path):
    """Save a model, and find it."""
    model.save(path)
    return registry.find(path.stem)


def test_evaluate(entry, data):
    """The probabilities are the network's, and the figures theirs."""
    steps = []
    found = evaluate(entry, data, progress=lambda done, total: steps.append((done, total)))
    expected = registry.load_model("small")(data.images[..., None].astype(np.float32) / 255).numpy()
    np.testing.assert_allclose(found.probabilities, expected, atol=1e-5)
    assert found.metrics == metrics_of(data.labels, found.probabilities)
    assert found.intervals == confidence_intervals(data.labels, found.probabilities)
    assert found.metrics.left_out == 1
    assert (found.predictions == found.probabilities.argmax(axis=1)).all()
    assert len(found.correct) == 59
    assert found.correct.mean() == found.metrics.accuracy
    assert steps[-1] == (60, 60)


def test_no_labels(entry, data):
    """Without labels the answers are kept, and the figures are none."""
    unlabelled = EvaluationSet(name="unlabelled", images=data.images[:4], labels=np.full(4, -1))
    found = evaluate(entry, unlabelled)
    assert (found.metrics.count, found.metrics.accuracy, found.intervals) == (0, None, {})
    assert found.predictions.shape == (4,)


def test_empty_set(entry):
    """A set without images is an error."""
    with pytest.raises(DataError, match="no images"):
        evaluate(entry, EvaluationSet(name="none", images=np.empty((0, 28, 28), np.uint8), labels=np.empty(0, int)))


def test_no_probabilities(models_dir, data):
    """A model without a softmax is refused with what its outputs are."""
    model = keras.Sequential([keras.Input((28, 28, 1)), keras.layers.Flatten(), keras.layers.Dense(10)])
    with pytest.raises(ModelError, match=r"outputs are not probabilities.*softmax"):
        evaluate(save(model, models_dir / "logits.keras"), data)


def test_no_numbers(models_dir, data):
    """A model whose weights are not numbers is refused."""
    model = keras.Sequential([keras.Input((28, 28, 1)), keras.layers.Flatten(), keras.layers.Dense(10, "softmax")])
    model.layers[-1].kernel.assign(np.full((784, 10), np.nan))
    with pytest.raises(ModelError, match="not probabilities"):
        evaluate(save(model, models_dir / "nan.keras"), data)


def test_another_shape(models_dir, data):
    """A model for other images is refused with both shapes."""
    model = keras.Sequential([keras.Input((32, 32, 1)), keras.layers.Flatten(), keras.layers.Dense(10, "softmax")])
    with pytest.raises(ModelError, match=r"\(None, 32, 32, 1\).*\(None, 28, 28, 1\)"):
        evaluate(save(model, models_dir / "large.keras"), data)


def test_file_that_changes_meanwhile(entry, data, monkeypatch):
    """A model that is replaced while it is evaluated keeps no figures of a mixture."""

    def replace(*_):
        entry.path.write_bytes(entry.path.read_bytes() + b" ")
        return np.full((60, 10), 0.1, np.float32)

    monkeypatch.setattr(evaluate_module.predict, "predict", replace)
    with pytest.raises(ModelError, match="changed while"):
        evaluate(entry, data)
    assert store.stored(registry.find("small"), data) is None


def test_stored_and_in_memory_are_measured_alike(entry, data):
    """A network in memory, as training has it, gets the metrics that the same network gets as a saved model."""
    metrics = evaluate_model(registry.load_model("small"), data.images, data.labels)
    stored = evaluate(entry, data).metrics
    assert (metrics.count, metrics.accuracy, metrics.left_out) == (stored.count, stored.accuracy, 1)
    assert metrics.loss == pytest.approx(stored.loss, abs=1e-6)


def test_in_memory_outputs_must_be_probabilities(data):
    """A network in memory without a softmax is refused as a saved one is."""
    model = keras.Sequential([keras.Input((28, 28, 1)), keras.layers.Flatten(), keras.layers.Dense(10)])
    with pytest.raises(ModelError, match="outputs are not probabilities"):
        evaluate_model(model, data.images, data.labels)
