"""A run that ended before its time and was resumed gives exactly what it would have given without that."""

import errno
import resource
import shutil
from dataclasses import replace

import keras
import pytest

from digitcore import paths
from digitcore.datasets import mnist
from digitcore.errors import RunError, TrainingError
from digitcore.networks import registry
from digitcore.runs import history
from digitcore.runs.registry import create_run
from digitcore.runs.run import CHECKPOINT_FILE, HISTORY_FILE, PROGRESS_FILE, Run
from digitcore.runs.state import Status
from digitcore.runs.state_writer import StateWriter
from digitcore.training import checkpoint
from digitcore.training import train as training
from digitcore.training.session import TrainingSession
from tests.unit.short_training import BATCH_NORM, CONFIG, DISTORTED, DROPOUT, At, Killed, add_callback, die, few, run_of, train

#: Keras with NumPy 2, at every weight that it reads.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")


@pytest.fixture(autouse=True)
def few_images(sample, monkeypatch, models_dir):
    """Reading the sample takes a second; once is enough."""
    small = few(sample)
    monkeypatch.setattr(mnist, "load_sample", lambda: small)


def kill(_):
    raise Killed


def killed(config, moment, do=kill, name="run"):
    """A run whose process ended at that moment."""
    with pytest.MonkeyPatch.context() as patch:
        add_callback(patch, At(moment, do))
        with pytest.raises(Killed):
            train(config, name)
    die(run_of(name))
    return run_of(name)


def resumed(run):
    """The result of the run that goes on."""
    run.resume()
    return training.train(run.config, run.folder)


def curves(run):
    return (run.folder / HISTORY_FILE).read_bytes(), run.progress()


@pytest.fixture(scope="module")
def whole(sample, tmp_path_factory):
    """The curves of a run that nothing happened to."""
    folder = tmp_path_factory.mktemp("whole")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DIGITLAB_MODELS", str(folder / "models"))
        patch.setattr(mnist, "load_sample", lambda: few(sample))
        training.train(CONFIG, folder / "run")
    return curves(Run(folder / "run"))


STALLING = {"learning_rate": 1e-30, "early_stopping_min_delta": 1.0}  # nothing improves
CASES = {
    "plateau-adam-batchnorm": (
        BATCH_NORM
        | {
            "schedule": "plateau",
            "plateau_patience": 1,
            "plateau_factor": 0.1,
            "learning_rate": 0.3,
            "augmentation": DISTORTED,
        },
        ("train_batch_end", 2, 1),
    ),
    "one_cycle-sgd-dropout": (DROPOUT | {"schedule": "one_cycle", "optimizer": "sgd", "learning_rate": 0.05}, ("epoch_end", 0)),
    "cosine-adamw-dropout": (DROPOUT | {"schedule": "cosine", "optimizer": "adamw", "epochs": 3}, ("test_begin", 1)),
    "plateau-rmsprop-accuracy": (
        {
            **{"schedule": "plateau", "optimizer": "rmsprop", "monitor": "val_accuracy", "plateau_patience": 2},
            **{"learning_rate": 1e-9, "early_stopping_patience": 4, "epochs": 8, "plateau_min_rate": 1e-10},
        },
        ("train_batch_end", 2, 0),
    ),
}


@pytest.mark.parametrize(("changes", "moment"), CASES.values(), ids=CASES)
def test_resumed_run_is_the_uninterrupted_one(changes, moment):
    """A run that was killed and resumed gives exactly the curves, the sentences and the best epoch of one that was not."""
    config = replace(CONFIG, **changes)
    whole = train(config, "whole", replace=True)
    weights = registry.load_model("tiny").get_weights()
    again = resumed(killed(replace(config, name="again"), moment))
    assert curves(run_of()) == curves(run_of("whole"))
    state, expected = run_of().state(), run_of("whole").state()
    assert state.status == Status.FINISHED
    assert state.events == expected.events
    assert (state.epoch, state.best_epoch, state.metrics) == (expected.epoch, expected.best_epoch, expected.metrics)
    assert again.card["metrics"] == whole.card["metrics"]
    assert all((one == other).all() for one, other in zip(weights, registry.load_model("again").get_weights(), strict=True))
    if "accuracy" in str(changes):  # the patience of both was counted across the end, or this would show nothing
        assert len(state.events) >= 2
        assert moment[1] < state.events[0][0] < state.epoch < config.epochs


@pytest.mark.parametrize("point", ["the network of an epoch", "the checkpoint"])
def test_killed_while_writing(monkeypatch, point, whole):
    """A run that was killed between the history's row and the end of the checkpoint goes on from the epoch before."""
    with monkeypatch.context() as patch:
        saved = []

        def save(*arguments, real=checkpoint.save):
            saved.append(arguments)
            if len(saved) == 2:
                raise Killed
            real(*arguments)

        def forget(self, path, real=keras.Model.save):
            real(self, path)
            if "epochs" in str(path) and ".0002" in str(path):
                raise Killed

        patch.setattr(*((checkpoint, "save", save) if point == "the checkpoint" else (keras.Model, "save", forget)))
        with pytest.raises(Killed):
            train(CONFIG)
    assert len(run_of().history()) == 2
    die(run_of())
    resumed(run_of())
    assert curves(run_of()) == whole


