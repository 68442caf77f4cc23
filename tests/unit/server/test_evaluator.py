"""Evaluations in the background."""

import threading
from types import SimpleNamespace

import numpy as np
import pytest

from digitcore.datasets.evaluation_data import EvaluationSet
from digitcore.errors import ModelError
from digitcore.evaluation import store
from digitcore.evaluation.evaluate import evaluate
from digitcore.networks import registry
from server import evaluator as module
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
        progress(4, 4)
        if entry.name in self.errors:
            raise self.errors[entry.name]


@pytest.fixture
def evaluator_of():
    """Makes evaluators, and closes them after the test."""
    made = []

    def make(work, **options):
        made.append(Evaluator(work, **{"turn": threading.Lock(), **options}))
        return made[-1]

    yield make
    for evaluator in made:
        if isinstance(evaluator._compute, Work):
            evaluator._compute.go_on.set()
        evaluator.close()


def test_for_real(models, evaluator_of):
    """What is requested is found on disk afterwards."""
    evaluator = evaluator_of(evaluate)
    evaluator.request(["a"], DATA)
    evaluator.wait()
    assert evaluator.errors(DATA) == {}
    assert store.stored(registry.find("a"), DATA).metrics.count == 3


def test_one_at_a_time_in_order(models, evaluator_of):
    """Models wait their turn, the share done of each can be seen, and what is requested twice is done once."""
    work = Work()
    evaluator = evaluator_of(work)
    evaluator.request(["b", "a"], DATA)
    assert work.began.wait(10)
    evaluator.request(["a", "b", "c"], DATA)
    assert evaluator.progress(DATA) == {"b": 0.25, "a": 0, "c": 0}
    work.go_on.set()
    evaluator.wait()
    assert work.done == [("b", "blank"), ("a", "blank"), ("c", "blank")]
    assert evaluator.progress(DATA) == {}


def test_sets_are_told_apart(models, evaluator_of):
    """Progress and errors belong to their set."""
    work = Work(a=ModelError("No."))
    evaluator = evaluator_of(work)
    evaluator.request(["a"], DATA)
    evaluator.request(["b"], OTHER)
    assert (list(evaluator.progress(DATA)), list(evaluator.progress(OTHER))) == (["a"], ["b"])
    work.go_on.set()
    evaluator.wait()
    assert (evaluator.errors(DATA), evaluator.errors(OTHER)) == ({"a": "No."}, {})


def test_failures_stay_with_their_model(models, evaluator_of):
    """One model's error, expected or not, is kept as a sentence and the next model is done."""
    work = Work(a=ModelError("It is of clay."), b=MemoryError())
    work.go_on.set()
    evaluator = evaluator_of(work)
    evaluator.request(["a", "b", "c", "broken", "gone"], DATA)
    evaluator.wait()
    errors = evaluator.errors(DATA)
    assert errors["a"] == "It is of clay."
    assert errors["b"] == "The model 'b' could not be evaluated: MemoryError"
    assert "broken.keras" in errors["broken"]
    assert "'gone' no longer exists" in errors["gone"]
    assert work.done[-1] == ("c", "blank")


def test_failed_again_only_when_changed(models, small_model_file, evaluator_of):
    """A model that failed is left alone until its file changes; then its error is gone."""
    work = Work(a=ModelError("No."))
    work.go_on.set()
    evaluator = evaluator_of(work)
    for _ in range(3):
        evaluator.request(["a", "broken"], DATA)
        evaluator.wait()
    assert len(work.done) == 1
    work.errors.clear()
    for name in ("a", "broken"):
        (models / f"{name}.keras").write_bytes(small_model_file + b" ")
    evaluator.request(["a"], DATA)
    evaluator.wait()
    assert len(work.done) == 2
    assert "a" not in evaluator.errors(DATA)


def test_nothing_requested(evaluator_of):
    """Requesting nothing starts nothing."""
    before = threading.active_count()
    evaluator = evaluator_of(Work())
    evaluator.request([], DATA)
    evaluator.wait()
    assert threading.active_count() == before


