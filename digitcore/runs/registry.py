"""The folder ``runs/``: make, find and list training runs."""

import contextlib
import errno
import tempfile
import time
from pathlib import Path

from digitcore import paths
from digitcore.errors import DigitcoreError, RunError
from digitcore.runs.config import TrainConfig
from digitcore.runs.run import STATE_FILE, Run
from digitcore.runs.state import State, Status


def create_run(config: TrainConfig, *, replace: bool = False) -> Run:
    """Make the folder of a new run, queued; it appears whole.

    Args:
        config: what to train.
        replace: whether the run may overwrite a model of its name.
    """
    paths.runs_dir().mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".new-", dir=paths.runs_dir(), ignore_cleanup_errors=True) as draft:
        run = Run(Path(draft) / "run")
        run.initialise(config, State(queued_at=time.time(), replace=replace))
        while True:
            try:
                return Run(run.folder.rename(new_run_folder(config.name)))
            except OSError as error:
                if error.errno not in (errno.EEXIST, errno.ENOTEMPTY):  # taken by another process since
                    raise


def new_run_folder(name: str) -> Path:
    """A free place for a run, named by the time and the model."""
    stem = f"{time.strftime('%Y%m%d-%H%M%S')}-{name}"
    folder, number = paths.runs_dir() / stem, 1
    while folder.exists():
        number += 1
        folder = paths.runs_dir() / f"{stem}-{number}"
    return folder


def find_run(run_id: str) -> Run:
    """The run of that id.

    Raises:
        RunError: there is none.
    """
    for run in list_runs():
        if run.id == run_id:
            return run
    raise RunError(f"There is no run {run_id!r} in {paths.runs_dir()}. It may have been deleted.")


def list_runs() -> list[Run]:
    """All runs, the newest first."""
    folders = [path.parent for path in paths.runs_dir().glob(f"[!.]*/{STATE_FILE}")]
    return [Run(folder) for folder in sorted(folders, key=lambda folder: folder.name, reverse=True)]


def queued_runs() -> list[Run]:
    """The runs that wait, in the order in which they will start."""
    waiting = [(state.queued_at, run.id, run) for run in list_runs() if (state := run.state()).status == Status.QUEUED]
    return [run for *_, run in sorted(waiting, key=lambda entry: entry[:2])]


def model_names_in_use() -> set[str]:
    """The model names that waiting and running runs will give."""
    names = set()
    for run in list_runs():
        if run.state().is_active:
            with contextlib.suppress(DigitcoreError):
                names.add(run.config.name)
    return names
