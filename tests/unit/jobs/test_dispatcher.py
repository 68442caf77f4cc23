"""Which run starts when, with workers that only pretend to train."""

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import time
from dataclasses import replace

import psutil
import pytest

from digitcore import paths
from digitcore.jobs import launchers
from digitcore.jobs.dispatcher import AT_ONCE_VARIABLE, IDLE_WORKER_VARIABLE, RETRY_SECONDS, Dispatcher, Worker, at_once
from digitcore.runs.registry import create_run, new_run_folder
from digitcore.runs.run import CHECKPOINT_FILE, LOG_FILE, Run
from digitcore.runs.state import State, Status
from tests.unit.pretended_training import WORKS
from tests.unit.short_training import CONFIG, wait_until

#: Ends at once, whatever it is asked to do.
DIES = "import sys; print('I cannot.'); sys.exit(3)"
#: Ends when it is given a run, but is willing as long as it waits.
DIES_LATER = "import sys; sys.argv[1] == '--idle' and sys.stdin.readline(); sys.exit(3)"


@pytest.fixture(autouse=True)
def pretend(monkeypatch):
    """Workers are short scripts, and the dispatcher is quick; no idle worker unless a test wants one."""
    monkeypatch.setattr("digitcore.jobs.dispatcher.PAUSE_SECONDS", 0.01)
    monkeypatch.setenv(IDLE_WORKER_VARIABLE, "0")
    monkeypatch.delenv(AT_ONCE_VARIABLE, raising=False)
    become(monkeypatch, WORKS)


def become(monkeypatch, script):
    monkeypatch.setattr(launchers, "WORKER", [sys.executable, "-c", script])


@contextlib.contextmanager
def started_dispatcher():
    """One that has begun; afterwards all its workers end."""
    with_workers = Dispatcher()
    with_workers.start()
    try:
        yield with_workers
    finally:
        end(with_workers)


@pytest.fixture
def dispatcher():
    """One that has begun; afterwards all its workers end."""
    with started_dispatcher() as with_workers:
        yield with_workers


def end(dispatcher):
    dispatcher.close()
    for process in [*(worker.started.process for worker in dispatcher._workers.values()), *filter(None, [dispatcher._idle])]:
        process.kill()
        process.wait()


def queued(name="tiny", queued_at=None):
    """A run that appears in the queue in one step, as if it had been queued at that time."""
    config = replace(CONFIG, name=name)
    if queued_at is None:
        return create_run(config)
    draft = Run(paths.runs_dir().with_name(f"draft-{name}"))
    draft.initialise(config, State(queued_at=queued_at))
    paths.runs_dir().mkdir(exist_ok=True)
    return Run(draft.folder.rename(new_run_folder(name)))


def status(run):
    return run.state().status


def starts(run):
    """How often a worker has taken the run, and whether it had been idle."""
    file = run.folder / "starts"
    return file.read_text().splitlines() if file.exists() else []


def let(run, expected=Status.FINISHED):
    """Let the run's worker end."""
    (run.folder / "go").touch()
    wait_until(lambda: status(run) == expected)


def has_looked(dispatcher, monkeypatch, times=3):
    """Wait until the dispatcher has looked at everything a few times more."""
    looked, step = [], dispatcher._step

    def count():
        step()
        looked.append(True)

    monkeypatch.setattr(dispatcher, "_step", count)
    wait_until(lambda: len(looked) >= times)


def test_one_at_a_time(monkeypatch):
    """The oldest run in the queue runs alone; the next one starts when it has ended."""
    second, first = queued("a", queued_at=2.0), queued("b", queued_at=1.0)
    with started_dispatcher() as dispatcher:
        wait_until(lambda: status(first) == Status.RUNNING)
        has_looked(dispatcher, monkeypatch)
        assert status(second) == Status.QUEUED
        let(first)
        wait_until(lambda: status(second) == Status.RUNNING)
        let(second)
    assert starts(first) == [str(first.folder)]
    assert len(starts(second)) == 1


@pytest.mark.parametrize("number", ["2", "3"])
def test_several_at_once(dispatcher, monkeypatch, number):
    """As many run at once as the variable allows."""
    monkeypatch.setenv(AT_ONCE_VARIABLE, number)
    made = [queued(f"r{i}") for i in range(4)]
    wait_until(lambda: sum(status(run) == Status.RUNNING for run in made) == int(number))
    has_looked(dispatcher, monkeypatch)
    assert sum(status(run) == Status.RUNNING for run in made) == int(number)


