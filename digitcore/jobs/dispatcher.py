"""Starts queued runs, the oldest first, each in a worker process on this machine or on a Ray cluster.

A worker does not depend on any browser tab and outlives the app. It is started by command line and never imported.
"""

import logging
import os
import subprocess
import threading
import time
from typing import NamedTuple

from filelock import FileLock, Timeout

from digitcore import paths
from digitcore.errors import DigitcoreError, summary
from digitcore.jobs import ray_jobs
from digitcore.jobs.launchers import IDLE, IDLE_LOG_FILE, LocalWorker, StartedWorker, start_run, start_worker
from digitcore.runs.registry import active_runs, queued_runs
from digitcore.runs.run import LOG_FILE, Run
from digitcore.runs.state import Status

log = logging.getLogger(__name__)

#: Pause between two checks of the queue.
PAUSE_SECONDS = 0.2
#: Pause after a failure.
RETRY_SECONDS = 5
#: Pause before an idle worker that ended by itself is replaced.
IDLE_RETRY_SECONDS = 60
#: The number of runs trained at the same time; more than one only makes sense with cores to spare.
AT_ONCE_VARIABLE = "DIGITLAB_RUNS_AT_ONCE"
#: ``0`` saves the 500 MB that an idle worker needs.
IDLE_WORKER_VARIABLE = "DIGITLAB_IDLE_WORKER"


class Worker(NamedTuple):
    """A worker, and when its run was queued."""

    started: StartedWorker
    queued_at: float


class Dispatcher:
    """Starts queued runs from a background thread. Of several servers that share a runs folder, only one dispatches."""

    def __init__(self) -> None:
        self._lock = FileLock(paths.runs_dir() / ".dispatcher.lock", thread_local=False)
        self._workers: dict[Run, Worker] = {}
        self._idle: subprocess.Popen | None = None
        self._next_idle = 0.0
        self._failure: str | None = None
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._dispatch, name="dispatcher", daemon=True)

    def start(self) -> None:
        """Begin to start queued runs."""
        self._thread.start()

    def close(self) -> None:
        """Start no more runs; running ones continue."""
        self._closed.set()
        if self._thread.is_alive():
            self._thread.join()
        if self._idle:
            self._idle.stdin.close()
        self._lock.release()

    def problem(self) -> str | None:
        """Why queued runs are not being started, in one sentence; None if all is well."""
        if self._thread.ident and not self._thread.is_alive() and not self._closed.is_set():
            return "The thread that starts queued runs has ended. Restart the server."
        return self._failure

    def _dispatch(self) -> None:
        while not self._closed.wait(PAUSE_SECONDS):
            try:
                if self._is_ours():
                    self._step()
            except Exception as error:  # the cause, such as a full disk, may pass
                self._note_failure(error)
                self._closed.wait(RETRY_SECONDS)
            else:
                self._failure = None

    def _note_failure(self, error: Exception) -> None:
        """Keep the reason for the page, and log it only once while it repeats."""
        if isinstance(error, OSError) and error.filename:
            cause = f"{error.filename}: {error.strerror}"
        else:
            cause = summary(error).removesuffix(".")
        failure = f"Queued runs cannot be started at the moment ({cause}). They start once this is fixed."
        if failure != self._failure:
            log.error("%s", failure, exc_info=not isinstance(error, OSError | DigitcoreError))
        self._failure = failure

    def _is_ours(self) -> bool:
        """Whether this dispatcher is the one that starts the runs. It creates the folder of runs if it is missing."""
        if not self._lock.is_locked:
            try:
                paths.runs_dir().mkdir(parents=True, exist_ok=True)
                self._lock.acquire(blocking=False)
            except Timeout:
                return False
        return True

    def _step(self) -> None:
        self._reap()
        started = {run.id for run in self._workers if run.state().is_active}
        running = {run.id for run, state in active_runs().items() if state.status == Status.RUNNING}
        for run in queued_runs():
            if len(started | running) >= at_once():
                break
            if run.id not in started:
                if not run.is_locked:  # by a worker of an earlier server
                    self._start(run)
                started.add(run.id)
        # Not during a run: while the idle worker starts up, it would take cores from the run.
        wanted = os.environ.get(IDLE_WORKER_VARIABLE) != "0" and not ray_jobs.is_used() and time.monotonic() >= self._next_idle
        if wanted and self._idle is None and not started | running:
            self._idle = start_worker([IDLE], paths.runs_dir() / IDLE_LOG_FILE)

    def _reap(self) -> None:
        """Forget workers that have ended, and record a failure for those that ended before they began their run."""
        for run, worker in list(self._workers.items()):
            if worker.started.poll() is None:
                continue
            del self._workers[run]
            state = run.state()
            never_began = state.status == Status.QUEUED and state.queued_at == worker.queued_at and not run.is_locked
            if never_began and not worker.started.may_try_again:
                log_file = run.folder / LOG_FILE
                run.fail(f"The worker ended before training began, with {worker.started.ended_with}. See {log_file}.")
        if self._idle and self._idle.poll() is not None:
            log.warning("The idle worker has ended. See %s.", paths.runs_dir() / IDLE_LOG_FILE)
            self._idle, self._next_idle = None, time.monotonic() + IDLE_RETRY_SECONDS

    def _start(self, run: Run) -> None:
        queued_at = run.state().queued_at
        self._workers[run] = Worker(self._give_to_idle(run) or start_run(run), queued_at)

    def _give_to_idle(self, run: Run) -> StartedWorker | None:
        """Let the idle worker train the run; None if there is none."""
        process, self._idle = self._idle, None
        if process is None:
            return None
        try:
            process.stdin.write(f"{run.folder.resolve()}\n".encode())
            process.stdin.close()
        except OSError:  # it has just ended
            return None
        return LocalWorker(process, may_try_again=True)


def at_once() -> int:
    """The number of runs that may be trained at the same time."""
    try:
        return max(1, int(os.environ.get(AT_ONCE_VARIABLE, "1")))
    except ValueError:
        return 1
