"""The folder of a run: what it says of the run, whatever has happened to its files and its worker."""

import json
import os
import socket
import subprocess
import sys
import time
from dataclasses import replace

import psutil
import pytest

from digitcore import paths
from digitcore.errors import RunError
from digitcore.runs.config import TrainConfig
from digitcore.runs.registry import create_run, find_run, list_runs, model_names_in_use, queued_runs
from digitcore.runs.run import CHECKPOINT_FILE, CONFIG_FILE, EPOCHS_DIR, HISTORY_FILE, PROGRESS_FILE, STATE_FILE, Run
from digitcore.runs.state import State, Status
from tests.unit.short_training import CONFIG, wait_until


@pytest.fixture
def run():
    """A run that waits."""
    return create_run(CONFIG)


def alive(**changes):
    """The state of a run that this very process has."""
    process = psutil.Process()
    known = {"pid": process.pid, "pid_started": process.create_time(), "host": socket.gethostname()}
    return State(**{"status": Status.RUNNING, "heartbeat": time.time(), **known, **changes})


def rename(run, new_id):
    """Give the folder another name."""
    return Run(run.folder.rename(run.folder.with_name(new_id)))


# A new run.


def test_create():
    """A new run waits, with its settings, in a folder that is named by the time and the model."""
    before = time.time()
    run = create_run(CONFIG, replace=True)
    assert run.id.endswith("-tiny")
    assert run.config == CONFIG
    state = run.state()
    assert (state.status, state.replace, state.is_active) == (Status.QUEUED, True, True)
    assert before <= state.queued_at <= time.time()
    assert [path.name for path in paths.runs_dir().iterdir()] == [run.id]


def test_runs_of_the_same_second_have_folders_of_their_own():
    """Runs of the same name that are made within a second do not share a folder."""
    made = {create_run(CONFIG).id for _ in range(5)}
    assert len(made) == 5
    assert {run.id for run in list_runs()} == made


def test_a_draft_is_no_run(run):
    """What a crash leaves of a run that was being made is not listed."""
    run.folder.rename(paths.runs_dir() / ".new-x")
    assert list_runs() == []


def test_state_round_trip(run):
    """A state that went through its file is equal to the one that was written."""
    metrics = {"test_accuracy": 0.5, "test_loss": 1.5, "test_images": 40}
    state = alive(epoch=3, events=((1, "one"), (2, "two")), metrics=metrics, best_epoch=2, stopped=True)
    run.write_state(state)
    assert run.state() == state


def test_entries_of_other_versions_are_passed_over(run):
    """A state with an entry that is not known, or without one that is, can be read."""
    run.state_file.write_text('{"status": "finished", "mood": "good"}')
    assert run.state() == State(status=Status.FINISHED)


def test_settings_without_worker_need_no_state():
    """No runs are listed where there is no folder of runs."""
    assert list_runs() == queued_runs() == []
    assert model_names_in_use() == set()


# Who is alive.


def test_a_living_worker_runs(run):
    """A fresh heartbeat of a living process means that the run is running."""
    run.write_state(alive())
    assert run.state().status == Status.RUNNING


def test_stale_heartbeat(run):
    """A process that has said nothing for more than a minute is taken for dead, on whichever machine."""
    for host in (socket.gethostname(), "elsewhere"):
        run.write_state(alive(host=host, heartbeat=time.time() - 61, doing="training"))
        assert (run.state().status, run.state().doing) == (Status.INTERRUPTED, "")


def test_no_heartbeat_yet(run):
    """A run that nobody has ever reported on is not running."""
    run.write_state(State(status=Status.RUNNING))
    assert run.state().status == Status.INTERRUPTED


def test_worker_on_another_host(run):
    """Of a worker on another machine only the heartbeat counts, not a process number of this one."""
    run.write_state(alive(host="elsewhere", pid=2**22 + 1, pid_started=1.0))
    assert run.state().status == Status.RUNNING


def test_dead_process(run):
    """A process that is gone is dead, however fresh its heartbeat."""
    process = subprocess.Popen([sys.executable, "-c", ""])
    started = psutil.Process(process.pid).create_time()
    process.wait()
    run.write_state(alive(pid=process.pid, pid_started=started))
    assert run.state().status == Status.INTERRUPTED


def test_reused_process_number(run):
    """Another process that has got the number since is not the worker."""
    run.write_state(alive(pid_started=psutil.Process().create_time() - 3600))
    assert run.state().status == Status.INTERRUPTED


def test_zombie(run):
    """A process that has ended and was not waited for is dead."""
    process = subprocess.Popen([sys.executable, "-c", ""])
    started = psutil.Process(process.pid).create_time()
    wait_until(lambda: psutil.Process(process.pid).status() == psutil.STATUS_ZOMBIE)
    run.write_state(alive(pid=process.pid, pid_started=started))
    try:
        assert run.state().status == Status.INTERRUPTED
    finally:
        process.wait()


