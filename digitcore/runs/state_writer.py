"""The worker's reports on its run: a thread writes ``state.json``, so that training never waits for the disk."""

import logging
import os
import socket
import threading
import time
from dataclasses import replace
from types import TracebackType
from typing import Any, Self

import psutil

from digitcore.runs.run import Run
from digitcore.runs.state import Status

log = logging.getLogger(__name__)

#: The shortest time between two writes while the state changes, and the longest while it does not.
SHORTEST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 0.4, 5.0
#: A file that is deleted before the final state is written, so that there is room for it even on a full disk.
BALLAST_FILE, BALLAST_BYTES = ".ballast", 64 * 1024


class StateWriter:
    """Makes this process the worker of a run and reports on it until the block ends; may be called from several threads."""

    def __init__(self, run: Run) -> None:
        self.run = run
        now = time.time()
        self.state = replace(
            run.state(),
            status=Status.RUNNING,
            started_at=now,
            heartbeat=now,
            pid=os.getpid(),
            pid_started=psutil.Process().create_time(),
            host=socket.gethostname(),
            doing="starting",
            # Left by an earlier attempt.
            ended_at=None,
            error=None,
            stopped=False,
            metrics=None,
        )
        self._lock = threading.Lock()
        self._changed, self._closed = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._report, name="state_writer", daemon=True)

    def __enter__(self) -> Self:
        (self.run.folder / BALLAST_FILE).write_bytes(os.urandom(BALLAST_BYTES))
        self.run.write_state(self.state)
        self._thread.start()
        return self

    def __exit__(self, kind: type | None, error: BaseException | None, traceback: TracebackType | None) -> None:
        self._closed.set()
        self._changed.set()
        self._thread.join()
        (self.run.folder / BALLAST_FILE).unlink(missing_ok=True)
        self._write()

    def update(self, **changes: Any) -> None:
        """Change entries of the state; the file is written shortly afterwards."""
        with self._lock:
            self.state = replace(self.state, **changes)
        self._changed.set()

    def say(self, epoch: int, sentence: str) -> None:
        """Add a sentence about what happened in an epoch, counted from 1."""
        with self._lock:
            self.state = replace(self.state, events=(*self.state.events, (epoch, sentence)))
        self._changed.set()

    def end(self, status: str, **changes: Any) -> None:
        """Set the final state; it is written when the block ends."""
        self.update(status=status, doing="", ended_at=time.time(), seconds_left=None, **changes)

    def _report(self) -> None:
        while not self._closed.wait(SHORTEST_PAUSE_SECONDS):
            self._changed.wait(LONGEST_PAUSE_SECONDS)
            self._changed.clear()
            if not self._closed.is_set():
                self._write()

    def _write(self) -> None:
        if not self.run.folder.exists():  # deleted in the meantime; writing would recreate it
            return
        with self._lock:
            self.state = replace(self.state, heartbeat=time.time())
        try:
            self.run.write_state(self.state)
        except OSError as error:  # a full disk may have room again at the next write
            log.warning("The state of the run %s cannot be written: %s", self.run.id, error)
