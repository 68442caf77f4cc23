"""Requests are obeyed at once, and a loss that is not a number ends the run."""

import shutil
from dataclasses import replace

import numpy as np
import pytest

from digitcore.errors import RunError, TrainingError
from digitcore.networks import registry
from digitcore.runs.registry import create_run, list_runs
from digitcore.runs.state import Status
from digitcore.training import train as training
from digitcore.training.callbacks.stop_on_request import STOPPED_IN_FIRST_EPOCH
from tests.unit.short_training import CONFIG, At, add_callback, run_of, train

#: Keras with NumPy 2, at every weight that it reads.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")


def asking(monkeypatch, moment, *requests):
    """Have somebody ask for something at that moment."""

    def ask(_):
        for request in requests:
            run_of().request(request)

    add_callback(monkeypatch, At(moment, ask), first=True)


@pytest.mark.parametrize("moment", [("train_batch_end", 0, 0), ("train_batch_end", 0, 1), ("test_begin", 0)])
def test_stop_in_the_first_epoch(monkeypatch, moment):
    """A run that is stopped in its first epoch ends that epoch at once and keeps what it has."""
    asking(monkeypatch, moment, "stop")
    result = train(CONFIG)
    state = run_of().state()
    assert (state.status, state.stopped, state.epoch, state.best_epoch) == (Status.FINISHED, True, 1, 1)
    whole = moment[0] == "test_begin"
    assert state.events == ((1, "Stopped on request; the best was epoch 1." if whole else STOPPED_IN_FIRST_EPOCH),)
    assert result.card["epochs_trained"] == 1
    last = run_of().progress()[-1]["epoch"]
    assert last == (1 if moment[0] == "test_begin" else pytest.approx((moment[2] + 1) / 3, rel=1e-4))
    assert registry.exists("tiny")


@pytest.mark.parametrize("moment", [("train_batch_end", 2, 0), ("test_begin", 2)])
def test_stop_in_a_later_epoch(monkeypatch, moment):
    """A run that is stopped in a later epoch keeps the best of the finished ones."""
    asking(monkeypatch, moment, "stop")
    result = train(CONFIG)
    state = run_of().state()
    assert (state.status, state.stopped, state.epoch) == (Status.FINISHED, True, 2)
    assert [row["epoch"] for row in run_of().history()] == [1, 2]
    assert result.card["best_epoch"] == state.best_epoch
    assert state.events == ((2, f"Stopped on request; the best was epoch {state.best_epoch}."),)


def test_stop_after_the_last_epoch(monkeypatch):
    """A request that comes when training has ended changes nothing that was trained."""
    asking(monkeypatch, ("epoch_end", 1), "stop")
    assert train(replace(CONFIG, epochs=2)).card["epochs_trained"] == 2


@pytest.mark.parametrize(
    ("moment", "requests"),
    [
        (("train_batch_end", 0, 0), ("stop", "cancel")),
        (("train_batch_end", 1, 1), ("cancel",)),
        (("test_begin", 1), ("cancel",)),
        (("epoch_end", 1), ("stop", "cancel")),
    ],
)
def test_cancel(monkeypatch, moment, requests):
    """A cancelled run is discarded, also where somebody wants it stopped at the same time: no model, no networks."""
    asking(monkeypatch, moment, *requests)
    with pytest.raises(RunError, match="was cancelled; its networks are discarded"):
        train(CONFIG)
    run = run_of()
    assert (run.state().status, run.state().error) == (Status.CANCELLED, None)
    assert registry.list_models() == []
    assert run.epochs_kept() == []
    assert not list(run.folder.rglob("*.keras"))
    assert not run.can_resume


def test_cancel_while_measuring(monkeypatch):
    """A run that is cancelled before its model is saved saves none."""
    measure = training.evaluate_model

    def cancel(*arguments):
        run_of().request("cancel")
        return measure(*arguments)

    monkeypatch.setattr(training, "evaluate_model", cancel)
    with pytest.raises(RunError, match="was cancelled"):
        train(replace(CONFIG, epochs=1))
    assert registry.list_models() == []
    assert run_of().state().status == Status.CANCELLED


def test_cancel_before_the_worker_is_there(monkeypatch):
    """A run that is cancelled after its worker was started trains nothing."""
    run = create_run(CONFIG)
    run.request("cancel")
    batches = []
    add_callback(monkeypatch, At(("train_batch_end", 0, 1), batches.append))
    with pytest.raises(RunError, match="cancelled"):
        training.train(run.config, run.folder)
    assert not batches
    assert run.state().status == Status.CANCELLED


def test_interrupted_by_hand(monkeypatch):
    """Ctrl-C leaves a run that can be resumed."""

    def press(_):
        raise KeyboardInterrupt

    add_callback(monkeypatch, At(("train_batch_end", 1, 0), press))
    with pytest.raises(KeyboardInterrupt):
        train(CONFIG)
    assert run_of().state().status == Status.INTERRUPTED
    assert run_of().can_resume


def test_diverging(monkeypatch):
    """A loss that is not a number ends the run with a sentence that names rate and epoch, and leaves no networks."""

    def spoil(callback):
        callback.model.set_weights([np.full_like(weights, np.nan) for weights in callback.model.get_weights()])

    add_callback(monkeypatch, At(("epoch_end", 0), spoil))
    with pytest.raises(
        TrainingError, match=r"no longer a finite number in epoch 2: the learning rate 0\.01 is probably too high\. Try a tenth"
    ):
        train(CONFIG)
    run = run_of()
    assert run.state().status == Status.FAILED
    assert "learning rate 0.01" in run.state().error
    assert not list(run.folder.rglob("*.keras"))
    assert not run.can_resume
    assert registry.list_models() == []


@pytest.mark.parametrize("epoch", [0, 1])
def test_diverging_in_the_last_step_of_an_epoch(monkeypatch, epoch):
    """Where the last step of an epoch spoils the network, that network is not the best and no model of nothing is saved."""

    def spoil(callback):
        callback.model.set_weights([np.full_like(weights, np.nan) for weights in callback.model.get_weights()])

    add_callback(monkeypatch, At(("train_batch_end", epoch, 2), spoil), first=True)
    with pytest.raises(TrainingError, match=f"in epoch {epoch + 1}: the learning rate 0.01 is probably too high"):
        train(replace(CONFIG, epochs=epoch + 1))
    assert registry.list_models() == []


def test_a_folder_deleted_by_hand_is_not_brought_back(monkeypatch):
    """A run whose folder was deleted while it ran fails, and does not leave half a folder behind."""
    add_callback(monkeypatch, At(("train_batch_end", 1, 0), lambda _: shutil.rmtree(run_of().folder)))
    with pytest.raises(TrainingError):
        train(CONFIG)
    assert list_runs() == []
    assert registry.list_models() == []
