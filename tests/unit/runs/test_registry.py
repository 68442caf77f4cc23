"""The folder of all runs: create, find and list them."""

import time
from dataclasses import replace

import pytest

from digitcore import paths
from digitcore.errors import RunError
from digitcore.runs.config import TrainConfig
from digitcore.runs.registry import create_run, find_run, list_runs, model_names_in_use, queued_runs
from digitcore.runs.run import Run
from digitcore.runs.state import State, Status
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


@pytest.mark.parametrize("name", ["x" * 64, "a", "CON"])
def test_any_name_makes_a_folder(name):
    """Every name that settings allow can be that of a run."""
    assert create_run(TrainConfig(name=name, architecture="sprint")).config.name == name
