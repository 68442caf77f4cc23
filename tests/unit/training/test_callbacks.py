"""What happens while a network is trained: requests obeyed, progress told, callbacks explained, every epoch kept."""

import itertools
import json
import math
import shutil
from dataclasses import replace
from types import SimpleNamespace

import keras
import numpy as np
import pytest

from digitcore.datasets import mnist
from digitcore.errors import RunError, TrainingError
from digitcore.networks import registry
from digitcore.runs.registry import create_run, list_runs
from digitcore.runs.run import EPOCHS_DIR
from digitcore.runs.state import Status
from digitcore.training import train as training
from digitcore.training.callbacks import (
    CUT_SHORT,
    EPOCHS_KEPT,
    ROWS_PER_EPOCH,
    EpochKeeper,
    Narrator,
    ProgressLog,
    best_epoch,
    in_epochs,
)
from tests.unit.short_training import CONFIG, At, add_callback, few, run_of, train

#: Keras with NumPy 2, at every weight that it reads.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")


@pytest.fixture(autouse=True)
def few_images(sample, monkeypatch, models_dir):
    """Reading the sample takes a second; once is enough."""
    small = few(sample)
    monkeypatch.setattr(mnist, "load_sample", lambda: small)


def asking(monkeypatch, moment, *requests):
    """Have somebody ask for something at that moment."""

    def ask(_):
        for request in requests:
            run_of().request(request)

    add_callback(monkeypatch, At(moment, ask), first=True)


# Requests.


@pytest.mark.parametrize("moment", [("train_batch_end", 0, 0), ("train_batch_end", 0, 1), ("test_begin", 0)])
def test_stop_in_the_first_epoch(monkeypatch, moment):
    """A run that is stopped in its first epoch ends that epoch at once and keeps what it has."""
    asking(monkeypatch, moment, "stop")
    result = train(CONFIG)
    state = run_of().state()
    assert (state.status, state.stopped, state.epoch, state.best_epoch) == (Status.FINISHED, True, 1, 1)
    whole = moment[0] == "test_begin"
    assert state.events == ((1, "Stopped on request; the best was epoch 1." if whole else CUT_SHORT),)
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


# A loss that is not a number.


def test_diverging(monkeypatch):
    """A loss that is not a number ends the run with a sentence that names rate and epoch, and leaves no networks."""

    def spoil(callback):
        callback.model.set_weights([np.full_like(weights, np.nan) for weights in callback.model.get_weights()])

    add_callback(monkeypatch, At(("epoch_end", 0), spoil))
    with pytest.raises(
        TrainingError, match=r"not a number any more in epoch 2: the learning rate 0\.01 is too high\. Try a tenth"
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
    with pytest.raises(TrainingError, match=f"in epoch {epoch + 1}: the learning rate 0.01 is too high"):
        train(replace(CONFIG, epochs=epoch + 1))
    assert registry.list_models() == []


# Sentences.


def narrated(rate_before, rate_after, *, stopped=0, epoch=4, values=(3.0, 1.0, 2.0, 2.0), **changes):
    """What the narrator says of one epoch."""
    said = []
    config = replace(CONFIG, **{"schedule": "plateau", "learning_rate": 0.02, **changes})
    rows = [{config.monitor: value} for value in values]
    stopping = SimpleNamespace(stopped_epoch=stopped) if config.early_stopping_patience else None
    narrator = Narrator(config, rows, stopping, lambda *event: said.append(event))
    narrator.set_model(SimpleNamespace(optimizer=SimpleNamespace(learning_rate=rate_after)))
    narrator.on_epoch_end(epoch, {"learning_rate": rate_before, config.monitor: 2.0})
    return said


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, "The validation loss has not improved for 2 epochs: learning rate halved to 0.005."),
        ({"plateau_patience": 1}, "The validation loss has not improved for 1 epoch: learning rate halved to 0.005."),
        (
            {"monitor": "val_accuracy", "plateau_patience": 3},
            "The validation accuracy has not improved for 3 epochs: learning rate halved to 0.005.",
        ),
        (
            {"plateau_factor": 0.2},
            "The validation loss has not improved for 2 epochs: learning rate multiplied by 0.2 to 0.005.",
        ),
    ],
)
def test_plateau_sentence(changes, expected):
    """A falling rate is explained: by what, after how long, to what."""
    assert narrated(0.01, 0.005, **changes) == [(5, expected)]


