"""The folder of all runs: create, find and list them."""

import os
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from digitcore import paths
from digitcore.errors import RunError
from digitcore.runs.config import TrainConfig
from digitcore.runs.registry import active_runs, create_run, find_run, is_training, list_runs, model_names_in_use, queued_runs
from digitcore.runs.run import CHECKPOINT_FILE, Run
from digitcore.runs.state import State, Status
from tests.server import PROJECT
from tests.unit.runs.states import alive
from tests.unit.short_training import CONFIG


def rename(run, new_id):
    """Give the folder another name."""
    return Run(run.folder.rename(run.folder.with_name(new_id)))


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


def test_settings_without_worker_need_no_state():
    """No runs are listed where there is no folder of runs."""
    assert list_runs() == queued_runs() == []
    assert model_names_in_use() == set()


@pytest.mark.parametrize(
    "changes", [{"pid_started": None}, {"pid": "12"}, {"pid": -1}, {"heartbeat": "soon"}, {"pid_started": "x"}]
)
def test_bad_values_in_the_state(run, changes):
    """A running run whose state says nonsense about its worker is not running, and can be asked for."""
    run.write_state(alive(**changes))
    assert run.state().status in (Status.INTERRUPTED, Status.FAILED)
    assert [found.id for found in list_runs()] == [run.id]
    assert queued_runs() == []


def test_one_damaged_run_does_not_hide_the_others(run):
    """Lists go on where one run is damaged."""
    for name in ("config", "state"):
        damaged = create_run(CONFIG)
        (damaged.folder / f"{name}.json").write_text("{")
    assert len(list_runs()) == 3
    assert run in queued_runs()
    assert model_names_in_use() == {"tiny"}


def test_find(run):
    """A run is found by its id; another id, or a path, gives a sentence."""
    assert find_run(run.id) == run
    for wrong in ("20990101-000000-x", f"../runs/{run.id}", "", "."):
        with pytest.raises(RunError, match="There is no run"):
            find_run(wrong)


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


@pytest.mark.parametrize("status", list(Status))
def test_is_training(status):
    """Only a running run trains."""
    assert not is_training()
    create_run(CONFIG).write_state(alive(status=status))
    assert is_training() == (status == Status.RUNNING)


@pytest.mark.parametrize("name", ["x" * 64, "a", "CON"])
def test_any_name_makes_a_folder(name):
    """Every name that settings allow can be that of a run."""
    assert create_run(TrainConfig(name=name, architecture="sprint")).config.name == name


# Ended runs are not looked at again and again.


def end(run, **changes):
    """Let a run end."""
    run.write_state(State(**{"status": Status.FINISHED, "ended_at": time.time(), **changes}))


def scan_when_settled():
    """List the runs at a time when nothing has changed for an hour."""
    hour_ago = time.time() - 3600
    os.utime(paths.runs_dir(), (hour_ago, hour_ago))
    return list_runs()


@pytest.fixture
def calls(monkeypatch):
    """The file-system calls, as they come."""
    made = []

    def count(owner, name):
        original = getattr(owner, name)

        def counting(*arguments, **options):
            made.append((name, *arguments))
            return original(*arguments, **options)

        monkeypatch.setattr(owner, name, counting)

    for name in ("stat", "open", "exists", "is_dir", "is_file", "read_text", "glob"):
        count(Path, name)
    for name in ("stat", "listdir", "scandir", "open"):
        count(os, name)
    return made


def test_ended_runs_are_read_once(calls):
    """Beside 500 ended runs, a look at the active ones costs a few file-system calls, and finds them."""
    for number in range(500):
        run = Run(paths.runs_dir() / f"20200101-000000-r{number}")
        run.folder.mkdir(parents=True)
        run.state_file.write_text('{"status": "finished", "ended_at": 1.0}')
    waiting, running = create_run(CONFIG), create_run(CONFIG)
    running.write_state(alive())
    assert len(scan_when_settled()) == 502
    for look, expected in (
        (active_runs, {waiting: waiting.state(), running: running.state()}),
        (queued_runs, [waiting]),
        (model_names_in_use, {"tiny"}),
        (lambda: len(list_runs()), 502),
    ):
        calls.clear()
        assert look() == expected
        assert 0 < len(calls) < 30


def test_a_resumed_run_is_seen_at_once():
    """A failed run that is resumed, by whichever process, is active again."""
    run = create_run(CONFIG)
    (run.folder / CHECKPOINT_FILE).touch()
    end(run, status=Status.FAILED)
    assert scan_when_settled() == [run]
    assert active_runs() == {}
    code = f"from pathlib import Path; from digitcore.runs.run import Run; Run(Path({str(run.folder)!r})).resume()"
    subprocess.run([sys.executable, "-c", code], cwd=PROJECT, check=True)
    assert list(active_runs()) == [run]


def test_new_and_deleted_runs_are_seen_at_once():
    """A run that is created or deleted after a look is or is not in the next one."""
    first = create_run(CONFIG)
    end(first)
    assert scan_when_settled() == [first]
    second = create_run(CONFIG)
    assert list_runs() == [second, first]
    assert scan_when_settled() == [second, first]
    first.delete()
    assert list_runs() == [second]


def test_a_worker_that_dies_is_noticed():
    """A running run whose worker dies after a look is no longer active in the next one."""
    run = create_run(CONFIG)
    run.write_state(alive())
    assert scan_when_settled() == [run]
    assert list(active_runs()) == [run]
    run.write_state(alive(heartbeat=time.time() - 61))
    assert active_runs() == {}
    assert list_runs() == [run]


def test_a_run_whose_state_was_damaged_for_a_moment():
    """A state that could not be read is read again."""
    run = create_run(CONFIG)
    content = run.state_file.read_bytes()
    run.state_file.write_bytes(b"{")
    assert scan_when_settled() == [run]
    run.state_file.write_bytes(content)
    assert queued_runs() == [run]


def test_no_folder_of_runs(tmp_path):
    """A file in place of the folder holds no runs."""
    (tmp_path / "runs").write_text("")
    assert list_runs() == queued_runs() == []
