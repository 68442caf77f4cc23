"""The app's background work. The server opens it when it starts, and closes it in reverse order when it ends."""

import asyncio
import logging
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from server.keras_session import keep_keras_session
from server.reconnect import draw_anew_after_reconnects
from server.timer_reruns import keep_widgets_from_timers
from server.warm_up import WarmUp

if TYPE_CHECKING:
    from digitcore.jobs.dispatcher import Dispatcher
    from digitcore.jobs.search_dispatcher import SearchDispatcher
    from server.estimates import SpeedEstimates
    from server.evaluator import Evaluator

log = logging.getLogger(__name__)


class Closable(Protocol):
    """An object that owns a thread, a process or a lock."""

    def close(self) -> None:
        """Release it."""


Part = TypeVar("Part", bound=Closable)


class Services:
    """Everything that runs beside the pages; each part is imported and created when it is first needed.

    The warm-up starts both dispatchers at its end, because a worker that starts up takes cores from the first visitor.
    """

    def __init__(self) -> None:
        self._parts: dict[str, Closable] = {}
        self._lock = threading.RLock()
        self._is_closed = False
        #: Held by the one evaluation that runs, whichever evaluator computes it: several would only slow each other down.
        self._turn = threading.Lock()

    @property
    def warm_up(self) -> WarmUp:
        """Prepares the server."""
        return self._part("warm-up", lambda: WarmUp(then=self._start_dispatchers))

    @property
    def dispatcher(self) -> "Dispatcher":
        """Starts queued training runs."""
        from digitcore.jobs.dispatcher import Dispatcher

        return self._part("dispatcher", Dispatcher)

    @property
    def search_dispatcher(self) -> "SearchDispatcher":
        """Gives studies their workers."""
        from digitcore.jobs.search_dispatcher import SearchDispatcher

        return self._part("search dispatcher", SearchDispatcher)

    @property
    def evaluator(self) -> "Evaluator":
        """Evaluates models on sets of images."""
        from digitcore.evaluation.evaluate import evaluate

        return self._part("evaluator", lambda: self._evaluator(evaluate))

    @property
    def robustness_evaluator(self) -> "Evaluator":
        """Evaluates models on corrupted images."""
        from digitcore.evaluation.robustness import robustness

        return self._part("robustness evaluator", lambda: self._evaluator(robustness))

    @property
    def latency_evaluator(self) -> "Evaluator":
        """Measures the latency of models, while nothing is trained."""
        from digitcore.evaluation.latency import measure_latency
        from digitcore.runs.registry import is_training

        return self._part(
            "latency evaluator",
            lambda: self._evaluator(measure_latency, may_start=lambda: not (is_training() or self.search_dispatcher.searching)),
        )

    @property
    def speed_estimates(self) -> "SpeedEstimates":
        """Measures how fast networks train on this machine."""
        from server.estimates import SpeedEstimates

        return self._part("speed estimates", SpeedEstimates)

    def close(self) -> None:
        """Close all parts, the newest first. A part that fails to close is logged, and the others are still closed."""
        with self._lock:
            self._is_closed = True
            parts, self._parts = self._parts, {}
        for name, part in reversed(parts.items()):
            try:
                part.close()
            except Exception:
                log.exception("The %s could not be closed.", name)

    def _start_dispatchers(self) -> None:
        with self._lock:
            if not self._is_closed:  # the warm-up may end late
                self.dispatcher.start()
                self.search_dispatcher.start()

    def _evaluator(self, compute: Callable[..., Any], **options: Any) -> "Evaluator":
        from server.evaluator import Evaluator

        return Evaluator(compute, turn=self._turn, **options)

    def _part(self, name: str, make: Callable[[], Part]) -> Part:
        with self._lock:
            if name not in self._parts:
                self._parts[name] = make()
            return self._parts[name]


_current: Services | None = None
_changing = threading.Lock()


def services() -> Services:
    """The services of this process; they are created if no server has opened any, as in a test of a single page."""
    global _current
    with _changing:
        if _current is None:
            _current = Services()
        return _current


def close_services() -> None:
    """Close the services of this process; the next call of ``services`` creates new ones."""
    global _current
    with _changing:
        closing, _current = _current, None
    if closing:
        closing.close()


@asynccontextmanager
async def lifespan(app: object) -> AsyncIterator[None]:
    """Open the services when the server starts, and close them when it ends."""
    keep_keras_session()
    draw_anew_after_reconnects()
    keep_widgets_from_timers()
    services().warm_up.start()
    try:
        yield
    finally:
        await asyncio.to_thread(close_services)  # joining threads would block the server's loop
