"""Gives each study that runs its workers, and queues the trials of workers that have died again.

A worker depends on no browser tab and outlives the app. It is started by command line and never imported.
"""

import time
from typing import TYPE_CHECKING, Any

from digitcore.errors import DigitcoreError, summary
from digitcore.jobs import ray_jobs
from digitcore.jobs.background import BackgroundDispatcher
from digitcore.jobs.launchers import StartedWorker, start_search_worker
from digitcore.jobs.search_slots import is_taken, slot_log
from digitcore.search.location import has_storage

if TYPE_CHECKING:
    from digitcore.search.study import Study

PAUSE_SECONDS = 0.5
#: Silent workers are looked for so often; one is silent after 30 s.
RECOVER_SECONDS = 5.0
#: Pause before a worker that ended is replaced; after failures it doubles up to the longer one.
RETRY_SECONDS, LONGEST_RETRY_SECONDS = 2.0, 60.0


class SearchDispatcher(BackgroundDispatcher):
    """Starts search workers from a background thread."""

    def __init__(self) -> None:
        super().__init__(".search-dispatcher.lock", "starts search workers")
        self._workers: dict[tuple[str, int], StartedWorker] = {}
        self._retries: dict[tuple[str, int], tuple[float, float]] = {}  # when, and after which pause
        self._problems: dict[str, str] = {}
        self._at_rest: dict[str, dict[str, Any]] = {}
        self._recovered = 0.0
        self._searching: frozenset[str] = frozenset()

    @property
    def searching(self) -> frozenset[str]:
        """The names of the studies that run or are about to, for this machine's sign of activity."""
        return self._searching

    def problem(self, study: str) -> str | None:
        """Why a study gets no worker, in one sentence; None if all is well."""
        return self._general_problem() or self._problems.get(study)

    def _pauses(self) -> tuple[float, float]:
        return PAUSE_SECONDS, RETRY_SECONDS

    def _in_words(self, error: Exception) -> str:
        reason = str(error) if isinstance(error, DigitcoreError) else summary(error)
        return f"Search workers cannot be started at the moment: {reason}"

    def _is_needed(self) -> bool:
        """Whether there may be a study; Optuna is not loaded before."""
        return has_storage()

    def _step(self) -> None:
        from digitcore.search.study import Request, requested_studies

        recovers = time.monotonic() >= self._recovered + RECOVER_SECONDS
        if recovers:
            self._recovered = time.monotonic()
        searching = set()
        for study, attributes in requested_studies():
            if self._at_rest.get(study.name) == attributes:
                continue
            if recovers:
                study.recover()
            if study.request == Request.RUN and study.has_work():
                searching.add(study.name)
                self._staff(study)
            elif not study.is_training():
                self._at_rest[study.name] = attributes  # until somebody asks for something
        self._searching = frozenset(searching)

    def _staff(self, study: "Study") -> None:
        """Start a worker in each slot that is free, if there is a trial for it to begin."""
        if not study.may_begin():
            return
        for slot in range(min(study.config.workers, max(1, study.trials_left()))):
            key = (study.name, slot)
            worker = self._workers.get(key)
            if worker is not None:
                if (status := worker.poll()) is None:
                    continue
                del self._workers[key]
                self._note_end(key, status)
            due, _ = self._retries.get(key, (0.0, 0.0))
            if time.monotonic() >= due and (ray_jobs.is_used() or not is_taken(*key)):
                self._workers[key] = start_search_worker(*key, slot_log(*key))

    def _note_end(self, key: tuple[str, int], status: int) -> None:
        """Plan when the worker is replaced, and say why it ended if it did not end well."""
        _, pause = self._retries.get(key, (0.0, 0.0))
        pause = min(LONGEST_RETRY_SECONDS, 2 * pause or RETRY_SECONDS) if status else 0.0
        self._retries[key] = (time.monotonic() + pause, pause)
        self._problems.pop(key[0], None)
        if status > 0:  # a killed worker is replaced without a word
            self._problems[key[0]] = (
                f"A worker ended with exit status {status}: {_last_line(key)} It is started again. See {slot_log(*key)}."
            )


def _last_line(key: tuple[str, int]) -> str:
    try:
        lines = slot_log(*key).read_text(errors="replace").strip().splitlines()
    except OSError:
        return ""
    return lines[-1][-300:] if lines else ""
