"""The worker process, which trains one run: ``python -m digitcore.jobs.worker RUN_DIR``.

With ``--idle`` instead of the folder, the worker loads what it needs and waits until a line on its standard input names a run's
folder.
"""

import importlib
import logging
import os
import sys
from pathlib import Path

from digitcore.errors import DigitcoreError
from digitcore.jobs.launchers import NICENESS
from digitcore.networks.backend import import_tensorflow
from digitcore.runs.run import LOG_FILE, Run
from digitcore.runs.state import Status

log = logging.getLogger(__name__)


def main() -> int:
    """Train one run and return the exit status: 0 if it succeeded."""
    if hasattr(os, "nice"):
        os.nice(NICENESS)
    if sys.argv[1:] == ["--idle"]:
        get_ready()
        folder = sys.stdin.readline().strip()
        if not folder:  # the app ended and had no run for this worker
            return 0
    else:
        (folder,) = sys.argv[1:]
    write_log_to(Path(folder) / LOG_FILE)
    return work(Run(Path(folder)))


def work(run: Run) -> int:
    """Train a run; every failure is recorded in its state."""
    try:
        with run.lock():
            return _train(run)
    except DigitcoreError as error:  # another worker trains it, or it was deleted
        log.warning("%s", error)
        return 1


def _train(run: Run) -> int:
    from digitcore.training.train import train  # imports TensorFlow

    try:
        train(run.config, run.folder, verbose=2)
    except DigitcoreError as error:
        log.warning("%s", error)
        if run.state().status == Status.QUEUED:
            run.fail(str(error))
        return 1
    return 0


def get_ready() -> None:
    """Do what every run needs: import TensorFlow, and train a first network, which sets up threads and kernels."""
    import_tensorflow()
    import numpy as np

    architectures = importlib.import_module("digitcore.networks.architectures")
    importlib.import_module("digitcore.training.train")
    model = architectures.build("sprint")
    model.compile(optimizer="adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    model.fit(np.zeros((256, 28, 28, 1), np.float32), np.zeros(256), batch_size=128, verbose=0)


def write_log_to(path: Path) -> None:
    """Send all output of this process and its libraries to the run's log."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    os.dup2(descriptor, 1)
    os.dup2(descriptor, 2)
    os.close(descriptor)
    logging.basicConfig(format="%(asctime)s %(message)s")


if __name__ == "__main__":
    sys.exit(main())
