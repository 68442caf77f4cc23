"""Importing TensorFlow in half the time, and in silence."""

import contextlib
import gc
import importlib
import os
import sys
from collections.abc import Iterator

#: Keras imports these where they are installed (mlxtend brings both), which takes a second; nothing here uses what it does
#: with them.
OPTIONAL_FOR_KERAS = ("matplotlib", "sklearn")


def import_tensorflow(*, quiet: bool = False) -> None:
    """Import TensorFlow and Keras, and take their objects out of every later garbage collection.

    Args:
        quiet: without what TensorFlow's C++ half writes to stderr meanwhile; not for a process whose other threads write.
    """
    gc.disable()  # an import makes objects to keep; looking for garbage among them is a quarter of the time
    try:
        with hidden(*OPTIONAL_FOR_KERAS), silence() if quiet else contextlib.nullcontext():
            importlib.import_module("keras")
        gc.collect()
        gc.freeze()
    finally:
        gc.enable()


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


@contextlib.contextmanager
def silence() -> Iterator[None]:
    """Inside the block, what C++ writes to stderr goes nowhere; not for a process whose other threads write."""
    stderr = os.dup(2)
    with open(os.devnull, "wb") as nowhere:
        os.dup2(nowhere.fileno(), 2)
    try:
        yield
    finally:
        os.dup2(stderr, 2)
        os.close(stderr)
