"""Prepare in the background what visitors will need: the first page, TensorFlow and the default model, the other pages."""

import importlib
import logging
import threading
from collections.abc import Callable

from digitcore.networks.backend import import_tensorflow

log = logging.getLogger(__name__)

#: Streamlit imports these when it draws the first page; a browser fetches Streamlit's own files meanwhile, so there is time.
FIRST_PAGE_NEEDS = ("numpy", "pandas", "pyarrow", "PIL.Image", "streamlit_drawable_canvas")
#: What the other pages need in addition.
PAGES_NEED = (
    "digitcore.figures.accuracy",  # Plotly
    "digitcore.evaluation.evaluate",
    "digitcore.evaluation.latency",
    "digitcore.evaluation.significance",
    "digitcore.explain.network",
)
#: Importing TensorFlow holds Python's lock for long stretches, so it waits for the first page, but no longer than this.
FIRST_PAGE_WAIT_SECONDS = 2.5
#: An import cannot be interrupted, so a server that shuts down does not wait longer for it.
CLOSE_WAIT_SECONDS = 5.0


class WarmUp:
    """A thread that prepares the server, once.

    Args:
        then: called at the end, even if a step failed, because training must not depend on the warm-up. It is not called after
            ``close``.
    """

    def __init__(self, then: Callable[[], None]) -> None:
        self._then = then
        self._first_page, self._closed = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._run, name="warm-up", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def first_page_sent(self) -> None:
        """Say that a visitor's first page is on its way, so that the slow imports may begin."""
        self._first_page.set()

    def close(self) -> None:
        """End after the current step."""
        self._closed.set()
        self._first_page.set()
        if self._thread.is_alive():
            self._thread.join(CLOSE_WAIT_SECONDS)

    def _run(self) -> None:
        try:
            for step in (_import_first_page, self._wait_for_first_page, import_tensorflow, _load_default_model, _import_pages):
                if self._closed.is_set():
                    return
                _attempt(step)
        finally:
            if not self._closed.is_set():
                self._then()

    def _wait_for_first_page(self) -> None:
        self._first_page.wait(FIRST_PAGE_WAIT_SECONDS)


def _attempt(step: Callable[[], None]) -> None:
    """Do one step. A failure costs only speed: the code that needs the result does the step again and reports the error."""
    try:
        step()
    except Exception:
        log.exception("The server could not be warmed up completely.")


def _import_first_page() -> None:
    for module in FIRST_PAGE_NEEDS:
        importlib.import_module(module)


def _load_default_model() -> None:
    from digitcore.errors import DigitcoreError
    from digitcore.networks.recogniser import get_recogniser
    from digitcore.networks.registry import DEFAULT_MODEL

    try:
        get_recogniser(DEFAULT_MODEL)
    except DigitcoreError as error:
        log.warning("%s", error)  # the page says so too, and other models may work


def _import_pages() -> None:
    for module in PAGES_NEED:
        importlib.import_module(module)
