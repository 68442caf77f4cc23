"""Evaluations are computed once, kept, read back, and made again when something changed."""

import json
import os

import keras
import numpy as np
import pytest

from digitcore.datasets.evaluation_data import EvaluationSet
from digitcore.errors import DataError, ModelError
from digitcore.evaluation import store
from digitcore.evaluation.intervals import bootstrap_intervals
from digitcore.evaluation.metrics import metrics_of
from digitcore.networks import predict, registry

#: Keras with NumPy 2, at every weight that it reads.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")


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


def save(model, path):
    """Save a model, and find it."""
    model.save(path)
    return registry.find(path.stem)


def file_of(entry, data):
    """The figures' file."""
    return store.place(entry, data, ".json")


def test_evaluate(entry, data):
    """The probabilities are the network's, and the figures theirs."""
    steps = []
    found = store.evaluate(entry, data, progress=lambda done, total: steps.append((done, total)))
    expected = registry.load_model("small")(data.images[..., None].astype(np.float32) / 255).numpy()
    np.testing.assert_allclose(found.probabilities, expected, atol=1e-5)
    assert found.metrics == metrics_of(data.labels, found.probabilities)
    assert found.intervals == bootstrap_intervals(data.labels, found.probabilities)
    assert found.metrics.left_out == 1
    assert (found.answers == found.probabilities.argmax(axis=1)).all()
    assert len(found.correct) == 59
    assert found.correct.mean() == found.metrics.accuracy
    assert 0 < found.latency_one_ms < 1000
    assert 0 < found.latency_batch_ms_per_image < found.latency_one_ms
    assert steps[-1] == (60, 60)


def test_read_back(entry, data):
    """What is read back is what was computed, by whatever name the model and the set now have."""
    assert store.stored(entry, data) is None
    first = store.evaluate(entry, data)
    renamed = EvaluationSet(name="new name", images=data.images, labels=data.labels)
    found = store.stored(entry, renamed)
    assert (found.metrics, found.intervals, found.data) == (first.metrics, first.intervals, "new name")
    assert (found.latency_one_ms, found.model_sha256) == (first.latency_one_ms, first.model_sha256)
    assert (found.probabilities == first.probabilities).all()
    assert (found.labels == data.labels).all()


def test_another_model_or_set(entry, data, models_dir, small_model_file):
    """A changed file of a model, or other images, have no evaluation yet."""
    store.evaluate(entry, data)
    part = EvaluationSet(name="part", images=data.images[:5], labels=data.labels[:5])
    assert store.stored(entry, part) is None
    save(keras.Sequential([keras.Input((28, 28, 1)), keras.layers.Flatten(), keras.layers.Dense(10, "softmax")]), entry.path)
    assert store.stored(registry.find("small"), data) is None


def test_same_file_under_another_name(entry, data, models_dir, small_model_file):
    """A copy of a model is evaluated already."""
    store.evaluate(entry, data)
    (models_dir / "copy.keras").write_bytes(small_model_file)
    assert store.stored(registry.find("copy"), data).model == "copy"


def test_file_is_hashed_once(entry, monkeypatch):
    """The model's file is read again only when it has changed."""
    expected, times = store.model_sha256(entry), entry.path.stat().st_mtime_ns
    monkeypatch.setattr(store.files, "sha256_of", lambda path: "changed")
    assert store.model_sha256(entry) == expected
    os.utime(entry.path, ns=(times + 10**9, times + 10**9))
    assert store.model_sha256(entry) == "changed"


@pytest.mark.parametrize(
    "content", ["", "{", "[]", "null", '{"format": 1}', '{"format": 0}', "\xff", '{"format": 1, "metrics": 3}']
)
def test_damaged_figures(entry, data, content):
    """Figures that cannot be read, or are of another format, are as good as none, and computing them again mends it."""
    store.evaluate(entry, data)
    file_of(entry, data).write_bytes(content.encode("latin-1"))
    assert store.stored(entry, data) is None
    store.evaluate(entry, data)
    assert store.stored(entry, data) is not None


