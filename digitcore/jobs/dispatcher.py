"""Which run starts when: queued runs, oldest first, each in a process of its own on this machine.

A worker belongs to no browser tab and outlives the app. It is started by command line, never imported.
"""

import logging
import os
import subprocess
import threading
import time
from typing import NamedTuple

from filelock import FileLock, Timeout

from digitcore import paths
from digitcore.jobs.launchers import IDLE, IDLE_LOG_FILE, start_worker
from digitcore.runs.registry import list_runs, queued_runs
from digitcore.runs.run import LOG_FILE, Run
from digitcore.runs.state import Status

log = logging.getLogger(__name__)


PAUSE_SECONDS = 0.2
#: Before another idle worker is tried where one has ended by itself.
IDLE_RETRY_SECONDS = 60
#: How many runs are trained at once; more only where there are cores to spare.
AT_ONCE_VARIABLE = "DIGITLAB_RUNS_AT_ONCE"
#: ``0`` saves the 500 MB of a worker that waits.
IDLE_WORKER_VARIABLE = "DIGITLAB_IDLE_WORKER"


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
        running = {run.id for run in list_runs() if run.state().status == Status.RUNNING}
        for run in queued_runs():
            if len(started | running) >= at_once():
                break
            if run.id not in started:
                if not run.is_locked:  # by a worker of an app that has ended since
                    self._start(run)
                started.add(run.id)
        # Not beside a run: getting ready would take the cores from it.
        wanted = os.environ.get(IDLE_WORKER_VARIABLE) != "0" and time.monotonic() >= self._next_idle
        if wanted and self._idle is None and not started | running:
            self._idle = start_worker(IDLE, paths.runs_dir() / IDLE_LOG_FILE)

    def _reap(self) -> None:
        """Forget ended workers, and note those that ended before they took their run over."""
        for run, worker in list(self._workers.items()):
            process = worker.process
            if process.poll() is None:
                continue
            del self._workers[run]
            state = run.state()
            never_began = state.status == Status.QUEUED and state.queued_at == worker.queued_at and not run.is_locked
            # One that was ready gets a second try with a new process, whose beginning is in the log.
            if never_began and process.stdin is None:
                run.fail(f"The worker ended at once, with status {process.returncode}. See {run.folder / LOG_FILE}.")
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
        process = process or start_worker(str(run.folder.resolve()), run.folder / LOG_FILE)
        self._workers[run] = Worker(process, run.state().queued_at)


def at_once() -> int:
    """How many runs may be trained at the same time."""
    try:
        return max(1, int(os.environ.get(AT_ONCE_VARIABLE, "1")))
    except ValueError:
        return 1
