"""What a worker says about its run: ``state.json``, kept up to date from a thread so that training never waits for the disk."""

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

#: Written at most so often while things change, and at least so often while nothing does.
SHORTEST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 0.4, 5.0
#: Given back to the disk when the last word is written, which has to be possible on a full one.
BALLAST_FILE, BALLAST_BYTES = ".ballast", 64 * 1024


class StateWriter:
    """Takes a run over for this process and reports on it until the block ends; safe to call from several threads."""

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
            # Of an earlier attempt.
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
        """Change entries of the state; the file follows shortly."""
        with self._lock:
            self.state = replace(self.state, **changes)
        self._changed.set()

    def say(self, epoch: int, sentence: str) -> None:
        """Add a sentence on what happened in an epoch, from 1."""
        self.update(events=(*self.state.events, (epoch, sentence)))

    def end(self, status: str, **changes: Any) -> None:
        """The last word; it is written when the block ends."""
        self.update(status=status, doing="", ended_at=time.time(), seconds_left=None, **changes)

    def _report(self) -> None:
        while not self._closed.wait(SHORTEST_PAUSE_SECONDS):
            self._changed.wait(LONGEST_PAUSE_SECONDS)
            self._changed.clear()
            if not self._closed.is_set():
                self._write()

    def _write(self) -> None:
        if not self.run.folder.exists():  # deleted by hand; a new state would bring back half of it
            return
        with self._lock:
            self.state = replace(self.state, heartbeat=time.time())
        try:
            self.run.write_state(self.state)
        except OSError as error:  # a full disk may have room again the next time
            log.warning("The state of the run %s cannot be written: %s", self.run.id, error)
