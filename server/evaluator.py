"""Evaluations in the background: requested by pages, computed one model at a time."""

import logging
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Protocol

from digitcore.datasets.evaluation_data import EvaluationSet
from digitcore.errors import DigitcoreError, summary
from digitcore.networks import registry
from digitcore.networks.predict import Progress
from digitcore.networks.registry import ModelEntry

log = logging.getLogger(__name__)

#: A task that failed because of the disk or the memory is retried automatically after this time.
RETRY_SECONDS = 60.0
#: How often it is checked whether waiting tasks may start.
POLL_SECONDS = 2.0
#: A server that shuts down waits this long for the model being evaluated.
CLOSE_WAIT_SECONDS = 10.0


class Compute(Protocol):
    """A computation for a model and a set, such as ``evaluate``, which stores its own result."""

    def __call__(self, entry: ModelEntry, data: EvaluationSet, *, progress: Progress) -> object:
        """Compute and store the result."""


@dataclass(frozen=True)
class _Key:
    """A model's name and the checksum of a set."""

    model: str
    checksum: str


@dataclass(frozen=True, kw_only=True)
class _Failure:
    """Why a task failed, with which version of the model's file, and when it is retried automatically (monotonic seconds)."""

    text: str
    version: tuple | None
    retry_at: float


class Evaluator:
    """A thread that evaluates models on request; safe to use from several threads.

    A request for a failed task tries it again if the model's file has changed, or a minute after a failure of the disk or the
    memory; ``retry`` always does.

    Args:
        compute: what to do with a model and a set.
        turn: held while a model is evaluated; evaluators that share it take turns.
        may_start: returns whether the next task may start now; it is called every few seconds until it may.
    """

    def __init__(self, compute: Compute, *, turn: threading.Lock, may_start: Callable[[], bool] = lambda: True) -> None:
        self._compute, self._turn, self._may_start = compute, turn, may_start
        #: The waiting and running tasks, the oldest request first, and the share done of each.
        self._tasks: dict[_Key, tuple[ModelEntry, EvaluationSet]] = {}
        self._shares: dict[_Key, float] = {}
        self._failures: dict[_Key, _Failure] = {}
        self._changed = threading.Condition()
        self._closed = threading.Event()
        self._thread: threading.Thread | None = None

    def request(self, models: Iterable[str], data: EvaluationSet) -> None:
        """Request that models are evaluated on a set. Tasks that wait, run, or failed for a lasting reason do not change."""
        self._add(models, data, retry=False)

    def retry(self, models: Iterable[str], data: EvaluationSet) -> None:
        """Request that models are evaluated on a set, including those that have failed."""
        self._add(models, data, retry=True)

    def progress(self, data: EvaluationSet) -> dict[str, float]:
        """Model -> share done, 0-1, for the waiting and running tasks of a set, in their order."""
        with self._changed:
            return {key.model: share for key, share in self._shares.items() if key.checksum == data.checksum}

    def errors(self, data: EvaluationSet) -> dict[str, str]:
        """Model -> why it could not be evaluated on a set."""
        with self._changed:
            return {key.model: failure.text for key, failure in self._failures.items() if key.checksum == data.checksum}

    def wait(self) -> None:
        """Return when everything that was requested is done, or the evaluator is closed."""
        with self._changed:
            self._changed.wait_for(lambda: not self._tasks or self._closed.is_set())

    def close(self) -> None:
        """Stop after the current model; waiting tasks are dropped, and new requests are ignored."""
        self._closed.set()
        with self._changed:
            self._changed.notify_all()
            thread = self._thread
        if thread:
            thread.join(CLOSE_WAIT_SECONDS)
            if thread.is_alive():
                log.warning("An evaluation is still running %.0f seconds after the shutdown began.", CLOSE_WAIT_SECONDS)

    def _add(self, models: Iterable[str], data: EvaluationSet, *, retry: bool) -> None:
        models = list(models)
        if not models or self._closed.is_set():
            return
        entries = {entry.name: entry for entry in registry.list_models()}
        with self._changed:
            for name in models:
                key, entry = _Key(name, data.checksum), entries.get(name)
                if key in self._tasks or not (retry or self._is_due(key, entry)):
                    continue
                self._failures.pop(key, None)
                if entry is None:
                    self._fail(key, entry, f"The model {name!r} no longer exists.")
                elif entry.problem:
                    self._fail(key, entry, f"The model {name!r} cannot be used: {entry.problem}")
                else:
                    self._tasks[key], self._shares[key] = (entry, data), 0.0
            self._changed.notify_all()
            if self._tasks and self._thread is None:
                self._thread = threading.Thread(target=self._work, name="evaluator", daemon=True)
                self._thread.start()

    def _is_due(self, key: _Key, entry: ModelEntry | None) -> bool:
        failure = self._failures.get(key)
        return failure is None or failure.version != _version(entry) or time.monotonic() >= failure.retry_at

    def _fail(self, key: _Key, entry: ModelEntry | None, text: str, *, retry_at: float = float("inf")) -> None:
        self._failures[key] = _Failure(text=text, version=_version(entry), retry_at=retry_at)

    def _work(self) -> None:
        while (key := self._next()) is not None:
            entry, data = self._tasks[key]
            with self._turn:
                error = None if self._closed.is_set() else self._attempt(key, entry, data)
            with self._changed:
                del self._tasks[key], self._shares[key]
                if error:
                    retry_at = time.monotonic() + RETRY_SECONDS if _may_pass(error) else float("inf")
                    self._fail(key, entry, _sentence(error, entry), retry_at=retry_at)
                self._changed.notify_all()

    def _next(self) -> _Key | None:
        """Wait for the oldest task that may be started; None when the evaluator is closed."""
        while not self._closed.is_set():
            with self._changed:
                self._changed.wait_for(lambda: self._tasks or self._closed.is_set())
            if self._closed.is_set():
                break
            if self._is_allowed():
                return next(iter(self._tasks))
            self._closed.wait(POLL_SECONDS)
        return None

    def _is_allowed(self) -> bool:
        try:
            return self._may_start()
        except Exception:  # the thread must survive this too
            log.exception("It could not be determined whether an evaluation may start.")
            return False

    def _attempt(self, key: _Key, entry: ModelEntry, data: EvaluationSet) -> Exception | None:
        """Do one task; return the error if it fails."""

        def progress(done: int, total: int) -> None:
            self._shares[key] = done / total

        try:
            self._compute(entry, data, progress=progress)
        except DigitcoreError as error:
            log.warning("%s on %s: %s", entry.name, data.name, error)
            return error
        except Exception as error:  # one model must not end the thread
            log.exception("The evaluation of %s on %s failed.", entry.name, data.name)
            return error
        return None


def _version(entry: ModelEntry | None) -> tuple | None:
    try:
        return entry.version if entry else None
    except OSError:
        return None


def _may_pass(error: Exception) -> bool:
    """Whether the cause may pass by itself: a full disk, a missing permission, too little memory."""
    return any(isinstance(cause, OSError | MemoryError) for cause in (error, error.__cause__))


def _sentence(error: Exception, entry: ModelEntry) -> str:
    if isinstance(error, DigitcoreError):
        return str(error)
    return f"The model {entry.name!r} could not be evaluated: {summary(error)}"
