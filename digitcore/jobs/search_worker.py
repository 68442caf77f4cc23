"""The process that trains trials of a study: ``python -m digitcore.jobs.search_worker STUDY SLOT``.

It ends when the study has no more work, is paused, or is stopped. Of several processes for one slot, one works.
"""

import logging
import os
import sys
from collections.abc import Callable

from digitcore.errors import DigitcoreError
from digitcore.jobs.launchers import NICENESS
from digitcore.jobs.search_slots import lock_slot
from digitcore.networks.backend import import_tensorflow

log = logging.getLogger(__name__)


def main() -> int:
    """Train trials, and return the exit status: 0 if there is nothing left to do."""
    name, slot = sys.argv[1], int(sys.argv[2])
    if hasattr(os, "nice"):
        os.nice(NICENESS)
    logging.basicConfig(format="%(asctime)s %(message)s")
    try:
        with lock_slot(name, slot) as is_ours:
            if is_ours:
                train_trials(name, slot)
    except DigitcoreError as error:
        log.error("%s", error)
        return 1
    return 0


def train_trials(name: str, slot: int, *, after_trial: Callable[[], None] = lambda: None, quiet: bool = False) -> None:
    """Train trials of a study in this process until it has no more work.

    Args:
        name: the study's name.
        slot: the worker's number; each draws other random numbers.
        after_trial: called after each trial.
        quiet: as for ``import_tensorflow``.

    Raises:
        StudyError: there is no such study.
        StorageError: the database cannot be used.
        DataError: the images cannot be loaded.
    """
    from digitcore.search.study import find_study

    study = find_study(name)  # a wrong name is refused before TensorFlow loads
    import_tensorflow(quiet=quiet)
    from digitcore.search.work import Worker

    Worker(study, slot=slot).work(after_trial=after_trial)


if __name__ == "__main__":
    sys.exit(main())
