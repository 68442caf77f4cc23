"""Which runs may be queued, and under which names."""

import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from digitcore import files, paths
from digitcore.errors import ConfigError, DataError, RunError
from digitcore.jobs.queue import begin_run, free_name, resume_run, submit_run
from digitcore.runs.registry import create_run, list_runs, queued_runs
from digitcore.runs.state import State, Status
from tests.server import PROJECT
from tests.unit.short_training import CONFIG


def test_submit(models_dir):
    """A run that can be trained is put in the queue."""
    run = submit_run(CONFIG)
    assert queued_runs() == [run]
    assert run.config == CONFIG


def test_submit_a_name_that_is_taken(models_dir, small_model_file):
    """The name of a model, or of a run that will give one, is refused; that of a run that has ended is free."""
    (models_dir / "tiny.keras").write_bytes(small_model_file)
    with pytest.raises(ConfigError, match="already a model 'tiny'"):
        submit_run(CONFIG)
    (models_dir / "tiny.keras").unlink()
    run = submit_run(CONFIG)
    with pytest.raises(ConfigError, match="queued or running run will save a model 'tiny'"):
        submit_run(CONFIG)
    run.request("cancel")
    assert submit_run(CONFIG)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"architecture": "cnn_v2", "arguments": {"filters": [512, 512]}}, "multiply-adds per image"),
        ({"architecture": "cnn_v2", "arguments": {}, "limit": None, "batch_size": 4000}, "a batch would need"),
    ],
)
def test_submit_what_is_too_large(models_dir, changes, message):
    """A network or a batch that is too large is refused before anything is queued."""
    with pytest.raises(ConfigError, match=message):
        submit_run(replace(CONFIG, **changes))
    assert list_runs() == []


def test_submit_a_folder_that_is_gone(models_dir):
    """A labelled folder that cannot be used is refused before anything is queued."""
    with pytest.raises(DataError, match="no folder /nowhere"):
        submit_run(replace(CONFIG, data="folder", folder="/nowhere"))
    assert list_runs() == []


def test_submit_to_a_full_queue(models_dir, monkeypatch):
    """So many runs may wait, and no more."""
    monkeypatch.setattr("digitcore.jobs.queue.MAX_QUEUE", 2)
    for name in ("a", "b"):
        submit_run(replace(CONFIG, name=name))
    with pytest.raises(ConfigError, match="2 runs are queued already"):
        submit_run(replace(CONFIG, name="c"))


@pytest.mark.parametrize("name", ["tiny", "x" * 64])
def test_free_name(models_dir, small_model_file, name):
    """A free name stays; a taken one gets the first number that is free, and can be used."""
    assert free_name(name) == name
    (models_dir / f"{name}.keras").write_bytes(small_model_file)
    assert free_name(name) == f"{name[:60]}_2"
    submit_run(replace(CONFIG, name=f"{name[:60]}_2"))
    assert submit_run(replace(CONFIG, name=free_name(name))).config.name == f"{name[:60]}_3"


# One run for each name.

ROUNDS, RIVALS = 15, 3
#: For each line on standard input: submits a run of that name, and says in a line whether it was queued.
SUBMITS = """
import sys
from digitcore.errors import ConfigError
from digitcore.jobs.queue import submit_run
from digitcore.runs.config import TrainConfig

for line in sys.stdin:
    try:
        submit_run(TrainConfig.from_json({"architecture": "sprint", "data": "sample", "name": line.strip()}))
        print("queued", flush=True)
    except ConfigError as error:
        print(error, flush=True)
"""


def test_processes_submit_one_name(models_dir):
    """Of several processes that submit a run of one name at the same moment, one queues it and the others are told why not."""
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    rivals = [subprocess.Popen([sys.executable, "-c", SUBMITS], cwd=PROJECT, **pipes) for _ in range(RIVALS)]
    try:
        for name in ["warming_up", *(f"model_{number}" for number in range(ROUNDS))]:
            for rival in rivals:
                rival.stdin.write(f"{name}\n")
                rival.stdin.flush()
            answers = sorted(rival.stdout.readline() for rival in rivals)
            assert answers == [
                *[f"A queued or running run will save a model '{name}'. Choose another name.\n"] * (RIVALS - 1),
                "queued\n",
            ]
    finally:
        for rival in rivals:
            rival.communicate(timeout=60)
    assert len(list_runs()) == ROUNDS + 1


def test_threads_submit_one_name(models_dir):
    """Of several threads that submit a run of one name at the same moment, one queues it."""
    barrier = threading.Barrier(RIVALS)

    def submit(name):
        barrier.wait()
        try:
            return submit_run(replace(CONFIG, name=name)).id
        except ConfigError:
            return None

    with ThreadPoolExecutor(RIVALS) as pool:
        for number in range(ROUNDS):
            answers = list(pool.map(submit, [f"model_{number}"] * RIVALS))
            assert answers.count(None) == RIVALS - 1


