"""States for the tests of runs."""

import socket
import time

import psutil

from digitcore.runs.state import State, Status


def alive(**changes):
    """The state of a run whose worker is this very process."""
    process = psutil.Process()
    known = {"pid": process.pid, "pid_started": process.create_time(), "host": socket.gethostname()}
    return State(**{"status": Status.RUNNING, "heartbeat": time.time(), **known, **changes})
