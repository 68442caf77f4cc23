"""Evaluations in the background: asked for by pages, done one model at a time."""

import logging
import queue
import threading
from collections.abc import Callable, Iterable

from digitcore.datasets.evaluation_data import EvaluationSet
from digitcore.errors import DigitcoreError, summary
from digitcore.evaluation.store import evaluate
from digitcore.networks import registry
from digitcore.networks.registry import ModelEntry

log = logging.getLogger(__name__)

#: One model at a time, whatever is computed and by how many evaluators of this process.
_turn = threading.Lock()

#: A model's name and version, and a set's checksum.
Task = tuple[str, tuple[str, int, int] | None, str]


class Evaluator:
    """A thread that computes what it is asked for and has not failed at; safe to use from several threads.

    Results are found where ``compute`` stores them. Keep one for the life of the process.
    """

    def __init__(self, compute: Callable[..., object] = evaluate) -> None:
        """``compute(entry, data, progress=...)`` is ``evaluations.evaluate`` or ``robustness.robustness``."""
        self._compute = compute
        self._tasks: queue.Queue[tuple[Task, ModelEntry, EvaluationSet]] = queue.Queue()
        self._shares: dict[Task, float] = {}
        self._errors: dict[Task, str] = {}
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    def ask(self, models: Iterable[str], data: EvaluationSet) -> None:
        """Have models evaluated on a set. One that waits, runs or has failed is not taken again until its file changes."""
        if not (models := list(models)):
            return
        entries = {entry.name: entry for entry in registry.list_models()}
        with self._lock:
            for name in models:
                entry = entries.get(name)
                task = _task(name, entry, data)
                if task in self._shares or task in self._errors:
                    continue
                self._errors = {old: text for old, text in self._errors.items() if (old[0], old[2]) != (name, data.checksum)}
                if entry is None:
                    self._errors[task] = f"There is no model {name!r} any more."
                elif entry.problem:
                    self._errors[task] = f"The model {name!r} cannot be used: {entry.problem}"
                else:
                    self._shares[task] = 0.0
                    self._tasks.put((task, entry, data))
            if self._shares and self._thread is None:
                self._thread = threading.Thread(target=self._work, name="evaluator", daemon=True)
                self._thread.start()

    def progress(self, data: EvaluationSet) -> dict[str, float]:
        """Model -> share done (0-1), of those that wait or run for a set, in their order."""
        with self._lock:
            return {name: share for (name, _, checksum), share in self._shares.items() if checksum == data.checksum}

    def errors(self, data: EvaluationSet) -> dict[str, str]:
        """Model -> why it could not be evaluated on a set."""
        with self._lock:
            return {name: text for (name, _, checksum), text in self._errors.items() if checksum == data.checksum}

    def wait(self) -> None:
        """Return when everything asked for is done."""
        self._tasks.join()

    def _work(self) -> None:
        while True:
            task, entry, data = self._tasks.get()
            error = self._attempt(task, entry, data)
            with self._lock:
                del self._shares[task]
                if error:
                    self._errors[task] = error
            self._tasks.task_done()

    def _attempt(self, task: Task, entry: ModelEntry, data: EvaluationSet) -> str | None:
        """Do one task; the reason where it fails."""

        def progress(done: int, total: int) -> None:
            self._shares[task] = done / total

        try:
            with _turn:
                self._compute(entry, data, progress=progress)
        except DigitcoreError as error:
            return str(error)
        except Exception as error:  # the thread outlives whatever one model does
            log.exception("The evaluation of %s on %s failed.", entry.name, data.name)
            return f"The model {entry.name!r} could not be evaluated: {summary(error)}"
        return None


def _task(name: str, entry: ModelEntry | None, data: EvaluationSet) -> Task:
    try:
        return name, entry.version if entry else None, data.checksum
    except OSError:
        return name, None, data.checksum
