"""Runs and search workers as jobs of a real Ray head on loopback."""

import importlib.util
import os
import signal
import socket
import subprocess
import sys
from dataclasses import replace

import pytest

from digitcore import paths
from digitcore.errors import ClusterError
from digitcore.jobs import launchers, ray_client, ray_jobs
from digitcore.jobs.dispatcher import Dispatcher
from digitcore.networks import registry
from digitcore.runs.registry import create_run
from digitcore.runs.run import LOG_FILE
from digitcore.runs.state import Status
from digitcore.search.location import STORAGE_VARIABLE
from tests.ray_head import running_ray_head
from tests.server import PROJECT
from tests.unit.pretended_training import WORKS
from tests.unit.short_training import CONFIG, wait_until

#: Ray is not imported here, because it reads its token when it is.
pytestmark = pytest.mark.skipif(
    not importlib.util.find_spec("ray"), reason="Ray is not installed: pip install -r requirements-cluster.txt"
)

STORAGE = "postgresql+psycopg://anna:s3%3Acr%5Cet%40%2F@db.example:5433/studies"
SAME_USER = "postgresql+psycopg://anna@db.example:5433/studies"


@pytest.fixture(scope="module")
def head():
    """A Ray head with two cores."""
    with running_ray_head() as address:
        yield address


@pytest.fixture
def ray(head, monkeypatch):
    """Workers become jobs of the head; the dispatcher is quick."""
    monkeypatch.setattr("digitcore.jobs.dispatcher.PAUSE_SECONDS", 0.01)
    monkeypatch.setattr(ray_jobs, "POLL_SECONDS", 0.05)
    monkeypatch.setenv(ray_client.ADDRESS_VARIABLE, head)
    return head


@pytest.fixture
def dispatcher(ray):
    """One that starts runs on Ray."""
    with_jobs = Dispatcher()
    with_jobs.start()
    yield with_jobs
    with_jobs.close()


def become(monkeypatch, script):
    """Let workers be a short script."""
    for name in ("WORKER", "SEARCH_WORKER"):
        monkeypatch.setattr(launchers, name, [sys.executable, "-c", script])


def jobs_of(run):
    """How often a run was submitted."""
    return [job for job in ray_client.ask(lambda client: client.list_jobs()) if f"-{run.id}-" in job.submission_id]


def let(run):
    """Let the pretended training end."""
    (run.folder / "go").touch()
    wait_until(lambda: run.state().status == Status.FINISHED)


def test_the_whole_way(dispatcher, models_dir):
    """A queued run is trained as a Ray job, killed with SIGKILL, resumed and stopped, and its model and log are there."""
    run = create_run(replace(CONFIG, epochs=500))
    seen = {run.state().status}
    wait_until(lambda: seen.add(run.state().status) or run.history())
    assert seen == {Status.QUEUED, Status.RUNNING}
    assert "Epoch 1/500" in (run.folder / LOG_FILE).read_text()
    assert dispatcher._idle is None
    first = run.state().pid
    os.kill(first, signal.SIGKILL)
    wait_until(lambda: run.state().status == Status.INTERRUPTED)
    wait_until(lambda: not dispatcher._workers)
    rows = len(run.history())
    run.resume()
    wait_until(lambda: len(run.history()) > rows)
    assert run.state().pid != first
    run.request("stop")
    wait_until(lambda: run.state().status == Status.FINISHED)
    assert run.state().stopped
    assert run.config.epochs > len(run.history()) > rows
    assert registry.find("tiny").card["run"] == run.id
    assert "Ray: Ended with exit status -9, as the Ray job digitlab-run-" in (run.folder / LOG_FILE).read_text()


def test_the_next_app_does_not_start_a_run_twice(dispatcher, monkeypatch):
    """A run whose job was submitted by an earlier app is found again, although no file lock says that it has begun."""
    become(monkeypatch, "import time; time.sleep(1)" + WORKS)
    monkeypatch.setattr("digitcore.runs.run.Run.is_locked", False)
    run = create_run(CONFIG)
    first = wait_until(lambda: dispatcher._workers.get(run))
    dispatcher.close()
    other = Dispatcher()
    other.start()
    try:
        found = wait_until(lambda: other._workers.get(run))
        wait_until(lambda: run.state().status == Status.RUNNING)
        assert found.started.id == first.started.id
        let(run)
        wait_until(lambda: not other._workers)
        assert len(jobs_of(run)) == 1
    finally:
        other.close()


def test_a_job_that_ends_before_training(dispatcher, monkeypatch):
    """A job that fails before training begins makes the run fail, with its status, its job, and the reason in the log."""
    become(monkeypatch, "import sys; sys.exit('The disk is missing.')")
    run = create_run(CONFIG)
    wait_until(lambda: run.state().status == Status.FAILED)
    log = run.folder / LOG_FILE
    (job,) = jobs_of(run)
    assert run.state().error == (
        f"The worker ended before training began, with exit status 1, as the Ray job {job.submission_id}. See {log}."
    )
    assert log.read_text() == "The disk is missing.\n"


def test_a_job_that_ray_lost(ray, tmp_path, monkeypatch):
    """A job that Ray could not start or lost is submitted again under a new id, but not for ever."""
    details = {"status": "FAILED", "driver_exit_code": None, "message": "The actor died.", "error_type": None}
    for attempt, again in [(1, True), (ray_jobs.MAX_ATTEMPTS, False)]:
        job = ray_jobs.RayJob("digitlab-x", attempt, tmp_path / "log.txt")
        job._end(type("Details", (), details))
        assert (job.poll(), job.may_try_again) == (1, again)
    waited = details | {"error_type": "JOB_SUPERVISOR_ACTOR_START_TIMEOUT"}
    job._end(type("Details", (), waited))
    assert job.may_try_again, "No machine was free."
    assert (tmp_path / "log.txt").read_text().count("The actor died.") == 3


