"""Make ready in the background what visitors will need: the first page, TensorFlow and the default model, then training."""

import gc
import importlib
import logging
import threading

from digitcore.jobs.dispatcher import Dispatcher
from digitcore.networks.backend import import_tensorflow

log = logging.getLogger(__name__)

#: Streamlit imports these when it draws the first page; a browser fetches Streamlit's own files meanwhile, so there is time.
FIRST_PAGE_NEEDS = ("numpy", "pandas", "pyarrow", "PIL.Image", "streamlit_drawable_canvas")
#: What the other pages need besides.
PAGES_NEED = (
    "digitcore.figures.probabilities",
    "digitcore.evaluation.store",
    "digitcore.evaluation.significance",
    "digitcore.explain.network",
)
#: Importing TensorFlow holds Python's lock for long stretches, so it waits for the first page, but no longer than this.
FIRST_PAGE_WAIT_SECONDS = 2.5

first_page_sent = threading.Event()


def start_warm_up() -> None:
    """Begin in a background thread."""
    threading.Thread(target=_warm_up, name="warm-up", daemon=True).start()


def _warm_up() -> None:
    for module in FIRST_PAGE_NEEDS:
        importlib.import_module(module)
    first_page_sent.wait(FIRST_PAGE_WAIT_SECONDS)
    import_tensorflow()
    _load_default_model()
    for module in PAGES_NEED:
        importlib.import_module(module)
    # Streamlit collects garbage after every run of a script; without this it would walk through all of that each time.
    gc.collect()
    gc.freeze()
    Dispatcher().start()


def _load_default_model() -> None:
    from digitcore.errors import DigitcoreError
    from digitcore.networks.recogniser import get_recogniser
    from digitcore.networks.registry import DEFAULT_MODEL

    try:
        get_recogniser(DEFAULT_MODEL)
    except DigitcoreError as error:
        log.warning("%s", error)  # the page says so too, and other models may work
