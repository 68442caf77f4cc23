"""What a state says about its run: whether the worker is alive, and how it goes through its file."""

import socket
import subprocess
import sys
import time

import psutil

from digitcore.runs.state import State, Status
from tests.unit.runs.states import alive
from tests.unit.short_training import wait_until


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


def test_state_that_changes_is_read_anew(run):
    """A state that was written a moment ago is the one that is read, also where it has the same size."""
    for epoch in range(1, 10):
        run.write_state(alive(epoch=epoch))
        assert run.state().epoch == epoch
