"""Load in the background what a visitor will need: first what the page needs, then TensorFlow and the default model."""

import contextlib
import gc
import importlib
import logging
import sys
import threading
from collections.abc import Iterator

log = logging.getLogger(__name__)

#: Streamlit imports these when it draws the first page; a browser fetches Streamlit's own files meanwhile, so there is time.
FIRST_PAGE_NEEDS = ("numpy", "pandas", "pyarrow", "PIL.Image", "streamlit_drawable_canvas")
#: Keras imports these where they are installed, which takes a second; nothing here uses what it does with them.
OPTIONAL_FOR_KERAS = ("matplotlib", "sklearn")

#: Importing TensorFlow holds Python's lock for long stretches, so it waits for the first page, but no longer than this.
FIRST_PAGE_WAIT_SECONDS = 2.5

first_page_sent = threading.Event()


def start_warm_up() -> None:
    """Begin in a background thread."""
    threading.Thread(target=_warm_up, name="warm-up", daemon=True).start()


def _warm_up() -> None:
    gc.disable()  # an import makes objects to keep; looking for garbage among them is a quarter of TensorFlow's import
    try:
        _load()
        # Streamlit collects garbage after every run of a script; without this it would walk through all of TensorFlow then.
        gc.collect()
        gc.freeze()
    finally:
        gc.enable()


def _load() -> None:
    for module in FIRST_PAGE_NEEDS:
        importlib.import_module(module)
    first_page_sent.wait(FIRST_PAGE_WAIT_SECONDS)
    with hidden(*OPTIONAL_FOR_KERAS):
        from digitcore.recogniser import get_recogniser
    from digitcore.errors import DigitcoreError
    from digitcore.registry import DEFAULT_MODEL

    try:
        get_recogniser(DEFAULT_MODEL)
    except DigitcoreError as error:
        log.warning("%s", error)  # the page says so too, and other models may work
    importlib.import_module("digitcore.figures")


@contextlib.contextmanager
def hidden(*names: str) -> Iterator[None]:
    """Inside the block, importing these modules fails as if they were not installed; those already imported stay."""
    hide = [name for name in names if name not in sys.modules]
    sys.modules.update(dict.fromkeys(hide))
    try:
        yield
    finally:
        for name in hide:
            sys.modules.pop(name, None)
