"""Start workers on this machine: separate processes, started by command line and never imported."""

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from digitcore import paths

WORKER = [sys.executable, "-m", "digitcore.jobs.worker"]
IDLE, IDLE_LOG_FILE = "--idle", ".idle-worker.log"


def start_worker(arguments: Sequence[str], log_file: Path) -> subprocess.Popen:
    """Start a worker.

    Args:
        arguments: of its command line. With ``--idle`` the worker waits for a line on its standard input, and ends when this
            process does; any other worker outlives this process.
        log_file: where its output goes. An idle worker's log is overwritten, other logs are appended to.
    """
    search_path = os.pathsep.join(filter(None, (str(paths.PROJECT_DIR), os.environ.get("PYTHONPATH"))))
    is_idle = IDLE in arguments
    with log_file.open("w" if is_idle else "a") as output:
        return subprocess.Popen(
            [*WORKER, *arguments],
            env=os.environ | {"PYTHONPATH": search_path},
            stdin=subprocess.PIPE if is_idle else subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
