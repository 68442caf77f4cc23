"""Which run starts when: queued runs, oldest first, each in a process of its own on this machine.

A worker belongs to no browser tab and outlives the app. It is started by command line, never imported.
"""

import itertools
import logging
import os
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import NamedTuple

from filelock import FileLock, Timeout

from digitcore import paths
from digitcore.datasets.training_data import count_training_images
from digitcore.errors import ConfigError
from digitcore.networks import registry
from digitcore.runs import run as runs
from digitcore.runs.config import TrainConfig, check_batch_fits
from digitcore.runs.run import Run

log = logging.getLogger(__name__)

WORKER = [sys.executable, "-m", "digitcore.jobs.worker"]
#: A demo host's visitors cannot fill its disk.
MAX_QUEUE = 20

IDLE, IDLE_LOG_FILE = "--idle", ".idle-worker.log"
PAUSE_SECONDS = 0.2
#: Before another idle worker is tried where one has ended by itself.
IDLE_RETRY_SECONDS = 60
#: How many runs are trained at once; more only where there are cores to spare.
AT_ONCE_VARIABLE = "DIGITLAB_RUNS_AT_ONCE"
#: ``0`` saves the 500 MB of a worker that waits.
IDLE_WORKER_VARIABLE = "DIGITLAB_IDLE_WORKER"


def check(config: TrainConfig) -> int:
    """Check that a run can be put in the queue.

    Returns:
        How many images it would train on.

    Raises:
        ConfigError: the name is taken, a batch is larger than the data, or the queue is full.
        DataError: the labelled folder cannot be used.
    """
    check_name_is_free(config.name)
    images = count_training_images(config)
    check_batch_fits(config.batch_size, images)
    if len(runs.queue()) >= MAX_QUEUE:
        raise ConfigError(f"{MAX_QUEUE} runs are waiting already. Try again when some of them are done.")
    return images


def check_name_is_free(name: str) -> None:
    """Check that no model has the name, and no run will give one.

    Raises:
        ConfigError: one has, or will.
    """
    if registry.exists(name):
        raise ConfigError(f"There is already a model {name!r}. Choose another name.")
    if name in runs.names_in_use():
        raise ConfigError(f"A run that waits or runs will already give a model {name!r}. Choose another name.")


def submit(config: TrainConfig) -> Run:
    """Put a new run in the queue; what it raises is ``check``'s."""
    check(config)
    return runs.create(config)


def free_name(name: str) -> str:
    """The name itself where no model or run has it, else with a number."""
    taken = runs.names_in_use() | {entry.name for entry in registry.list_models()}
    candidates = itertools.chain([name], (f"{name[:60]}_{number}" for number in itertools.count(2)))
    return next(candidate for candidate in candidates if candidate not in taken)


class Worker(NamedTuple):
    """A process, and when the run that it was given had been put in the queue."""

    process: subprocess.Popen
    queued_at: float


class Dispatcher:
    """Starts queued runs from a background thread. Of several servers that share a runs folder, one dispatches."""

    def __init__(self) -> None:
        paths.runs_dir().mkdir(parents=True, exist_ok=True)
        self._lock = FileLock(paths.runs_dir() / ".dispatcher.lock", thread_local=False)
        self._workers: dict[Run, Worker] = {}
        self._idle: subprocess.Popen | None = None
        self._next_idle = 0.0
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._dispatch, name="dispatcher", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def close(self) -> None:
        """Start nothing more; runs that have begun go on."""
        self._closed.set()
        if self._thread.is_alive():
            self._thread.join()
        if self._idle:
            self._idle.stdin.close()
        self._lock.release()

    def _dispatch(self) -> None:
        while not self._closed.wait(PAUSE_SECONDS):
            try:
                if self._is_ours():
                    self._step()
            except Exception:  # a full disk or a folder deleted by hand must not end all training
                log.exception("The dispatcher stumbled.")
                self._closed.wait(5)

    def _is_ours(self) -> bool:
        if not self._lock.is_locked:
            try:
                self._lock.acquire(blocking=False)
            except Timeout:
                return False
        return True

    def _step(self) -> None:
        self._reap()
        started = {run.id for run in self._workers if run.state().is_active}
        running = {run.id for run in runs.list_runs() if run.state().status == runs.RUNNING}
        for run in runs.queue():
            if len(started | running) >= at_once():
                break
            if run.id not in started:
                if not run.is_claimed:  # by a worker of an app that has ended since
                    self._start(run)
                started.add(run.id)
        # Not beside a run: getting ready would take the cores from it.
        wanted = os.environ.get(IDLE_WORKER_VARIABLE) != "0" and time.monotonic() >= self._next_idle
        if wanted and self._idle is None and not started | running:
            self._idle = spawn(IDLE, paths.runs_dir() / IDLE_LOG_FILE)

    def _reap(self) -> None:
        """Forget ended workers, and note those that ended before they took their run over."""
        for run, worker in list(self._workers.items()):
            process = worker.process
            if process.poll() is None:
                continue
            del self._workers[run]
            state = run.state()
            never_began = state.status == runs.QUEUED and state.queued_at == worker.queued_at and not run.is_claimed
            # One that was ready gets a second try with a new process, whose beginning is in the log.
            if never_began and process.stdin is None:
                run.fail(f"The worker ended at once, with status {process.returncode}. See {run.folder / runs.LOG_FILE}.")
        if self._idle and self._idle.poll() is not None:
            log.warning("The idle worker ended. See %s.", paths.runs_dir() / IDLE_LOG_FILE)
            self._idle, self._next_idle = None, time.monotonic() + IDLE_RETRY_SECONDS

    def _start(self, run: Run) -> None:
        process, self._idle = self._idle, None
        if process:
            try:
                process.stdin.write(f"{run.folder.resolve()}\n".encode())
                process.stdin.close()
            except OSError:  # it has died meanwhile
                process = None
        process = process or spawn(str(run.folder.resolve()), run.folder / runs.LOG_FILE)
        self._workers[run] = Worker(process, run.state().queued_at)


def spawn(argument: str, log_file: Path) -> subprocess.Popen:
    """Start a worker that outlives this process; an idle one ends with it."""
    search_path = os.pathsep.join(filter(None, (str(paths.PROJECT_DIR), os.environ.get("PYTHONPATH"))))
    with log_file.open("a" if argument != IDLE else "w") as output:
        return subprocess.Popen(
            [*WORKER, argument],
            env=os.environ | {"PYTHONPATH": search_path},
            stdin=subprocess.PIPE if argument == IDLE else subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )


def at_once() -> int:
    """How many runs may be trained at the same time."""
    try:
        return max(1, int(os.environ.get(AT_ONCE_VARIABLE, "1")))
    except ValueError:
        return 1