@pytest.mark.parametrize(("value", "expected"), [("", 1), ("many", 1), ("0", 1), ("-3", 1), ("2", 2), (" 4 ", 4)])
def test_at_once(monkeypatch, value, expected):
    """What is no number, or less than one, allows one run."""
    monkeypatch.setenv(AT_ONCE_VARIABLE, value)
    assert at_once() == expected


def test_a_run_of_the_command_line_counts(dispatcher, monkeypatch):
    """While a run that was started by hand is running, the queue waits."""
    me = psutil.Process()
    known = {"pid": me.pid, "pid_started": me.create_time(), "host": socket.gethostname(), "heartbeat": time.time()}
    by_hand = create_run(CONFIG)
    by_hand.write_state(State(status=Status.RUNNING, **known))
    waiting = queued()
    has_looked(dispatcher, monkeypatch)
    assert status(waiting) == Status.QUEUED
    by_hand.write_state(State(status=Status.INTERRUPTED))
    wait_until(lambda: status(waiting) == Status.RUNNING)


def test_two_dispatchers_start_each_run_once(dispatcher):
    """Of two dispatchers on one folder one starts the runs, each once; when it closes the other takes over."""
    other = Dispatcher()
    other.start()
    try:
        made = [queued(f"r{i}", queued_at=float(i)) for i in range(3)]
        for run in made[:2]:
            wait_until(lambda run=run: status(run) == Status.RUNNING)
            let(run)
        dispatcher.close()
        wait_until(lambda: status(made[2]) == Status.RUNNING)
        let(made[2])
        assert [len(starts(run)) for run in made] == [1, 1, 1]
    finally:
        end(other)


def test_cancelled_before_its_start(dispatcher, monkeypatch):
    """A run that is cancelled in the queue is never started."""
    first, second = queued("a", queued_at=1.0), queued("b", queued_at=2.0)
    wait_until(lambda: status(first) == Status.RUNNING)
    second.request("cancel")
    let(first)
    has_looked(dispatcher, monkeypatch)
    assert status(second) == Status.CANCELLED
    assert not starts(second)


def test_a_worker_that_ends_at_once(dispatcher, monkeypatch):
    """A worker that ends before it takes its run over makes the run fail, with its status, and is not tried for ever."""
    become(monkeypatch, DIES)
    run, other = queued("a", queued_at=1.0), queued("b", queued_at=2.0)
    for each in (run, other):
        wait_until(lambda each=each: status(each) == Status.FAILED)
        assert f"ended before training began, with exit status 3. See {each.folder / LOG_FILE}" in each.state().error
        assert (each.folder / LOG_FILE).read_text().count("I cannot.") == 1


def test_a_command_that_does_not_exist(dispatcher, monkeypatch):
    """Where no worker can be started at all, the dispatcher goes on and starts the run when one can."""
    waited = []
    monkeypatch.setattr(dispatcher._closed, "wait", lambda seconds: waited.append(seconds) or time.sleep(0.01))
    monkeypatch.setattr(launchers, "WORKER", ["/nowhere/python"])
    run = queued()
    wait_until(lambda: RETRY_SECONDS in waited)
    become(monkeypatch, WORKS)
    wait_until(lambda: status(run) == Status.RUNNING)
    monkeypatch.undo()