def test_damaged_arrays(entry, data):
    """Arrays that cannot be read are an error that says so once; the next look finds nothing to read."""
    store.evaluate(entry, data)
    file = file_of(entry, data).with_suffix(".npz")
    file.write_bytes(file.read_bytes()[:100])
    found = store.stored(entry, data)
    with pytest.raises(DataError, match="damaged"):
        _ = found.probabilities
    assert store.stored(entry, data) is None


def test_figures_are_read_without_the_arrays(entry, data):
    """Reading an evaluation back opens the small file alone."""
    store.evaluate(entry, data)
    file_of(entry, data).with_suffix(".npz").write_bytes(b"")
    assert store.stored(entry, data).metrics.count == 59


def test_figures_are_plain_json(entry, data):
    """What is not defined is null in the file, so that any reader takes it."""
    one = EvaluationSet(name="one", images=data.images[:1], labels=data.labels[:1])
    found = store.evaluate(entry, one)
    assert json.loads(file_of(entry, one).read_text())["metrics"]["roc_auc"] is None
    assert store.stored(entry, one).metrics == found.metrics


def test_no_labels(entry, data):
    """Without labels the answers are kept, and the figures are none."""
    unlabelled = EvaluationSet(name="unlabelled", images=data.images[:4], labels=np.full(4, -1))
    found = store.evaluate(entry, unlabelled)
    assert (found.metrics.count, found.metrics.accuracy, found.intervals) == (0, None, {})
    assert found.answers.shape == (4,)


def test_empty_set(entry):
    """A set without images is an error."""
    with pytest.raises(DataError, match="no images"):
        store.evaluate(entry, EvaluationSet(name="none", images=np.empty((0, 28, 28), np.uint8), labels=np.empty(0, int)))


def test_no_probabilities(models_dir, data):
    """A model without a softmax is refused with what its outputs are."""
    model = keras.Sequential([keras.Input((28, 28, 1)), keras.layers.Flatten(), keras.layers.Dense(10)])
    with pytest.raises(ModelError, match=r"outputs are no probabilities.*softmax"):
        store.evaluate(save(model, models_dir / "logits.keras"), data)


def test_no_numbers(models_dir, data):
    """A model whose weights are not numbers is refused."""
    model = keras.Sequential([keras.Input((28, 28, 1)), keras.layers.Flatten(), keras.layers.Dense(10, "softmax")])
    model.layers[-1].kernel.assign(np.full((784, 10), np.nan))
    with pytest.raises(ModelError, match="no probabilities"):
        store.evaluate(save(model, models_dir / "nan.keras"), data)


def test_another_shape(models_dir, data):
    """A model for other images is refused with both shapes."""
    model = keras.Sequential([keras.Input((32, 32, 1)), keras.layers.Flatten(), keras.layers.Dense(10, "softmax")])
    with pytest.raises(ModelError, match=r"\(None, 32, 32, 1\).*\(None, 28, 28, 1\)"):
        store.evaluate(save(model, models_dir / "large.keras"), data)


def test_file_that_is_gone(entry, data):
    """A model whose file is gone meanwhile has no stored evaluation, without a crash."""
    store.evaluate(entry, data)
    entry.path.unlink()
    assert store.stored(entry, data) is None


def test_file_that_changes_meanwhile(entry, data, monkeypatch):
    """A model that is replaced while it is evaluated keeps no figures of a mixture."""

    def replace(*_):
        entry.path.write_bytes(entry.path.read_bytes() + b" ")
        return np.full((60, 10), 0.1, np.float32), None

    monkeypatch.setattr(store, "read", replace)
    with pytest.raises(ModelError, match="changed while"):
        store.evaluate(entry, data)
    assert store.stored(registry.find("small"), data) is None


def test_batches(entry, data):
    """Reading batch by batch gives what reading at once does, and the time of whole batches."""
    recogniser = predict.load(entry)
    images = np.resize(data.images, (predict.BATCH_SIZE + 20, 28, 28))
    probabilities, seconds = predict.read(recogniser, images)
    np.testing.assert_allclose(probabilities, recogniser.probabilities(images.astype(np.float32) / 255), atol=1e-6)
    assert seconds > 0
    assert predict.read(recogniser, data.images)[1] is None