def test_killed_twice(whole):
    """A run may be killed again and again."""
    run = killed(CONFIG, ("train_batch_end", 1, 0))
    for moment in (("train_batch_end", 1, 2), ("epoch_end", 2)):
        run.resume()
        killed(CONFIG, moment)
    resumed(run)
    assert curves(run) == whole
    epochs = [row["epoch"] for row in run.progress()]
    assert epochs == sorted(set(epochs))


def test_killed_in_the_first_epoch(whole):
    """A run that was killed before its first checkpoint begins again."""
    resumed(killed(CONFIG, ("train_batch_end", 0, 2)))
    assert curves(run_of()) == whole


@pytest.mark.parametrize("changes", [{"early_stopping_patience": 1, **STALLING}, {"epochs": 2}], ids=["early", "all epochs"])
def test_killed_before_the_model_is_saved(monkeypatch, changes):
    """A run whose training had ended by itself is not trained further."""

    def not_saved(*_, **__):
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(registry, "save_model", not_saved)
        with pytest.raises(Killed):
            train(replace(CONFIG, **changes))
    die(run_of())
    before, events = curves(run_of()), run_of().state().events
    result = resumed(run_of())
    assert curves(run_of()) == before
    assert run_of().state().events == events
    assert result.card["epochs_trained"] == 2
    assert run_of().state().epoch == 2


def test_killed_after_the_model_is_saved(monkeypatch):
    """A run whose model is there already, but which could not say so, ends well without being trained again."""
    with monkeypatch.context() as patch:
        patch.setattr(registry, "read_card", kill)
        with pytest.raises(Killed):
            train(replace(CONFIG, epochs=2))
    die_as_running(run_of())
    assert registry.exists("tiny")

    trained = []
    add_callback(monkeypatch, At(("train_batch_end", 0, 0), trained.append))
    result = resumed(run_of())
    assert run_of().state().status == Status.FINISHED
    assert result.card["run"] == "run"
    assert not trained


def die_as_running(run):
    """As ``die``, where the last word was already said but did not reach the disk."""
    run.write_state(replace(run.state(), status=Status.RUNNING))
    die(run)


def test_the_name_was_taken_meanwhile(small_model_file, models_dir, run_killed_after_two_epochs):
    """A resumed run does not overwrite a model that somebody else has saved under its name, and can go on once that is gone."""
    run = run_killed_after_two_epochs
    (models_dir / "tiny.keras").write_bytes(small_model_file)
    with pytest.raises(Exception, match="already a model 'tiny'"):
        resumed(run)
    assert run.state().status == Status.FAILED
    (models_dir / "tiny.keras").unlink()
    assert resumed(run).card["epochs_trained"] == 4


def test_stopped_run_that_is_resumed_forgets_the_request(run_killed_after_two_epochs):
    """Requests from before the end do not stop or cancel a run that is resumed."""
    run = run_killed_after_two_epochs
    run.request("stop")
    run.request("cancel")
    assert resumed(run).card["epochs_trained"] == 4
    assert not run.state().stopped


def test_stop_right_after_resuming(monkeypatch, run_killed_after_two_epochs):
    """A run that is stopped in the first epoch after it was resumed keeps the best of the epochs before."""
    run = run_killed_after_two_epochs
    add_callback(monkeypatch, At(("train_batch_end", 2, 0), lambda _: run.request("stop")))
    result = resumed(run)
    assert result.card["epochs_trained"] == 2
    assert run.state().stopped


@pytest.mark.parametrize("name", [HISTORY_FILE, PROGRESS_FILE])
@pytest.mark.parametrize("damage", [None, b"", b"epo", b"loss\r\n1\r\n2\r\n", b"\xff\xfe\r\n\xff\r\n"])
def test_damaged_curves_are_mended(name, damage, run_killed_after_two_epochs):
    """A run whose curves are missing or damaged goes on all the same; its history is whole afterwards."""
    run = run_killed_after_two_epochs
    file = run.folder / name
    file.unlink() if damage is None else file.write_bytes(damage)
    session = TrainingSession.begin(run.config, run, StateWriter(run), mnist.load_sample())
    assert [row["epoch"] for row in run.history()] == [1, 2]
    assert session.epochs_done == 2
    assert all(set(row) == set(history.PROGRESS_COLUMNS) for row in run.progress())