@pytest.mark.parametrize(
    "changes", [{"pid_started": None}, {"pid": "12"}, {"pid": -1}, {"heartbeat": "soon"}, {"pid_started": "x"}]
)
def test_bad_values_in_the_state(run, changes):
    """A running run whose state says nonsense about its worker is not running, and can be asked for."""
    run.write_state(alive(**changes))
    assert run.state().status in (Status.INTERRUPTED, Status.FAILED)
    assert [found.id for found in list_runs()] == [run.id]
    assert queued_runs() == []


# Damage.


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


def test_one_damaged_run_does_not_hide_the_others(run):
    """Lists go on where one run is damaged."""
    for name in ("config", "state"):
        damaged = create_run(CONFIG)
        (damaged.folder / f"{name}.json").write_text("{")
    assert len(list_runs()) == 3
    assert run in queued_runs()
    assert model_names_in_use() == {"tiny"}


def test_deleted_folder(run):
    """A run whose folder was deleted meanwhile is a failure, and asking something of it is harmless."""
    run.delete()
    assert run.state().status == Status.FAILED
    run.request("stop")
    assert not run.is_requested("stop")
    assert not run.folder.exists()
    assert (run.history(), run.progress(), run.epochs_kept()) == ([], [], [])
    run.delete()


def test_find(run):
    """A run is found by its id; another id, or a path, gives a sentence."""
    assert find_run(run.id) == run
    for wrong in ("20990101-000000-x", f"../runs/{run.id}", "", "."):
        with pytest.raises(RunError, match="There is no run"):
            find_run(wrong)


# The curves.

WHOLE = "epoch,accuracy,learning_rate,loss,val_accuracy,val_loss\r\n0,0.1,0.01,2.5,0.2,2.4\r\n1,0.3,0.01,2.0,0.4,1.9\r\n"


def test_history(run):
    """The history has a row for each epoch, from 1, as numbers."""
    (run.folder / HISTORY_FILE).write_text(WHOLE)
    assert [row["epoch"] for row in run.history()] == [1, 2]
    assert run.history()[1] == {
        **{"epoch": 2, "accuracy": 0.3, "learning_rate": 0.01, "loss": 2.0},
        **{"val_accuracy": 0.4, "val_loss": 1.9},
    }


@pytest.mark.parametrize(
    "content",
    [
        WHOLE + "2,0.5,0.01,1.",
        WHOLE + "2,0.5",
        WHOLE + "2,0.5\r\n",
        WHOLE + "2,0.5,0.01,,,\r\n",
        WHOLE + "2,NA,NA,x,y,z\r\n",
        WHOLE + "2,1,1,1,1,1,1\r\n",
        WHOLE + "\0\0\0\0",
    ],
)
def test_half_a_row(run, content):
    """A row that is being written, or was cut by a crash, is left out."""
    (run.folder / HISTORY_FILE).write_text(content)
    assert [row["epoch"] for row in run.history()] == [1, 2]


@pytest.mark.parametrize(
    "content", [b"", b"epoch,loss", b"\r\n", b"\xff\xfe\xfa\r\n1,2\r\n", b"loss\r\n1\r\n", b"\0\0\r\n\0\r\n"]
)
def test_damaged_curves(run, content):
    """Curves that cannot be read are empty."""
    for name in (HISTORY_FILE, PROGRESS_FILE):
        (run.folder / name).write_bytes(content)
    assert run.history() == []
    run.truncate_to([])
    assert run.progress() == []


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


# Requests.


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


def test_queue_order():
    """Runs start in the order in which they were queued, whatever their names."""
    made = [rename(create_run(replace(CONFIG, name=name)), name) for name in ("b", "c", "a")]
    for place, run in enumerate(made):
        run.write_state(State(queued_at=100.0 + place))
    assert [run.id for run in queued_runs()] == ["b", "c", "a"]
    assert [run.id for run in list_runs()] == ["c", "b", "a"]


def test_names_in_use():
    """The names of waiting and running runs are taken, those of others are not."""
    for status in (Status.QUEUED, Status.RUNNING, Status.FINISHED, Status.FAILED, Status.CANCELLED, Status.INTERRUPTED):
        create_run(replace(CONFIG, name=status)).write_state(alive(status=status))
    assert model_names_in_use() == {Status.QUEUED, Status.RUNNING}


# Going on, and going away.


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
        with pytest.raises(RunError, match=f"is {status}: only an interrupted run can be resumed"):
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
    with pytest.raises(RunError, match="is running: stop or cancel it first"):
        run.delete()
    assert run.state().status == Status.RUNNING
    run.write_state(alive(status=Status.FINISHED))
    run.delete()
    assert list_runs() == []


def test_fail(run):
    """A failure is noted on behalf of a worker that could not."""
    run.fail("It burnt.")
    assert (run.state().status, run.state().error) == (Status.FAILED, "It burnt.")


def test_state_that_changes_is_read_anew(run):
    """A state that was written a moment ago is the one that is read, also where it has the same size."""
    for epoch in range(1, 10):
        run.write_state(alive(epoch=epoch))
        assert run.state().epoch == epoch


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


@pytest.mark.parametrize("name", ["x" * 64, "a", "CON"])
def test_any_name_makes_a_folder(name):
    """Every name that settings allow can be that of a run."""
    assert create_run(TrainConfig(name=name, architecture="sprint")).config.name == name
