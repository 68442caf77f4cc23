"""The folder ``runs/``: create, find and list training runs."""

import contextlib
import errno
import os
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

from digitcore import paths
from digitcore.errors import DigitcoreError, RunError
from digitcore.runs.config import TrainConfig
from digitcore.runs.run import Run
from digitcore.runs.state import State, Status

#: A folder that changed this recently may change again with the same time stamp.
SETTLED_SECONDS = 2.0


def create_run(config: TrainConfig, *, replace: bool = False) -> Run:
    """Create the folder of a new, queued run in one step.

    Args:
        config: what to train.
        replace: whether the run may overwrite a model of its name.

    Raises:
        OSError: the folder cannot be written.
    """
    paths.runs_dir().mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".new-", dir=paths.runs_dir(), ignore_cleanup_errors=True) as draft:
        run = Run(Path(draft) / "run")
        run.initialise(config, State(queued_at=time.time(), replace=replace))
        while True:
            try:
                return Run(run.folder.rename(new_run_folder(config.name)))
            except OSError as error:
                if error.errno not in (errno.EEXIST, errno.ENOTEMPTY):  # another process has just taken this folder
                    raise


def new_run_folder(name: str) -> Path:
    """A free path for a run's folder, named after the time and the model."""
    stem = f"{time.strftime('%Y%m%d-%H%M%S')}-{name}"
    folder, number = paths.runs_dir() / stem, 1
    while folder.exists():
        number += 1
        folder = paths.runs_dir() / f"{stem}-{number}"
    return folder


def find_run(run_id: str) -> Run:
    """The run with this id.

    Raises:
        RunError: there is none.
    """
    for run in list_runs():
        if run.id == run_id:
            return run
    raise RunError(f"There is no run {run_id!r} in {paths.runs_dir()}. It may have been deleted.")


def list_runs() -> list[Run]:
    """All runs, the newest first."""
    ended, others = _scan()
    return sorted([*ended, *others], key=lambda run: run.id, reverse=True)


def active_runs() -> dict[Run, State]:
    """The queued and running runs with their states. This is cheap several times a second, however many runs have ended."""
    _, others = _scan()
    return {run: state for run, state in others.items() if state.is_active}


def is_training() -> bool:
    """Whether a run is being trained, in any process; if so, nothing should be measured on this machine."""
    return any(state.status == Status.RUNNING for state in active_runs().values())


def queued_runs() -> list[Run]:
    """The queued runs, in the order in which they will start."""
    queued = [(state.queued_at, run.id, run) for run, state in active_runs().items() if state.status == Status.QUEUED]
    return [run for *_, run in sorted(queued, key=lambda entry: entry[:2])]


def model_names_in_use() -> set[str]:
    """The names under which queued and running runs will save their models."""
    names = set()
    for run in active_runs():
        with contextlib.suppress(DigitcoreError):
            names.add(run.config.name)
    return names


class _EndedRuns(NamedTuple):
    """The runs that had ended when the folder had this time stamp."""

    folder: Path
    modified: int
    runs: frozenset[Run]


_last_scan = _EndedRuns(Path(), 0, frozenset())


def _scan() -> tuple[frozenset[Run], dict[Run, State]]:
    """The runs that have ended, and all others with their states.

    The files of ended runs are not read again until the folder ``runs/`` changes: when a run is created, deleted, or resumed
    (see ``Run.write_state``). A folder that is missing or cannot be read holds no runs.
    """
    global _last_scan
    folder = paths.runs_dir()
    try:
        modified = folder.stat().st_mtime_ns
        names = [name for name in os.listdir(folder) if not name.startswith(".")]
    except OSError:
        return frozenset(), {}
    known = _last_scan.runs if (_last_scan.folder, _last_scan.modified) == (folder, modified) else frozenset()
    ended, others = set(), {}
    for run in (Run(folder / name) for name in names):
        if run in known:
            ended.add(run)
        elif run.state_file.exists():
            state = run.state()
            if state.has_ended:
                ended.add(run)
            else:
                others[run] = state
    if time.time() - modified / 1e9 > SETTLED_SECONDS:
        _last_scan = _EndedRuns(folder, modified, frozenset(ended))
    return frozenset(ended), others
