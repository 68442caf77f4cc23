"""Load TensorFlow and the default model before the first visitor needs them."""

import gc
import logging
import threading

log = logging.getLogger(__name__)


def start_warm_up() -> None:
    """Begin loading in a background thread, so that the server answers meanwhile."""
    threading.Thread(target=_warm_up, name="warm-up", daemon=True).start()


def _warm_up() -> None:
    from digitcore.errors import DigitcoreError
    from digitcore.recogniser import get_recogniser
    from digitcore.registry import DEFAULT_MODEL

    try:
        get_recogniser(DEFAULT_MODEL)
    except DigitcoreError as error:
        log.warning("%s", error)  # the page says so too, and other models may work
    # Streamlit collects garbage after every run of a script; without this it would walk through all of TensorFlow each time.
    gc.collect()
    gc.freeze()
