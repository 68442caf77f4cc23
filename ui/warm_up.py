"""Load TensorFlow and the default model in the background, after the first page is on its way and before its answer is needed."""

import contextlib
import gc
import logging
import os
import sys
import threading
import time
from collections.abc import Iterator

log = logging.getLogger(__name__)
W=float(os.environ.get('W_WAIT','2')); D=float(os.environ.get('W_DELAY','0.3'))
#: Keras imports these where they are installed, which costs a second; nothing here needs them from Keras.
OPTIONAL_FOR_KERAS = ("matplotlib", "sklearn")

first_page_sent = threading.Event()


def start_warm_up() -> None:
    """Begin in a background thread."""
    threading.Thread(target=_warm_up, name="warm-up", daemon=True).start()


def _warm_up() -> None:
    if first_page_sent.wait(W): time.sleep(D)
    if os.environ.get('W_SW'): sys.setswitchinterval(float(os.environ['W_SW']))
    with hidden(*OPTIONAL_FOR_KERAS):
        from digitcore.recogniser import get_recogniser
    from digitcore.errors import DigitcoreError
    from digitcore.registry import DEFAULT_MODEL

    try:
        get_recogniser(DEFAULT_MODEL)
    except DigitcoreError as error:
        log.warning("%s", error)  # the page says so too, and other models may work
    # Streamlit collects garbage after every run of a script; without this it would walk through all of TensorFlow each time.
    gc.collect()
    gc.freeze()


@contextlib.contextmanager
def hidden(*names: str) -> Iterator[None]:
    """Make imports of modules that are not loaded yet fail inside the block."""
    hide = [name for name in names if name not in sys.modules]
    sys.modules.update(dict.fromkeys(hide))
    try:
        yield
    finally:
        for name in hide:
            del sys.modules[name]