def test_tried_again_on_request(models, evaluator_of):
    """``retry`` evaluates a model that failed again, and its error is gone when that succeeds."""
    work = Work(a=ModelError("No."))
    work.go_on.set()
    evaluator = evaluator_of(work)
    evaluator.request(["a"], DATA)
    evaluator.wait()
    work.errors.clear()
    evaluator.request(["a"], DATA)
    evaluator.wait()
    assert (len(work.done), evaluator.errors(DATA)) == (1, {"a": "No."})
    evaluator.retry(["a"], DATA)
    evaluator.wait()
    assert (len(work.done), evaluator.errors(DATA)) == (2, {})


@pytest.mark.parametrize("error", [OSError("disk full"), MemoryError()])
def test_tried_again_by_itself(models, evaluator_of, monkeypatch, error):
    """After a failure of the disk or the memory, a request a minute later tries again; an earlier one does not."""
    work, now = Work(a=error), [100.0]
    work.go_on.set()
    monkeypatch.setattr(module, "time", SimpleNamespace(monotonic=lambda: now[0]))
    evaluator = evaluator_of(work)
    for seconds, tries in ((0, 1), (59, 1), (2, 2)):
        now[0] += seconds
        evaluator.request(["a"], DATA)
        evaluator.wait()
        assert len(work.done) == tries


def test_a_wrapped_disk_error_is_tried_again_too(models, evaluator_of, monkeypatch):
    """A sentence whose cause is the disk counts as a failure of the disk."""
    error = ModelError("It cannot be kept.")
    error.__cause__ = OSError("disk full")
    work = Work(a=error)
    work.go_on.set()
    monkeypatch.setattr(module, "RETRY_SECONDS", 0)
    evaluator = evaluator_of(work)
    for _ in range(2):
        evaluator.request(["a"], DATA)
        evaluator.wait()
    assert len(work.done) == 2


def test_close_ends_after_the_current_model(models):
    """``close`` joins the thread after the model that is being evaluated; the next one is not begun."""
    work = Work()
    evaluator = Evaluator(work, turn=threading.Lock())
    evaluator.request(["a", "b"], DATA)
    assert work.began.wait(10)
    closing = threading.Thread(target=evaluator.close)
    closing.start()
    assert evaluator._closed.wait(10)
    work.go_on.set()
    closing.join(10)
    assert not evaluator._thread.is_alive()
    assert work.done == [("a", "blank")]


def test_nothing_after_close(models):
    """A closed evaluator accepts nothing, and nobody waits for it for ever."""
    evaluator = Evaluator(Work(), turn=threading.Lock())
    evaluator.close()
    evaluator.request(["a"], DATA)
    evaluator.wait()
    assert evaluator.progress(DATA) == {}


def test_evaluators_that_share_a_turn(models, evaluator_of):
    """Two evaluators with one lock never compute at the same time."""
    turn, first, second = threading.Lock(), Work(), Work()
    evaluator_of(first, turn=turn).request(["a"], DATA)
    assert first.began.wait(10)
    waiting = evaluator_of(second, turn=turn)
    waiting.request(["b"], DATA)
    assert not second.began.wait(0.2)
    first.go_on.set()
    second.go_on.set()
    waiting.wait()
    assert second.done == [("b", "blank")]


def test_waits_until_it_may_start(models, evaluator_of, monkeypatch):
    """While it may not start, a task waits; then it is done."""
    monkeypatch.setattr(module, "POLL_SECONDS", 0.01)
    asked, allowed, work = threading.Event(), threading.Event(), Work()
    work.go_on.set()

    def may_start():
        asked.set()
        return allowed.is_set()

    evaluator = evaluator_of(work, may_start=may_start)
    evaluator.request(["a"], DATA)
    assert asked.wait(10)
    assert (evaluator.progress(DATA), work.done) == ({"a": 0.0}, [])
    allowed.set()
    evaluator.wait()
    assert work.done == [("a", "blank")]


def test_failures_are_logged(models, evaluator_of, caplog):
    """A failure that nobody expected is in the server's log with its traceback."""
    work = Work(a=ZeroDivisionError())
    work.go_on.set()
    evaluator = evaluator_of(work)
    evaluator.request(["a"], DATA)
    evaluator.wait()
    assert "The evaluation of a on blank failed." in caplog.text
    assert "ZeroDivisionError" in caplog.text
