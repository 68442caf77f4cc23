"""One run's folder: its settings, its state, its curves and the requests to it.

``config.json`` never changes. ``state.json`` is written by one process at a time: first the one that creates the run, then its
worker. Other processes send a request by creating a file: ``stop`` or ``cancel``. ``history.csv`` has one row per epoch,
``untrained.csv`` the one of epoch 0, before training, ``progress.csv`` several rows within each epoch. ``epochs/`` holds the
network after each epoch, ``checkpoint.keras`` what is needed to resume after a crash or to continue.
"""

import contextlib
import json
import os
import shutil
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from pathlib import Path

from filelock import FileLock, Timeout

from digitcore import files
from digitcore.errors import ConfigError, RunError
from digitcore.runs.config import TrainConfig
from digitcore.runs.history import HISTORY_COLUMNS, PROGRESS_COLUMNS, UNTRAINED_COLUMNS, read_rows, write_rows
from digitcore.runs.state import State, Status, read_state

CONFIG_FILE, STATE_FILE = "config.json", "state.json"
HISTORY_FILE, PROGRESS_FILE, LOG_FILE = "history.csv", "progress.csv", "log.txt"
UNTRAINED_FILE = "untrained.csv"
CHECKPOINT_FILE, EPOCHS_DIR, TENSORBOARD_DIR = "checkpoint.keras", "epochs", "tensorboard"
LOCK_FILE = ".lock"
#: The trial of a study whose settings the run trains; its model gets a copy.
BEST_PARAMS_FILE = "best_params.json"


