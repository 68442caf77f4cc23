"""Start workers by command line, as processes on this machine or as jobs of a Ray cluster; their modules are never imported."""

import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from digitcore import paths
from digitcore.jobs import job_environment, ray_jobs
from digitcore.runs.run import LOG_FILE, Run

WORKER = [sys.executable, "-m", "digitcore.jobs.worker"]
SEARCH_WORKER = [sys.executable, "-m", "digitcore.jobs.search_worker"]
MEASURE = [sys.executable, "-m", "digitcore.jobs.measure"]
#: The app and other work on the machine come first.
NICENESS = 10
IDLE, IDLE_LOG_FILE = "--idle", ".idle-worker.log"


class StartedWorker(Protocol):
    """A worker that was started, wherever it runs. It does not end with this process."""

    @property
    def may_try_again(self) -> bool:
        """Once it has ended: whether its work should be started anew if it did not even begin it."""

    @property
    def ended_with(self) -> str:
        """Once it has ended: how, in words that follow "The worker ended with"."""

    def poll(self) -> int | None:
        """The exit status; None while it runs or waits for its machine.

        Raises:
            ClusterError: the cluster cannot be asked.
        """


@dataclass
class LocalWorker:
    """A worker process on this machine.

    Attributes:
        process: the process.
        may_try_again: whether it had been idle. A new process logs from its start.
    """

    process: subprocess.Popen
    may_try_again: bool = False

    def poll(self) -> int | None:
        """The exit status, or None."""
        return self.process.poll()

    @property
    def ended_with(self) -> str:
        """The exit status in words."""
        return f"exit status {self.process.returncode}"


def start_run(run: Run) -> StartedWorker:
    """Start a worker that trains a queued run. With Ray, a run that was queued once is not started twice.

    Raises:
        ClusterError: Ray is to be used, but cannot be at the moment.
        OSError: the log or the process cannot be made.
    """
    arguments, log_file = [str(run.folder.resolve())], run.folder / LOG_FILE
    if ray_jobs.is_used():
        name = f"run-{run.id}-{round(run.state().queued_at * 1000)}"
        return ray_jobs.submit([*WORKER, *arguments], name, log_file, job_environment.folders())
    return LocalWorker(start_worker(arguments, log_file))


def start_search_worker(study: str, slot: int, log_file: Path) -> StartedWorker:
    """Start a worker that runs trials of a study. With Ray, a worker of this slot that still lives is returned instead.

    Args:
        study: the study's name.
        slot: which of the study's workers it is, from 0.
        log_file: the file for its output, which is appended.

    Raises:
        ClusterError: Ray is to be used, but cannot be at the moment.
        OSError: the log or the process cannot be made.
    """
    command = [*SEARCH_WORKER, study, str(slot)]
    if ray_jobs.is_used():
        environment = job_environment.folders() | job_environment.study_storage()
        return ray_jobs.submit(command, f"search-{study}-{slot}", log_file, environment, start_ended_again=True)
    return LocalWorker(_start(command, log_file, "a", stdin=subprocess.DEVNULL))


def start_worker(arguments: Sequence[str], log_file: Path) -> subprocess.Popen:
    """Start a worker on this machine.

    Args:
        arguments: its command-line arguments. With ``--idle``, the worker waits for a line on its standard input and ends when
            this process does; any other worker outlives this process.
        log_file: the file for its output. An idle worker's log is overwritten, other logs are appended to.
    """
    is_idle = IDLE in arguments
    stdin = subprocess.PIPE if is_idle else subprocess.DEVNULL
    return _start([*WORKER, *arguments], log_file, "w" if is_idle else "a", stdin=stdin)


def _start(command: Sequence[str], log_file: Path, mode: str, *, stdin: int) -> subprocess.Popen:
    with log_file.open(mode) as output:
        return subprocess.Popen(
            command,
            env=paths.child_environment(),
            stdin=stdin,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )


def start_measuring() -> subprocess.Popen:
    """Start a process that measures speeds; see ``measure``. It communicates in lines of text and ends with its parent."""
    return subprocess.Popen(
        MEASURE,
        env=paths.child_environment(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
    )