def test_search_worker(ray, monkeypatch, tmp_path):
    """A search worker is one job for each slot; one that lives is found again, one that has ended is started anew."""
    monkeypatch.setenv(STORAGE_VARIABLE, STORAGE)
    paths.runs_dir().mkdir()
    script = (
        "import os, pathlib, sys, time\n"
        "print(sys.argv[1:], os.environ['DIGITLAB_STUDY_STORAGE'], os.environ['DIGITLAB_RUNS'], flush=True)\n"
        f"while not pathlib.Path({str(tmp_path / 'go')!r}).exists(): time.sleep(0.01)\n"
    )
    become(monkeypatch, script)
    log = tmp_path / "search.log"
    worker = launchers.start_search_worker("lenet", 0, log)
    wait_until(lambda: log.exists() and log.read_text())
    again = launchers.start_search_worker("lenet", 0, log)
    assert (worker.poll(), again.poll(), again.id) == (None, None, worker.id)
    (tmp_path / "go").touch()
    assert wait_until(lambda: worker.poll() is not None and worker.ended_with).startswith("exit status 0")
    third = launchers.start_search_worker("lenet", 0, log)
    wait_until(lambda: third.poll() == 0)
    assert (worker.id, third.id) == ("digitlab-search-lenet-0-1", "digitlab-search-lenet-0-2")
    line = f"['lenet', '0'] {SAME_USER} {paths.runs_dir()}\n"
    assert log.read_text() == 2 * line


def test_local_search_worker(monkeypatch, tmp_path):
    """Without Ray, a search worker is a process that is told its study and slot, and writes to its log."""
    become(monkeypatch, "import sys; print(sys.argv[1:]); sys.exit(4)")
    worker = launchers.start_search_worker("lenet", 3, tmp_path / "search.log")
    assert wait_until(worker.poll) == 4
    assert worker.ended_with == "exit status 4"
    assert (tmp_path / "search.log").read_text() == "['lenet', '3']\n"


# A head that cannot be used.


@pytest.mark.parametrize("listens", [False, True], ids=["nobody listens", "nobody answers"])
def test_unreachable(ray, monkeypatch, listens):
    """While the head does not answer, the page can say so within seconds and the run waits; it starts when the head is back."""
    monkeypatch.setattr("digitcore.jobs.dispatcher.RETRY_SECONDS", 0.1)
    monkeypatch.setattr(ray_client, "TIMEOUT_SECONDS", (0.3, 0.3))
    become(monkeypatch, WORKS)
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        if listens:
            silent.listen()
        address = f"127.0.0.1:{silent.getsockname()[1]}"
        monkeypatch.setenv(ray_client.ADDRESS_VARIABLE, f"http://anna:s3cret@{address}")
        run = create_run(CONFIG)
        dispatcher = Dispatcher()
        dispatcher.start()
        try:
            assert wait_until(dispatcher.problem, seconds=10) == (
                f"Queued runs cannot be started at the moment (Ray does not answer at http://{address}). "
                "They start once this is fixed."
            )
            assert run.state().status == Status.QUEUED
            monkeypatch.setattr(ray_client, "TIMEOUT_SECONDS", (3.0, 10.0))
            monkeypatch.setenv(ray_client.ADDRESS_VARIABLE, ray)
            wait_until(lambda: run.state().status == Status.RUNNING)
            wait_until(lambda: dispatcher.problem() is None)
            let(run)
        finally:
            dispatcher.close()


def test_wrong_token(ray, monkeypatch, tmp_path):
    """A head that asks for another token is named, with the variables to set and without the token."""
    code = "from pathlib import Path; from digitcore.jobs import ray_jobs; ray_jobs.submit(['true'], 'name', Path('log'), {})"
    environment = os.environ | {"RAY_AUTH_TOKEN": "s3cret" * 6}
    done = subprocess.run([sys.executable, "-c", code], cwd=PROJECT, env=environment, capture_output=True, text=True)
    assert "ClusterError" in done.stderr
    assert "set RAY_AUTH_MODE=token and RAY_AUTH_TOKEN to the token of its head" in done.stderr
    assert "s3cret" not in done.stderr


@pytest.mark.parametrize("value", ["ray://127.0.0.1:10001", "auto://"])
def test_an_address_of_another_kind(monkeypatch, tmp_path, value):
    """An address that is not the dashboard's is refused at once."""
    monkeypatch.setenv(ray_client.ADDRESS_VARIABLE, value)
    with pytest.raises(ClusterError, match="give the dashboard of the head"):
        ray_jobs.submit(["true"], "name", tmp_path / "log", {})


def test_ray_is_not_installed(monkeypatch, tmp_path):
    """Where Ray is not installed, the sentence says which command installs it."""
    monkeypatch.setenv(ray_client.ADDRESS_VARIABLE, "http://127.0.0.1:1")
    for name in ("ray", "ray.exceptions", "ray.job_submission"):
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(ClusterError, match=r"run 'pip install -r requirements-cluster\.txt'"):
        ray_jobs.submit(["true"], "name", tmp_path / "log", {})