@dataclass(frozen=True)
class Run:
    """One run, identified by its folder."""

    folder: Path

    @property
    def id(self) -> str:
        """The folder's name."""
        return self.folder.name

    # Settings and state.

    @property
    def state_file(self) -> Path:
        """The path of ``state.json``."""
        return self.folder / STATE_FILE

    def initialise(self, config: TrainConfig, state: State) -> None:
        """Write the settings and the first state."""
        files.write_json(self.folder / CONFIG_FILE, config.to_json())
        self.write_state(state)

    @cached_property
    def config(self) -> TrainConfig:
        """The settings.

        Raises:
            RunError: they are missing or damaged.
        """
        try:
            return TrainConfig.from_json(json.loads((self.folder / CONFIG_FILE).read_text()))
        except (OSError, ValueError, TypeError, AttributeError, ConfigError) as error:
            raise RunError(f"The settings of the run {self.id} cannot be read: {error}. Delete the run.") from error

    def state(self) -> State:
        """The current state. A run whose worker died is ``interrupted``, one cancelled while queued is ``cancelled``."""
        try:
            stat = self.state_file.stat()
            state = read_state(self.state_file, stat.st_mtime_ns, stat.st_size, stat.st_ino)
        except (OSError, ValueError, TypeError, AttributeError) as error:
            return State(status=Status.FAILED, error=f"The run's state cannot be read: {error}. Delete the run.")
        if state.status == Status.RUNNING and not state.is_alive:
            return replace(state, status=Status.INTERRUPTED, doing="")
        if state.status == Status.QUEUED and self.is_requested("cancel"):
            return replace(state, status=Status.CANCELLED)
        return state

    def write_state(self, state: State) -> None:
        """Write the state; only the process that owns the run may do so."""
        revives = state.is_active and self.state().has_ended
        files.write_json(self.state_file, asdict(state))
        if revives:
            os.utime(self.folder.parent)  # ``registry`` reads ended runs again when the parent folder has changed

    def fail(self, reason: str) -> None:
        """Record a failure for a worker that could not do so itself."""
        self.write_state(replace(self.state(), status=Status.FAILED, ended_at=time.time(), error=reason))

    # The lock of the process that trains.

    @contextlib.contextmanager
    def lock(self) -> Iterator[None]:
        """Make this process the only one that may train the run, until the block or the process ends.

        Raises:
            RunError: another process holds the lock, or the run was deleted.
        """
        lock = FileLock(self.folder / LOCK_FILE, is_singleton=True, thread_local=False)  # a process may lock it again
        if not self.folder.is_dir():  # locking would recreate it
            raise RunError(f"The run {self.id} was deleted.")
        try:
            lock.acquire(timeout=1)  # ``is_locked`` holds it for a moment
        except Timeout:
            raise RunError(f"The run {self.id} is already running in another process.") from None
        try:
            yield
        finally:
            lock.release()

    @property
    def is_locked(self) -> bool:
        """Whether a process is training the run or is about to."""
        if not self.folder.is_dir():  # locking would recreate it
            return False
        try:
            with FileLock(self.folder / LOCK_FILE, blocking=False):
                return False
        except Timeout:
            return True

    # Requests.

    def request(self, request: str) -> None:
        """Ask the worker to ``stop`` (keep the best network so far) or ``cancel`` (discard all).

        Raises:
            RunError: the folder cannot be written to.
        """
        try:
            (self.folder / request).touch()
        except FileNotFoundError:  # the run was deleted in the meantime
            pass
        except OSError as error:
            raise RunError(
                f"The request to {request} the run {self.id} cannot be written to {self.folder}: {error.strerror}. "
                "Check the permissions of that folder."
            ) from error

    def is_requested(self, request: str) -> bool:
        """Whether this request was made."""
        return (self.folder / request).exists()

    # Resuming and deleting.

    @property
    def can_resume(self) -> bool:
        """Whether the run was interrupted, or failed with a checkpoint, as on a full disk."""
        status = self.state().status
        return status == Status.INTERRUPTED or (status == Status.FAILED and (self.folder / CHECKPOINT_FILE).exists())

    @property
    def can_continue(self) -> bool:
        """Whether the run has finished and kept its checkpoint, so that its network can be trained for more epochs."""
        return self.state().status == Status.FINISHED and (self.folder / CHECKPOINT_FILE).exists()

    def check_can_resume(self) -> None:
        """Check that the run can be resumed.

        Raises:
            RunError: it cannot.
        """
        if not self.can_resume:
            raise RunError(f"The run {self.id} is {self.state().status} and cannot be resumed.")

    def prepare_resume(self) -> None:
        """Check that the run can be resumed, and remove earlier requests.

        Raises:
            RunError: it cannot be resumed.
        """
        self.check_can_resume()
        for request in ("stop", "cancel"):
            (self.folder / request).unlink(missing_ok=True)

    def resume(self) -> None:
        """Put an interrupted run at the end of the queue; it continues after its last finished epoch.

        Raises:
            RunError: the run cannot be resumed.
        """
        self.prepare_resume()
        self.write_state(replace(self.state(), status=Status.QUEUED, queued_at=time.time(), error=None, ended_at=None))

    def delete(self) -> None:
        """Delete the folder; a model saved by the run stays.

        Raises:
            RunError: the run is running, or its files cannot be deleted.
        """
        if self.state().status == Status.RUNNING:
            raise RunError(f"The run {self.id} is running. Stop or cancel it first.")
        shutil.rmtree(self.folder, ignore_errors=True)
        if self.folder.exists():
            raise RunError(f"The run {self.id} could not be deleted completely. Check the permissions of {self.folder}.")

    # Curves and networks.

    def history(self) -> list[dict[str, float]]:
        """One row per finished epoch: epoch (from 1), loss, accuracy, val_loss, val_accuracy, learning_rate."""
        return [row | {"epoch": int(row["epoch"]) + 1} for row in read_rows(self.folder / HISTORY_FILE, HISTORY_COLUMNS)]

    def curve(self) -> list[dict[str, float]]:
        """The history from epoch 0, the untrained network; runs of earlier versions begin at epoch 1."""
        return [*read_rows(self.folder / UNTRAINED_FILE, UNTRAINED_COLUMNS), *self.history()]

    def progress(self) -> list[dict[str, float]]:
        """Rows from within the epochs: epoch (from 0, with its fraction), loss, accuracy, learning_rate."""
        return read_rows(self.folder / PROGRESS_FILE, PROGRESS_COLUMNS)

    def truncate_to(self, rows: list[dict[str, float]]) -> None:
        """Cut the curves and the kept networks back to these epochs, when training begins or resumes."""
        # In the column order of Keras's CSVLogger, which will append to the file.
        columns = ["epoch", *sorted(set(rows[0]) - {"epoch"})] if rows else []
        write_rows(self.folder / HISTORY_FILE, columns, rows)
        progress = [row for row in self.progress() if row["epoch"] <= len(rows)]
        write_rows(self.folder / PROGRESS_FILE, list(PROGRESS_COLUMNS), progress)
        for epoch in self.epochs_kept():
            if epoch > len(rows):
                self.epoch_file(epoch).unlink(missing_ok=True)

    def epoch_file(self, epoch: int) -> Path:
        """The path of the network after an epoch, counted from 1; 0 is the untrained network."""
        return self.folder / EPOCHS_DIR / f"{epoch:04}.keras"

    def epochs_kept(self) -> list[int]:
        """The epochs whose network is kept, in order."""
        return sorted(int(path.stem) for path in (self.folder / EPOCHS_DIR).glob("[0-9]*.keras"))
