"""Start workers on this machine: processes of their own, by command line, never imported."""

import os
import subprocess
import sys
from pathlib import Path

from digitcore import paths

WORKER = [sys.executable, "-m", "digitcore.jobs.worker"]


IDLE, IDLE_LOG_FILE = "--idle", ".idle-worker.log"


def start_worker(argument: str, log_file: Path) -> subprocess.Popen:
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