def test_a_run_trained_here(models_dir):
    """A run that this process trains itself has its name, and is locked, before a dispatcher can see it."""
    with begin_run(CONFIG) as run:
        assert (run.state().status, run.is_locked) == (Status.QUEUED, True)
        with pytest.raises(ConfigError, match="run will save a model 'tiny'"), begin_run(CONFIG, replace=True):
            pass
        with pytest.raises(ConfigError, match="run will save a model 'tiny'"):
            submit_run(CONFIG)
        run.write_state(replace(run.state(), status=Status.FINISHED))
    assert not run.is_locked
    assert list_runs() == [run]


def test_a_run_trained_here_that_never_began(models_dir):
    """A run whose process gives up before training leaves nothing that a dispatcher would start."""
    with pytest.raises(KeyboardInterrupt), begin_run(CONFIG):
        raise KeyboardInterrupt
    assert list_runs() == []


def test_replace(models_dir, small_model_file):
    """A run may be allowed to replace a model."""
    (models_dir / "tiny.keras").write_bytes(small_model_file)
    with pytest.raises(ConfigError, match="already a model 'tiny'"), begin_run(CONFIG):
        pass
    with begin_run(CONFIG, replace=True) as run:
        assert run.state().replace


# Resuming.


def interrupted(**state):
    """A run that was interrupted."""
    run = create_run(CONFIG)
    run.write_state(State(status=Status.INTERRUPTED, **state))
    return run


def test_resume(models_dir):
    """An interrupted run is queued again, once."""
    run = interrupted()
    resume_run(run)
    assert queued_runs() == [run]
    with pytest.raises(RunError, match=r"is queued and cannot be resumed"):
        resume_run(run)


def test_resume_a_run_whose_name_is_used(models_dir):
    """A run cannot be resumed while another one will save a model of the same name."""
    run = interrupted()
    other = submit_run(CONFIG)
    with pytest.raises(ConfigError, match="Another run will save a model 'tiny'"):
        resume_run(run)
    assert queued_runs() == [other]


def test_resume_a_run_whose_name_is_taken(models_dir, small_model_file):
    """A run cannot be resumed when another run's model has its name, but when its own has, or when it may replace it."""
    (models_dir / "tiny").mkdir()
    (models_dir / "tiny" / "model.keras").write_bytes(small_model_file)
    files.write_json(models_dir / "tiny" / "card.json", {"run": "another"})
    with pytest.raises(ConfigError, match="already a model 'tiny' from another run"):
        resume_run(interrupted())
    allowed = interrupted(replace=True)
    resume_run(allowed)
    assert queued_runs() == [allowed]
    allowed.delete()
    saved = interrupted()
    files.write_json(models_dir / "tiny" / "card.json", {"run": saved.id})
    resume_run(saved)
    assert queued_runs() == [saved]


# Folders that cannot be used.


@pytest.mark.parametrize("variable", ["DIGITLAB_RUNS", "DIGITLAB_MODELS"])
def test_a_file_in_place_of_a_folder(tmp_path, monkeypatch, variable):
    """Where a folder cannot be written to, one sentence says which one, why, and what to do; afterwards runs are queued."""
    obstacle = tmp_path / "obstacle"
    obstacle.write_text("")
    monkeypatch.setenv(variable, str(obstacle))
    with pytest.raises(RunError) as refused:
        submit_run(CONFIG)
    assert str(refused.value) == (
        f"The folder {obstacle} cannot be written to: it is a file. Make it a folder in which this program may create files, "
        f"or set the environment variable {variable} to another folder."
    )
    with pytest.raises(RunError, match="it is a file"), begin_run(CONFIG):
        pass
    obstacle.unlink()
    assert submit_run(CONFIG) in queued_runs()


def test_a_folder_without_permission(models_dir, monkeypatch):
    """Without permission to create files, the sentence names the permission."""

    def refuse(folder):
        raise PermissionError(13, "Permission denied", str(folder))

    monkeypatch.setattr(files, "check_writable", refuse)
    with pytest.raises(RunError, match=f"{paths.runs_dir()} cannot be written to: Permission denied"):
        submit_run(CONFIG)


def test_a_full_disk(models_dir, monkeypatch):
    """A run that cannot be written, as on a full disk, is refused in one sentence and leaves nothing."""

    def full(*_):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(files, "write_json", full)
        with pytest.raises(RunError, match=f"cannot be written to {paths.runs_dir()}: No space left on device"):
            submit_run(CONFIG)
    assert list_runs() == []
    assert submit_run(CONFIG)
