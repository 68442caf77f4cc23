"""Evaluations in the background."""

import threading

import numpy as np
import pytest

from digitcore.datasets.evaluation_data import EvaluationSet
from digitcore.errors import ModelError
from digitcore.evaluation import store
from digitcore.networks import registry
from server.evaluator import Evaluator

#: Keras with NumPy 2, at every weight that it reads.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")

DATA = EvaluationSet(name="blank", images=np.zeros((3, 28, 28), np.uint8), labels=np.array([0, 1, 2]))
OTHER = EvaluationSet(name="other", images=np.zeros((2, 28, 28), np.uint8), labels=np.array([0, 1]))


@pytest.fixture
def models(models_dir, small_model_file):
    """Three models and a broken one."""
    for name in ("a", "b", "c"):
        (models_dir / f"{name}.keras").write_bytes(small_model_file)
    (models_dir / "broken.keras").write_bytes(small_model_file[:100])
    return models_dir


class Work:
    """Stands in for an evaluation: waits to be let go on, and fails for some models."""

    def __init__(self, **errors):
        self.done, self.errors = [], errors
        self.began, self.go_on = threading.Event(), threading.Event()

    def __call__(self, entry, data, *, progress):
        progress(1, 4)
        self.began.set()
        assert self.go_on.wait(10)
        self.done.append((entry.name, data.name))
        if entry.name in self.errors:
            raise self.errors[entry.name]


def test_for_real(models):
    """What is asked for is found on disk afterwards."""
    evaluator = Evaluator()
    evaluator.ask(["a"], DATA)
    evaluator.wait()
    assert evaluator.errors(DATA) == {}
    assert store.stored(registry.find("a"), DATA).metrics.count == 3


def test_one_at_a_time_in_order(models):
    """Models wait their turn, the share done of each can be seen, and what is asked for twice is done once."""
    work = Work()
    evaluator = Evaluator(work)
    evaluator.ask(["b", "a"], DATA)
    assert work.began.wait(10)
    evaluator.ask(["a", "b", "c"], DATA)
    assert evaluator.progress(DATA) == {"b": 0.25, "a": 0, "c": 0}
    work.go_on.set()
    evaluator.wait()
    assert work.done == [("b", "blank"), ("a", "blank"), ("c", "blank")]
    assert evaluator.progress(DATA) == {}


def test_sets_are_told_apart(models):
    """Progress and errors are those of the set asked about."""
    work = Work(a=ModelError("No."))
    evaluator = Evaluator(work)
    evaluator.ask(["a"], DATA)
    evaluator.ask(["b"], OTHER)
    assert (list(evaluator.progress(DATA)), list(evaluator.progress(OTHER))) == (["a"], ["b"])
    work.go_on.set()
    evaluator.wait()
    assert (evaluator.errors(DATA), evaluator.errors(OTHER)) == ({"a": "No."}, {})


def test_failures_stay_with_their_model(models):
    """One model's error, expected or not, is kept as a sentence and the next model is done."""
    work = Work(a=ModelError("It is of clay."), b=MemoryError())
    work.go_on.set()
    evaluator = Evaluator(work)
    evaluator.ask(["a", "b", "c", "broken", "gone"], DATA)
    evaluator.wait()
    errors = evaluator.errors(DATA)
    assert errors["a"] == "It is of clay."
    assert errors["b"] == "The model 'b' could not be evaluated: MemoryError"
    assert "broken.keras" in errors["broken"]
    assert "no model 'gone'" in errors["gone"]
    assert work.done[-1] == ("c", "blank")


def test_failed_again_only_when_changed(models, small_model_file):
    """A model that failed is left alone until its file changes; then its error is gone."""
    work = Work(a=ModelError("No."))
    work.go_on.set()
    evaluator = Evaluator(work)
    for _ in range(3):
        evaluator.ask(["a", "broken"], DATA)
        evaluator.wait()
    assert len(work.done) == 1
    work.errors.clear()
    for name in ("a", "broken"):
        (models / f"{name}.keras").write_bytes(small_model_file + b" ")
    evaluator.ask(["a"], DATA)
    evaluator.wait()
    assert len(work.done) == 2
    assert "a" not in evaluator.errors(DATA)


def test_nothing_asked():
    """Asking for nothing starts nothing."""
    before = threading.active_count()
    evaluator = Evaluator(Work())
    evaluator.ask([], DATA)
    evaluator.wait()
    assert threading.active_count() == before
