"""Import TensorFlow faster and, if requested, silently."""

import contextlib
import gc
import importlib
import os
from collections.abc import Iterator


def import_tensorflow(*, quiet: bool = False) -> None:
    """Import TensorFlow and Keras with the garbage collector paused, and exempt their objects from later collections.

    Args:
        quiet: discard what TensorFlow's C++ code writes to stderr. This redirects the whole process's stderr, so use it only
            where no other thread writes.
    """
    gc.disable()  # an import creates objects that stay; searching them for garbage takes a quarter of the time
    try:
        with silence() if quiet else contextlib.nullcontext():
            importlib.import_module("keras")
        gc.collect()
        gc.freeze()
    finally:
        gc.enable()


@contextlib.contextmanager
def silence() -> Iterator[None]:
    """Inside the block, discard what C++ code writes to stderr; only for a process in which no other thread writes."""
    stderr = os.dup(2)
    with open(os.devnull, "wb") as nowhere:
        os.dup2(nowhere.fileno(), 2)
    try:
        yield
    finally:
        os.dup2(stderr, 2)
        os.close(stderr)
