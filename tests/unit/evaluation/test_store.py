"""Evaluations are kept, read back, and computed again when something has changed."""

import json
import os

import keras
import pytest

from digitcore.datasets.evaluation_data import EvaluationSet
from digitcore.errors import DataError
from digitcore.evaluation import store
from digitcore.evaluation.evaluate import evaluate
from digitcore.networks import registry

#: Keras with NumPy 2, at every weight that it reads.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")


def file_of(entry, data):
    """The figures' file."""
    return store.place(entry, data, ".json")


def test_read_back(entry, data):
    """What is read back is what was computed, by whatever name the model and the set now have."""
    assert store.stored(entry, data) is None
    first = evaluate(entry, data)
    renamed = EvaluationSet(name="new name", images=data.images, labels=data.labels)
    found = store.stored(entry, renamed)
    assert (found.metrics, found.intervals, found.data) == (first.metrics, first.intervals, "new name")
    assert (found.seconds, found.model_sha256) == (first.seconds, first.model_sha256)
    assert (found.probabilities == first.probabilities).all()
    assert (found.labels == data.labels).all()


def test_another_model_or_set(entry, data, models_dir, small_model_file):
    """A changed file of a model, or other images, have no evaluation yet."""
    evaluate(entry, data)
    part = EvaluationSet(name="part", images=data.images[:5], labels=data.labels[:5])
    assert store.stored(entry, part) is None
    keras.Sequential([keras.Input((28, 28, 1)), keras.layers.Flatten(), keras.layers.Dense(10, "softmax")]).save(entry.path)
    assert store.stored(registry.find("small"), data) is None


def test_same_file_under_another_name(entry, data, models_dir, small_model_file):
    """A copy of a model is evaluated already."""
    evaluate(entry, data)
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
    "content", ["", "{", "[]", "null", '{"format": 2}', '{"format": 1}', "\xff", '{"format": 2, "metrics": 3}']
)
def test_damaged_figures(entry, data, content):
    """Figures that cannot be read, or are of another format, are as good as none, and computing them again mends it."""
    evaluate(entry, data)
    file_of(entry, data).write_bytes(content.encode("latin-1"))
    assert store.stored(entry, data) is None
    evaluate(entry, data)
    assert store.stored(entry, data) is not None


def test_damaged_arrays(entry, data):
    """Arrays that cannot be read are an error that says so once; the next look finds nothing to read."""
    evaluate(entry, data)
    file = file_of(entry, data).with_suffix(".npz")
    file.write_bytes(file.read_bytes()[:100])
    found = store.stored(entry, data)
    with pytest.raises(DataError, match="damaged"):
        _ = found.probabilities
    assert store.stored(entry, data) is None


def test_figures_are_read_without_the_arrays(entry, data):
    """Reading an evaluation back opens the small file alone."""
    evaluate(entry, data)
    file_of(entry, data).with_suffix(".npz").write_bytes(b"")
    assert store.stored(entry, data).metrics.count == 59


def test_figures_are_plain_json(entry, data):
    """What is not defined is null in the file, so that any reader takes it."""
    one = EvaluationSet(name="one", images=data.images[:1], labels=data.labels[:1])
    found = evaluate(entry, one)
    assert json.loads(file_of(entry, one).read_text())["metrics"]["roc_auc"] is None
    assert store.stored(entry, one).metrics == found.metrics


def test_file_that_is_gone(entry, data):
    """A model whose file is gone meanwhile has no stored evaluation, without a crash."""
    evaluate(entry, data)
    entry.path.unlink()
    assert store.stored(entry, data) is None


def test_a_folder_that_cannot_be_written(entry, data, tmp_path):
    """Where the evaluation cannot be kept, one sentence says so."""
    (tmp_path / "evaluations").write_text("a file in place of the folder")
    with pytest.raises(DataError, match="The evaluation of 'small' cannot be saved: "):
        evaluate(entry, data)
