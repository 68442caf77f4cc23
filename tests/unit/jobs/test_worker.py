"""The process that trains, started as the app starts it."""

import os
import signal
import socket
import subprocess
import sys
import time
from dataclasses import replace

import psutil
import pytest

from digitcore.datasets import mnist
from digitcore.errors import RunError
from digitcore.jobs import worker
from digitcore.jobs.queue import resume_run
from digitcore.networks import registry
from digitcore.runs.registry import create_run
from digitcore.runs.run import CONFIG_FILE, HISTORY_FILE, LOG_FILE
from digitcore.runs.state import State, Status
from digitcore.training import train
from tests.server import PROJECT
from tests.unit.short_training import CONFIG, DROPOUT, few, wait_until

#: Keras with NumPy 2, at every weight that it reads.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")

SLOW = replace(CONFIG, **DROPOUT, limit=128, epochs=4, schedule="plateau", plateau_patience=1, batch_size=8)


def start(*arguments, **options):
    """A worker."""
    command = [sys.executable, "-m", "digitcore.jobs.worker", *map(str, arguments)]
    return subprocess.Popen(command, cwd=PROJECT, stdin=subprocess.PIPE, **options)


def test_killed_for_real(models_dir):
    """A worker that is killed leaves a run that another one resumes to exactly the curves of a run that nothing happened to."""
    run = create_run(SLOW)
    process = start(run.folder)
    wait_until(lambda: len(run.history()) >= 2, seconds=60)
    process.send_signal(signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL
    assert run.state().status == Status.INTERRUPTED
    run.resume()
    again = start(run.folder)
    whole = create_run(replace(SLOW, name="whole"))
    train.train(whole.config, whole.folder)
    assert again.wait(120) == 0
    assert run.state().status == Status.FINISHED
    assert run.history() == whole.history()
    assert run.progress() == whole.progress()
    assert run.state().events == whole.state().events
    assert run.state().metrics == whole.state().metrics
    assert "Epoch 4/4" in (run.folder / LOG_FILE).read_text()


def test_idle_worker(models_dir):
    """An idle worker waits, trains the run that it is told of, and writes to its log."""
    process = start("--idle", stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    run = create_run(replace(CONFIG, epochs=1))
    process.stdin.write(f"{run.folder}\n".encode())
    process.stdin.close()
    assert process.wait(120) == 0, process.stdout.read()
    process.stdout.close()
    assert run.state().status == Status.FINISHED
    assert run.state().pid == process.pid
    assert "val_loss" in (run.folder / LOG_FILE).read_text()
    assert registry.exists("tiny")


@pytest.fixture
def few_images(sample, monkeypatch, models_dir):
    small = few(sample)
    monkeypatch.setattr(mnist, "load_sample", lambda: small)


def test_damaged_settings():
    """A run whose settings cannot be read fails with that reason, in its state too."""
    run = create_run(CONFIG)
    (run.folder / CONFIG_FILE).write_text("{")
    assert worker.work(run) == 1
    assert run.state().status == Status.FAILED
    assert "settings of the run" in run.state().error


@pytest.mark.parametrize(
    "changes", [{"architecture": "cnn_v9"}, {"arguments": {"kernel": 3}}, {"arguments": {"filters": [512] * 8}}]
)
def test_settings_that_do_not_work(few_images, changes):
    """A run that cannot begin fails with a sentence."""
    run = create_run(replace(CONFIG, **changes))
    assert worker.work(run) == 1
    state = run.state()
    assert state.status == Status.FAILED
    assert state.error.endswith(".")


def test_a_labelled_folder_that_is_gone():
    """A run on a folder that does not exist fails with a sentence that names it."""
    run = create_run(replace(CONFIG, data="folder", folder="/nowhere"))
    assert worker.work(run) == 1
    assert "There is no folder /nowhere" in run.state().error


def test_a_bug(few_images, monkeypatch):
    """Whatever goes wrong is noted in the state."""

    def wrong(*_):
        raise ZeroDivisionError("division by zero\nsecond line")

    monkeypatch.setattr(train, "evaluate_model", wrong)
    run = create_run(replace(CONFIG, epochs=1))
    assert worker.work(run) == 1
    assert (run.state().status, run.state().error) == (Status.FAILED, "ZeroDivisionError: division by zero")


def test_a_name_that_is_taken_meanwhile(few_images, monkeypatch, models_dir, small_model_file):
    """A run whose name was taken while it trained keeps its network, and saves it when it is resumed and the name is free."""
    evaluate = train.evaluate_model

    def take_the_name(*arguments):
        (models_dir / "tiny.keras").write_bytes(small_model_file)
        return evaluate(*arguments)

    run = create_run(replace(CONFIG, epochs=2))
    with monkeypatch.context() as patch:
        patch.setattr(train, "evaluate_model", take_the_name)
        assert worker.work(run) == 1
    assert run.state().error == (
        "There is already a model 'tiny' from another run. Delete or rename it, then resume this run, whose network is kept."
    )
    assert (models_dir / "tiny.keras").read_bytes() == small_model_file
    (models_dir / "tiny.keras").unlink()
    resume_run(run)
    assert worker.work(run) == 0
    assert registry.find("tiny").card["run"] == run.id
    assert [row["epoch"] for row in run.history()] == [1, 2]


@pytest.mark.parametrize("status", [Status.FINISHED, Status.CANCELLED])
def test_a_run_that_has_ended(few_images, monkeypatch, status):
    """A second worker for a run that has ended, as two servers may start, leaves it as it is."""
    run = create_run(replace(CONFIG, epochs=1))
    run.write_state(replace(run.state(), status=status, epoch=1, best_epoch=1))
    before = run.state()
    assert worker.work(run) == 1
    assert run.state() == before
    assert not (run.folder / HISTORY_FILE).exists()


def test_a_run_that_is_running(few_images):
    """A second worker for a run that is running leaves it as it is."""
    me = psutil.Process()
    run = create_run(CONFIG)
    known = {"pid": me.pid, "pid_started": me.create_time(), "host": socket.gethostname(), "heartbeat": time.time()}
    run.write_state(State(status=Status.RUNNING, **known))
    before = run.state()
    assert worker.work(run) == 1
    with pytest.raises(RunError, match="is already running"):
        train.train(CONFIG, run.folder)
    assert run.state() == before


def test_log(tmp_path):
    """What the process and its children write goes to the end of the log."""
    log = tmp_path / "log.txt"
    log.write_text("before\n")
    code = (
        f"from pathlib import Path; from digitcore.jobs.worker import write_log_to; write_log_to(Path({str(log)!r})); "
        "import os; print('printed', flush=True); os.system('echo child; echo error >&2')"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=PROJECT, capture_output=True, text=True, check=True)
    assert log.read_text() == "before\nprinted\nchild\nerror\n"
    assert done.stdout == done.stderr == ""


def test_niceness(monkeypatch):
    """A worker leaves the machine to others first."""
    asked = []
    monkeypatch.setattr(os, "nice", asked.append)
    monkeypatch.setattr(worker, "get_ready", lambda: None)
    monkeypatch.setattr(sys, "argv", ["worker", "--idle"])
    monkeypatch.setattr(sys, "stdin", open(os.devnull))  # noqa: SIM115 - stdin is closed with the process
    assert worker.main() == 0  # told of no run, it ends
    assert asked == [worker.NICENESS]
