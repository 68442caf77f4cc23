"""The folder of a run: what it says, whatever happened to its files and its worker."""

import json
import os

import pytest

from digitcore.errors import RunError
from digitcore.runs.registry import create_run, list_runs, model_names_in_use, queued_runs
from digitcore.runs.run import CHECKPOINT_FILE, CONFIG_FILE, EPOCHS_DIR, HISTORY_FILE, PROGRESS_FILE, STATE_FILE
from digitcore.runs.state import State, Status
from tests.unit.runs.states import alive
from tests.unit.short_training import CONFIG

WHOLE = "epoch,accuracy,learning_rate,loss,val_accuracy,val_loss\r\n0,0.1,0.01,2.5,0.2,2.4\r\n1,0.3,0.01,2.0,0.4,1.9\r\n"


@pytest.mark.parametrize("content", [b"", b"{", b'{"status": "runn', b"null", b"[]", b"3", b"\xff\xfe\x00", b'{"events": 3}'])
def test_damaged_state(run, content):
    """A state that cannot be read is a failure with a sentence, and the run can be deleted."""
    run.state_file.write_bytes(content)
    state = run.state()
    assert state.status == Status.FAILED
    assert "state cannot be read" in state.error
    run.delete()
    assert not run.folder.exists()


@pytest.mark.parametrize("content", [None, b"", b"{", b"null", b"[]", b"3", b"\xff", b"{}", b'{"name": "x"}', b'{"epochs": 0}'])
def test_damaged_config(run, content):
    """Settings that cannot be read are a RunError that says what to do."""
    file = run.folder / CONFIG_FILE
    file.unlink() if content is None else file.write_bytes(content)
    with pytest.raises(RunError, match=rf"The settings of the run {run.id} cannot be read: .*Delete the run\."):
        _ = run.config


def test_config_with_bad_values(run):
    """Settings that no longer pass their checks are a RunError that names the value."""
    (run.folder / CONFIG_FILE).write_text(json.dumps(CONFIG.to_json() | {"epochs": -3}))
    with pytest.raises(RunError, match="epochs is -3"):
        _ = run.config


def test_deleted_folder(run):
    """A run whose folder was deleted meanwhile is a failure, and asking something of it is harmless."""
    run.delete()
    assert run.state().status == Status.FAILED
    run.request("stop")
    assert not run.is_requested("stop")
    assert not run.folder.exists()
    assert (run.history(), run.progress(), run.epochs_kept()) == ([], [], [])
    run.delete()


def test_truncate_to(run):
    """Curves are cut back to the finished epochs, with the columns in the order in which they were."""
    (run.folder / HISTORY_FILE).write_text(WHOLE + "2,0.5,0.01,1.")
    (run.folder / PROGRESS_FILE).write_text("epoch,loss,accuracy,learning_rate\n0.5,3,0,1\n1,2,0,1\n1.5,1,0,1\n2,1,0,1\n2.5,")
    first = {"epoch": 0, "loss": 2.5, "accuracy": 0.1, "val_loss": 2.4, "val_accuracy": 0.2, "learning_rate": 0.01}
    run.truncate_to([first])
    assert (run.folder / HISTORY_FILE).read_bytes().decode() == "".join(WHOLE.splitlines(keepends=True)[:2])
    assert [row["epoch"] for row in run.progress()] == [0.5, 1]


def test_truncate_to_forgets_networks_of_epochs_that_are_not_finished(run):
    """A network of an epoch that the history does not have is no longer kept."""
    (run.folder / EPOCHS_DIR).mkdir()
    for epoch in (1, 2):
        run.epoch_file(epoch).write_bytes(b"")
    run.truncate_to([{"epoch": 0, "loss": 1.0}])
    assert run.epochs_kept() == [1]


def test_epochs_kept(run):
    """The kept epochs are listed in order; files that are being written do not count."""
    (run.folder / EPOCHS_DIR).mkdir()
    for epoch in (10, 2, 1000):
        run.epoch_file(epoch).write_bytes(b"")
    (run.folder / EPOCHS_DIR / ".0003-abc.keras").write_bytes(b"")
    assert run.epochs_kept() == [2, 10, 1000]


def test_cancel_in_the_queue(run):
    """A run that is cancelled while it waits is cancelled at once, and no longer in the queue."""
    run.request("cancel")
    assert run.state().status == Status.CANCELLED
    assert queued_runs() == []
    assert model_names_in_use() == set()


def test_stop_in_the_queue(run):
    """A request to stop does not take a waiting run out of the queue."""
    run.request("stop")
    assert queued_runs() == [run]


@pytest.mark.parametrize(
    ("status", "checkpoint", "expected"),
    [
        (Status.QUEUED, True, False),
        (Status.RUNNING, True, False),
        (Status.FINISHED, True, False),
        (Status.CANCELLED, True, False),
        (Status.INTERRUPTED, True, True),
        (Status.INTERRUPTED, False, True),
        (Status.FAILED, True, True),
        (Status.FAILED, False, False),
    ],
)
def test_can_resume(run, status, checkpoint, expected):
    """An interrupted run can be resumed, and a failed one that has a checkpoint."""
    run.write_state(alive(status=status))
    if checkpoint:
        (run.folder / CHECKPOINT_FILE).write_bytes(b"")
    assert run.can_resume == expected
    if expected:
        run.resume()
        assert run.state().status == Status.QUEUED
    else:
        with pytest.raises(RunError, match=rf"is {status} and cannot be resumed"):
            run.resume()
        assert run.state().status == status


def test_resume_goes_to_the_end_of_the_queue(run):
    """A resumed run waits behind those that wait already, and old requests and errors are forgotten."""
    run.write_state(
        State(status=Status.INTERRUPTED, queued_at=1.0, error="x", ended_at=2.0, events=((1, "one"),), replace=True)
    )
    other = create_run(CONFIG)
    run.request("stop")
    run.request("cancel")
    run.resume()
    assert queued_runs() == [other, run]
    state = run.state()
    assert (state.error, state.ended_at, state.replace, state.events) == (None, None, True, ((1, "one"),))
    assert not run.is_requested("stop")
    assert not run.is_requested("cancel")


def test_delete(run):
    """A running run cannot be deleted; afterwards it can."""
    run.write_state(alive())
    with pytest.raises(RunError, match=r"is running\. Stop or cancel it first"):
        run.delete()
    assert run.state().status == Status.RUNNING
    run.write_state(alive(status=Status.FINISHED))
    run.delete()
    assert list_runs() == []


def test_fail(run):
    """A failure is noted on behalf of a worker that could not."""
    run.fail("It burnt.")
    assert (run.state().status, run.state().error) == (Status.FAILED, "It burnt.")


def test_state_of_a_full_disk(run, monkeypatch):
    """Where the disk is full the old state stays whole."""
    before = run.state()

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        run.write_state(alive(epoch=9))
    assert run.state() == before
    assert {path.name for path in run.folder.iterdir()} == {CONFIG_FILE, STATE_FILE}