@pytest.fixture(scope="module")
def killed_after_two_epochs(sample, tmp_path_factory):
    """The folder of a run whose process ended after two epochs."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DIGITLAB_RUNS", str(tmp_path_factory.mktemp("killed")))
        patch.setattr(mnist, "load_sample", lambda: few(sample))
        return killed(CONFIG, ("epoch_end", 1)).folder


@pytest.fixture
def run_killed_after_two_epochs(killed_after_two_epochs):
    """A copy of it."""
    return Run(shutil.copytree(killed_after_two_epochs, paths.runs_dir() / "run"))


@pytest.mark.parametrize("damage", ["truncated", "empty", "nonsense", "without progress", "bad progress"])
def test_damaged_checkpoint(damage, run_killed_after_two_epochs):
    """A damaged checkpoint ends a resumed run with a sentence, and is not offered again."""
    run = run_killed_after_two_epochs
    file = run.folder / CHECKPOINT_FILE
    content = file.read_bytes()
    if damage == "without progress":
        keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)]).save(file)
    elif damage == "bad progress":
        file.write_bytes(content.replace(b'"complete"', b'"complett"'))
    else:
        file.write_bytes({"truncated": content[: len(content) // 2], "empty": b"", "nonsense": b"x" * 999}[damage])
    with pytest.raises(RunError, match=r"checkpoint .* cannot be read: .*Train again from the start"):
        resumed(run)
    state = run.state()
    assert state.status == Status.FAILED
    assert "cannot be read" in state.error
    assert not run.can_resume


def test_the_best_network_is_gone(run_killed_after_two_epochs):
    """A run whose best epoch's network is missing ends in a failure that names the epoch, and is not offered again."""
    run = run_killed_after_two_epochs
    model, progress = checkpoint.load(run.folder / CHECKPOINT_FILE)
    progress.rows[0]["val_loss"] = 0.0  # no later epoch is better than the first
    checkpoint.save(run.folder / CHECKPOINT_FILE, model, progress)
    run.epoch_file(1).unlink()
    with pytest.raises(TrainingError, match="network of epoch 1, the best of the run run, cannot be read: "):
        resumed(run)
    assert run.state().status == Status.FAILED
    assert "network of epoch 1" in run.state().error
    assert not run.can_resume
    assert registry.list_models() == []


# A full disk.


def full_disk(*_, **__):
    raise OSError(errno.ENOSPC, "No space left on device")


@pytest.mark.parametrize("target", [(checkpoint, "save"), (keras.callbacks.CSVLogger, "on_epoch_end")])
def test_full_disk(monkeypatch, target, whole):
    """On a full disk the run fails with that reason, and goes on to the same end once there is room."""
    with monkeypatch.context() as patch:
        add_callback(patch, At(("epoch_end", 1), lambda _: patch.setattr(*target, full_disk)))
        with pytest.raises(TrainingError, match=r"The disk is full\. Free some space, then resume"):
            train(CONFIG)
    run = run_of()
    assert (run.state().status, run.state().epoch) == (Status.FAILED, 2)
    assert run.can_resume
    _, progress = checkpoint.load(run.folder / CHECKPOINT_FILE)
    assert len(progress.rows) == 2
    resumed(run)
    assert curves(run) == whole
    assert run.state().error is None


def test_error_is_forgotten_when_the_command_line_resumes(monkeypatch):
    """A failed run that the command line resumes, without the queue, has no error and no end when it has gone on."""
    with monkeypatch.context() as patch:
        add_callback(patch, At(("epoch_end", 0), full_disk))
        with pytest.raises(TrainingError):
            train(CONFIG)
    run = run_of()
    run.prepare_resume()
    seen = []
    add_callback(monkeypatch, At(("train_batch_end", 1, 0), lambda callback: seen.append(run_of().state())))
    training.train(run.config, run.folder)
    assert [(state.status, state.error, state.ended_at) for state in seen] == [(Status.RUNNING, None, None)]
    assert run.state().error is None


def test_full_disk_in_the_first_epoch_promises_nothing(monkeypatch):
    """Where there is no checkpoint yet, the reason does not advise to resume a run that cannot be resumed."""
    monkeypatch.setattr(checkpoint, "save", full_disk)
    with pytest.raises(TrainingError):
        train(CONFIG)
    state = run_of().state()
    assert "disk is full" in state.error
    assert run_of().can_resume == ("resume" in state.error)


def test_files_that_may_not_grow():
    """A real limit to the size of files fails the run with its reason, and the checkpoint before is whole."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)

    def limit(_):
        resource.setrlimit(resource.RLIMIT_FSIZE, (12_000, before[1]))

    try:
        with pytest.MonkeyPatch.context() as patch:
            add_callback(patch, At(("epoch_end", 0), limit))
            with pytest.raises(TrainingError, match="File too large"):
                train(CONFIG)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    run = run_of()
    assert run.state().status == Status.FAILED
    assert len(checkpoint.load(run.folder / CHECKPOINT_FILE)[1].rows) == 1
    resumed(run)
    assert run.state().status == Status.FINISHED


def test_full_disk_before_the_run_begins(monkeypatch):
    """A run that cannot even say that it runs, because the disk is full, is a TrainingError with that reason."""
    run = create_run(CONFIG)
    monkeypatch.setattr(type(run.folder), "write_bytes", full_disk)
    with pytest.raises(TrainingError, match="disk is full"):
        training.train(run.config, run.folder)
