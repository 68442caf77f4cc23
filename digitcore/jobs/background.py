"""What the dispatchers share: a thread that works under a lock, and goes on after a failure."""

import logging
import threading
from abc import ABC, abstractmethod

from filelock import FileLock, Timeout

from digitcore import paths
from digitcore.errors import DigitcoreError

log = logging.getLogger(__name__)


class BackgroundDispatcher(ABC):
    """Repeats a step in a background thread. Of several servers that share a runs folder, only one does.

    Args:
        lock_file: the name of the lock's file, in the folder of runs.
        task: what the thread does, in words that follow "The thread that".
    """

    def __init__(self, lock_file: str, task: str) -> None:
        self._lock = FileLock(paths.runs_dir() / lock_file, thread_local=False)
        self._task = task
        self._failure: str | None = None
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._dispatch, name=type(self).__name__, daemon=True)

    def start(self) -> None:
        """Begin to start workers."""
        self._thread.start()

    def close(self) -> None:
        """Start no more workers; running ones continue."""
        self._closed.set()
        if self._thread.is_alive():
            self._thread.join()
        self._lock.release()

    @abstractmethod
    def _step(self) -> None:
        """Start the workers that are due."""

    @abstractmethod
    def _pauses(self) -> tuple[float, float]:
        """The pause between two steps, and the one after a failure, in seconds."""

    @abstractmethod
    def _in_words(self, error: Exception) -> str:
        """The sentence about a failed step."""

    def _is_needed(self) -> bool:
        """Whether there may be anything to do."""
        return True

    def _general_problem(self) -> str | None:
        """Why no workers are started at all, in one sentence; None if all is well."""
        if self._thread.ident and not self._thread.is_alive() and not self._closed.is_set():
            return f"The thread that {self._task} has ended. Restart the server."
        return self._failure

    def _dispatch(self) -> None:
        while not self._closed.wait(self._pauses()[0]):
            try:
                if self._is_needed() and self._is_ours():
                    self._step()
            except Exception as error:  # the cause, such as a full disk, may pass
                self._note_failure(error)
                self._closed.wait(self._pauses()[1])
            else:
                self._failure = None

    def _note_failure(self, error: Exception) -> None:
        """Keep the reason for the page, and log it only once while it repeats."""
        failure = self._in_words(error)
        if failure != self._failure:
            log.error("%s", failure, exc_info=not isinstance(error, OSError | DigitcoreError))
        self._failure = failure

    def _is_ours(self) -> bool:
        """Whether this dispatcher is the one that starts the workers. It creates the folder of runs if it is missing."""
        if not self._lock.is_locked:
            try:
                paths.runs_dir().mkdir(parents=True, exist_ok=True)
                self._lock.acquire(blocking=False)
            except Timeout:
                return False
        return True
