"""Starts queued runs, the oldest first, each in a worker process on this machine or on a Ray cluster.

A worker does not depend on any browser tab and outlives the app. It is started by command line and never imported.
"""

import logging
import os
import subprocess
import time
from typing import NamedTuple

from digitcore import paths
from digitcore.errors import summary
from digitcore.jobs import ray_jobs
from digitcore.jobs.background import BackgroundDispatcher
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


class Dispatcher(BackgroundDispatcher):
    """Starts queued runs from a background thread."""

    def __init__(self) -> None:
        super().__init__(".dispatcher.lock", "starts queued runs")
        self._workers: dict[Run, Worker] = {}
        self._idle: subprocess.Popen | None = None
        self._next_idle = 0.0

    def close(self) -> None:
        """Start no more runs; running ones continue."""
        super().close()
        if self._idle:
            self._idle.stdin.close()

    def problem(self) -> str | None:
        """Why queued runs are not being started, in one sentence; None if all is well."""
        return self._general_problem()

    def _pauses(self) -> tuple[float, float]:
        return PAUSE_SECONDS, RETRY_SECONDS

    def _in_words(self, error: Exception) -> str:
        if isinstance(error, OSError) and error.filename:
            cause = f"{error.filename}: {error.strerror}"
        else:
            cause = summary(error).removesuffix(".")
        return f"Queued runs cannot be started at the moment ({cause}). They start once this is fixed."

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