def test_plateau_sentence_at_the_floor():
    """Where the rate stops at its floor it was not halved, and the sentence does not say so."""
    ((_, sentence),) = narrated(0.01, 0.008, plateau_min_rate=0.008)
    assert "halved" not in sentence
    assert "0.008" in sentence


@pytest.mark.parametrize("schedule", ["plateau", "one_cycle", "cosine", "constant"])
def test_nothing_to_say(schedule):
    """Nothing is said of an epoch in which nothing happened, nor of a rate that was planned to fall."""
    assert narrated(0.01, 0.01, schedule=schedule) == []
    if schedule != "plateau":
        assert narrated(0.01, 0.005, schedule=schedule) == []


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"early_stopping_patience": 3}, "Stopped: 3 epochs without improvement; the best was epoch 2."),
        ({"early_stopping_patience": 1}, "Stopped: 1 epoch without improvement; the best was epoch 2."),
        (
            {"early_stopping_patience": 4, "monitor": "val_accuracy"},
            "Stopped: 4 epochs without improvement; the best was epoch 1.",
        ),
    ],
)
def test_early_stopping_sentence(changes, expected):
    """An early end is explained: after how long, and which epoch was the best."""
    assert narrated(0.01, 0.01, stopped=4, **changes) == [(5, expected)]


def test_both_sentences():
    """Where the rate falls and training ends in the same epoch both are said, in that order."""
    said = narrated(0.01, 0.005, stopped=4)
    assert [sentence.split()[0] for _, sentence in said] == ["The", "Stopped:"]


@pytest.mark.parametrize("monitor", ["val_loss", "val_accuracy"])
def test_sentences_of_a_real_run(monitor):
    """In a real run that stalls the sentences come with the right epochs."""
    stalling = {"learning_rate": 1e-30, "plateau_patience": 1, "early_stopping_patience": 2, "early_stopping_min_delta": 1.0}
    config = replace(CONFIG, schedule="plateau", monitor=monitor, architecture="lenet", arguments={"filters": [2]}, **stalling)
    train(config)
    name = {"val_loss": "loss", "val_accuracy": "accuracy"}[monitor]
    best = run_of().state().best_epoch
    assert run_of().state().events == (
        (2, f"The validation {name} has not improved for 1 epoch: learning rate halved to 5e-31."),
        (3, f"The validation {name} has not improved for 1 epoch: learning rate halved to 2.5e-31."),
        (3, f"Stopped: 2 epochs without improvement; the best was epoch {best}."),
    )


@pytest.mark.parametrize(("count", "expected"), [(0, "0 epochs"), (1, "1 epoch"), (2, "2 epochs")])
def test_in_epochs(count, expected):
    """One epoch is singular."""
    assert in_epochs(count) == expected


@pytest.mark.parametrize(
    ("monitor", "values", "expected"),
    [
        ("val_loss", [3, 1, 2, 1], 2),
        ("val_accuracy", [0.5, 0.9, 0.7, 0.9], 2),
        ("val_loss", [1], 1),
        ("val_loss", [math.nan, 1], 2),
    ],
)
def test_best_epoch(monitor, values, expected):
    """The best epoch has the lowest loss or the highest accuracy; the earlier of equals, and never one without a number."""
    assert best_epoch([{monitor: value} for value in values], monitor) == expected


# Progress.


def progress_of(*, images, batch_size, epochs):
    """The epochs in ``progress.csv`` of a run that has that many images."""
    run = create_run(CONFIG)
    run.truncate_to([])
    said = []
    log = ProgressLog(
        run, SimpleNamespace(update=lambda **changes: said.append(changes)), epochs=99, images=images, batch_size=batch_size
    )
    log.set_model(SimpleNamespace(optimizer=SimpleNamespace(learning_rate=0.01)))
    log.on_train_begin()
    for epoch in epochs:
        log.on_epoch_begin(epoch)
        for batch in range(math.ceil(images / batch_size)):
            log.on_train_batch_end(batch, {"loss": 1.0, "accuracy": 0.5})
    return [row["epoch"] for row in run.progress()], said


