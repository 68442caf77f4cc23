"""Which workers of a study run on this machine: each holds the lock of its slot, which ends with its process."""

import contextlib
from collections.abc import Iterator
from pathlib import Path

from filelock import FileLock, Timeout

from digitcore import paths

#: The folder of the locks and logs of search workers, in the folder of runs.
SLOTS_DIR = ".search-workers"


def slot_log(study: str, slot: int) -> Path:
    """The log of a slot's worker; its folder is created if it is missing."""
    folder = paths.runs_dir() / SLOTS_DIR
    folder.mkdir(parents=True, exist_ok=True)
    return folder / f"{study}-{slot}.log"


@contextlib.contextmanager
def lock_slot(study: str, slot: int) -> Iterator[bool]:
    """Inside the block, whether this process is the slot's worker; if not, another one is."""
    lock = FileLock(slot_log(study, slot).with_suffix(".lock"), thread_local=False)
    try:
        lock.acquire(timeout=1)  # ``is_taken`` holds it for a moment
    except Timeout:
        yield False
        return
    try:
        yield True
    finally:
        lock.release()


def is_taken(study: str, slot: int) -> bool:
    """Whether a process works in this slot."""
    try:
        with FileLock(slot_log(study, slot).with_suffix(".lock"), blocking=False):
            return False
    except Timeout:
        return True
