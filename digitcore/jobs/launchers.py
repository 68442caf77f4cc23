"""Start processes on this machine by command line; their modules are never imported."""

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from digitcore import paths

WORKER = [sys.executable, "-m", "digitcore.jobs.worker"]
MEASURE = [sys.executable, "-m", "digitcore.jobs.measure"]
#: The app and other work on the machine come first.
NICENESS = 10
IDLE, IDLE_LOG_FILE = "--idle", ".idle-worker.log"


def start_worker(arguments: Sequence[str], log_file: Path) -> subprocess.Popen:
    """Start a worker.

    Args:
        arguments: its command-line arguments. With ``--idle``, the worker waits for a line on its standard input and ends when
            this process does; any other worker outlives this process.
        log_file: the file for its output. An idle worker's log is overwritten, other logs are appended to.
    """
    is_idle = IDLE in arguments
    with log_file.open("w" if is_idle else "a") as output:
        return subprocess.Popen(
            [*WORKER, *arguments],
            env=paths.child_environment(),
            stdin=subprocess.PIPE if is_idle else subprocess.DEVNULL,
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