@pytest.mark.parametrize(
    ("images", "batch_size", "epochs"),
    [(48, 16, (0, 1, 2)), (50_000, 128, (0, 1, 18, 19)), (50_000, 1, (10, 11)), (50_000, 16, (99, 100)), (10, 10, (998, 999))],
)
def test_progress_rows(images, batch_size, epochs):
    """Each epoch gives a few rows, strictly one after another, the last one at its end, whatever the number of batches."""
    found, _ = progress_of(images=images, batch_size=batch_size, epochs=epochs)
    assert all(first < second for first, second in itertools.pairwise(found))
    for epoch in epochs:
        rows = [row for row in found if epoch < row <= epoch + 1]
        assert rows[-1] == epoch + 1
        assert len(rows) == min(math.ceil(images / batch_size), len(rows))
        assert len(rows) <= ROWS_PER_EPOCH + 1


def test_at_most_so_many_rows():
    """An epoch gives no more rows than is said."""
    found, _ = progress_of(images=50_000, batch_size=100, epochs=(0,))
    assert len(found) <= ROWS_PER_EPOCH


def test_time_left(monkeypatch):
    """Speed and time left follow from the batches done and their time."""
    now = [0.0]
    monkeypatch.setattr("digitcore.training.callbacks.time.perf_counter", lambda: now[0])
    said = []
    log = ProgressLog(
        create_run(CONFIG), SimpleNamespace(update=lambda **c: said.append(c)), epochs=2, images=1000, batch_size=10
    )
    log.set_model(SimpleNamespace(optimizer=SimpleNamespace(learning_rate=0.01)))
    log.on_train_begin()
    log.on_epoch_begin(0)
    for batch in range(50):
        now[0] += 0.1  # 100 images a second
        log.on_train_batch_end(batch, {"loss": 1.0, "accuracy": 0.5})
    told = [changes for changes in said if "images_per_second" in changes]
    assert told[-1]["images_per_second"] == pytest.approx(100)
    assert told[-1]["seconds_left"] == pytest.approx((2000 - told[-1]["batch"] * 10) / 100)
    assert 10 < len(told) < 20  # not after each batch


# What is kept.


def test_each_epoch_is_kept():
    """A short run keeps the network of each epoch, without the optimiser, whose state is twice as large."""
    train(CONFIG)
    run = run_of()
    assert run.epochs_kept() == [1, 2, 3, 4]
    networks = [keras.saving.load_model(run.epoch_file(epoch)) for epoch in (1, 4)]
    assert not any(network.compiled for network in networks)
    assert not np.array_equal(networks[0].get_weights()[0], networks[1].get_weights()[0])
    assert run.state().epoch == 4


@pytest.mark.parametrize("epochs", [1, 40, 41, 100, 1000])
def test_a_long_run_keeps_some(epochs):
    """A long run keeps some networks spread over its epochs, the best one and the last one."""
    run = create_run(CONFIG)
    keeper = EpochKeeper(run, replace(CONFIG, epochs=epochs), None, [], [], None)
    (run.folder / EPOCHS_DIR).mkdir()
    best = 1
    for epoch in range(1, epochs + 1):
        run.epoch_file(epoch).touch()
        best = epoch if epoch <= epochs * 0.7 else best
        keeper._forget_some(best, last=epoch)
        assert run.epoch_file(best).exists()
    kept = run.epochs_kept()
    assert {1, best, epochs} <= set(kept)
    assert min(epochs, EPOCHS_KEPT / 2) <= len(kept) <= EPOCHS_KEPT + 2


# What a run leaves behind.


def test_a_folder_deleted_by_hand_is_not_brought_back(monkeypatch):
    """A run whose folder was deleted while it ran fails, and does not leave half a folder behind."""
    add_callback(monkeypatch, At(("train_batch_end", 1, 0), lambda _: shutil.rmtree(run_of().folder)))
    with pytest.raises(TrainingError):
        train(CONFIG)
    assert list_runs() == []
    assert registry.list_models() == []


def test_what_ends_a_run_is_json(monkeypatch):
    """Whatever a run says of itself can be read by every JSON reader: there is no NaN in it."""
    train(replace(CONFIG, epochs=1))

    def refuse(constant):
        raise ValueError(constant)

    json.loads(run_of().state_file.read_text(), parse_constant=refuse)
    json.loads((registry.find("tiny").path.parent / "card.json").read_text(), parse_constant=refuse)