def test_resumed_before_its_old_worker_is_gone(dispatcher, monkeypatch):
    """A run that failed and was resumed while its old worker was still ending is started again, not failed again."""
    monkeypatch.setattr(dispatcher, "_is_ours", lambda: False)
    run = create_run(CONFIG)
    run.write_state(State(status=Status.FAILED, error="The disk is full."))
    (run.folder / CHECKPOINT_FILE).touch()
    old = subprocess.Popen([sys.executable, "-c", DIES], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    dispatcher._workers[run] = Worker(launchers.LocalWorker(old), run.state().queued_at)
    run.resume()
    old.wait()
    dispatcher._step()
    assert status(run) != Status.FAILED
    dispatcher._step()
    wait_until(lambda: status(run) == Status.RUNNING)
    let(run)


def test_resumed_run_is_started_again(dispatcher):
    """A run whose worker was killed can be resumed by the same dispatcher."""
    run = queued()
    wait_until(lambda: status(run) == Status.RUNNING)
    os.kill(run.state().pid, 9)
    wait_until(lambda: status(run) == Status.INTERRUPTED)
    wait_until(lambda: not dispatcher._workers)
    run.resume()
    wait_until(lambda: status(run) == Status.RUNNING)
    let(run)
    assert len(starts(run)) == 2


def test_damaged_runs_do_not_hold_up_the_queue(dispatcher):
    """A run that cannot be read is passed over."""
    for content in ("{", '{"status": "queued", "queued_at": "soon"}', '{"status": "running", "heartbeat": "soon"}'):
        create_run(CONFIG).state_file.write_text(content)
    run = queued()
    wait_until(lambda: status(run) == Status.RUNNING)
    let(run)


# The idle worker.


@pytest.fixture
def idle(dispatcher, monkeypatch):
    """The worker that waits."""
    monkeypatch.setenv(IDLE_WORKER_VARIABLE, "1")
    return wait_until(lambda: dispatcher._idle)


def test_an_idle_worker_takes_the_run(dispatcher, idle):
    """The run is given to the worker that waits; another one is made when the run has ended, not beside it."""
    run = queued()
    wait_until(lambda: status(run) == Status.RUNNING)
    assert starts(run) == ["--idle"]
    assert run.state().pid == idle.pid
    assert dispatcher._idle is None
    let(run)
    wait_until(lambda: dispatcher._idle)


def test_an_idle_worker_that_died(dispatcher, idle, monkeypatch):
    """Where the worker that waited is dead, the run is started by a new one."""
    with_lock = dispatcher._is_ours
    monkeypatch.setattr(dispatcher, "_is_ours", lambda: False)  # so that it is not noticed before
    has_not_noticed = idle
    idle.kill()
    idle.wait()
    run = queued()
    monkeypatch.setattr(dispatcher, "_is_ours", with_lock)
    wait_until(lambda: status(run) == Status.RUNNING)
    assert starts(run) == [str(run.folder)]
    assert run.state().pid != has_not_noticed.pid
    let(run)


def test_an_idle_worker_that_dies_with_the_run(dispatcher, monkeypatch):
    """Where the worker that waited dies when it is given a run, a new one is tried once, and then the run fails."""
    become(monkeypatch, DIES_LATER)
    monkeypatch.setenv(IDLE_WORKER_VARIABLE, "1")
    wait_until(lambda: dispatcher._idle)
    run = queued()
    wait_until(lambda: status(run) == Status.FAILED)
    assert "exit status 3" in run.state().error


def test_an_idle_worker_that_cannot_be_had(dispatcher, monkeypatch):
    """A worker that ends while it gets ready is not made again and again."""
    spawned, spawn = [], launchers.start_worker
    monkeypatch.setattr(
        "digitcore.jobs.dispatcher.start_worker", lambda *arguments: spawned.append(arguments) or spawn(*arguments)
    )
    become(monkeypatch, DIES)
    monkeypatch.setenv(IDLE_WORKER_VARIABLE, "1")
    wait_until(lambda: dispatcher._next_idle)
    has_looked(dispatcher, monkeypatch, times=5)
    assert len(spawned) == 1
    become(monkeypatch, WORKS)
    run = queued()
    wait_until(lambda: status(run) == Status.RUNNING)
    let(run)


def test_an_idle_worker_ends_with_the_app(dispatcher, idle):
    """When the dispatcher closes, the worker that waits ends by itself."""
    dispatcher.close()
    assert idle.wait(10) == 0


def test_a_running_worker_outlives_the_app(dispatcher):
    """When the dispatcher closes, a run that has begun goes on."""
    run = queued()
    wait_until(lambda: status(run) == Status.RUNNING)
    dispatcher.close()
    assert status(run) == Status.RUNNING
    let(run)


def test_the_next_app_does_not_start_a_run_twice(dispatcher, monkeypatch):
    """A worker that is still getting ready when the app is started anew keeps its run to itself."""
    become(monkeypatch, "import time; time.sleep(0.4)" + WORKS)
    run = queued()
    wait_until(lambda: dispatcher._workers)
    dispatcher.close()
    other = Dispatcher()
    other.start()
    try:
        wait_until(lambda: status(run) == Status.RUNNING)
        has_looked(other, monkeypatch, times=50)
        let(run)
        time.sleep(0.5)  # a second worker would need as long to appear
        assert len(starts(run)) == 1
    finally:
        end(other)


def test_folder_of_runs_deleted_meanwhile(dispatcher, idle, monkeypatch):
    """A dispatcher whose folder was deleted starts the runs that are made after that."""
    shutil.rmtree(paths.runs_dir())
    monkeypatch.setenv(IDLE_WORKER_VARIABLE, "0")
    run = queued()
    wait_until(lambda: status(run) == Status.RUNNING)
    let(run)


@pytest.fixture
def quick_retry(monkeypatch):
    """The dispatcher tries again at once."""
    monkeypatch.setattr("digitcore.jobs.dispatcher.RETRY_SECONDS", 0.01)


@pytest.mark.usefixtures("quick_retry")
def test_a_file_in_place_of_the_folder_of_runs(caplog):
    """Where the folder of runs is a file, the dispatcher says so, in the log once, and begins when the file is gone."""
    paths.runs_dir().write_text("")
    dispatcher = Dispatcher()
    dispatcher.start()
    try:
        problem = wait_until(dispatcher.problem)
        assert problem == (
            f"Queued runs cannot be started at the moment ({paths.runs_dir()}: File exists). They start once this is fixed."
        )
        failures = []
        note = dispatcher._note_failure
        dispatcher._note_failure = lambda error: failures.append(error) or note(error)
        wait_until(lambda: len(failures) >= 3)
        assert [record.getMessage() for record in caplog.records] == [problem]
        paths.runs_dir().unlink()
        run = queued()
        wait_until(lambda: status(run) == Status.RUNNING)
        wait_until(lambda: dispatcher.problem() is None)
        let(run)
    finally:
        end(dispatcher)


@pytest.mark.usefixtures("quick_retry")
def test_a_folder_without_permission(dispatcher, monkeypatch):
    """Where workers cannot be started for want of a permission, the page can say so, until the permission is there."""

    def refuse(*_):
        raise PermissionError(13, "Permission denied", "/runs/log.txt")

    with monkeypatch.context() as patch:
        patch.setattr(launchers, "start_worker", refuse)
        run = queued()
        assert "(/runs/log.txt: Permission denied)" in wait_until(dispatcher.problem)
    wait_until(lambda: status(run) == Status.RUNNING)
    let(run)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_dispatcher_whose_thread_has_ended(dispatcher, monkeypatch):
    """A dispatcher that has died says so; one that has not begun, or was closed, has no problem."""
    assert dispatcher.problem() is None
    assert Dispatcher().problem() is None

    def exit_thread():
        raise SystemExit

    monkeypatch.setattr(dispatcher, "_step", exit_thread)
    assert wait_until(dispatcher.problem) == "The thread that starts queued runs has ended. Restart the server."
    dispatcher.close()
    assert dispatcher.problem() is None


def test_run_deleted_while_its_worker_gets_ready(dispatcher, monkeypatch):
    """A run that was deleted before its worker took it over is not brought back, and the next one starts."""
    become(monkeypatch, "import time; time.sleep(0.3)" + WORKS)
    run, other = queued("a", queued_at=1.0), queued("b", queued_at=2.0)
    wait_until(lambda: dispatcher._workers)
    run.delete()
    wait_until(lambda: status(other) == Status.RUNNING)
    let(other)
    assert not run.folder.exists()


def test_close_twice_and_without_start():
    """A dispatcher can be closed before it has begun, and twice."""
    dispatcher = Dispatcher()
    dispatcher.close()
    dispatcher.close()


def test_workers_find_the_package(tmp_path, monkeypatch):
    """A worker finds digitcore wherever the app was started, and its output goes to the log."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(launchers, "WORKER", [sys.executable, "-c", "import digitcore.runs.run; print('found')"])
    log = tmp_path / "log.txt"
    assert launchers.start_worker(["x"], log).wait() == 0
    assert log.read_text() == "found\n"
