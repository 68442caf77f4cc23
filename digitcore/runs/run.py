"""The folder ``runs/``: one folder a training run, which is all that a worker and the app share.

``config.json`` never changes. ``state.json`` is written by one process at a time: whoever makes the run, then its worker.
Others ask by leaving a file: ``stop`` or ``cancel``. ``history.csv`` has a row for each epoch, ``progress.csv`` several rows
within each, ``epochs/`` the network after each epoch, ``checkpoint.keras`` all that is needed to go on after a crash.
"""

import contextlib
import json
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
from digitcore.runs.history import HISTORY_COLUMNS, PROGRESS_COLUMNS, read_rows, write_rows
from digitcore.runs.state import State, Status, read_state

CONFIG_FILE, STATE_FILE = "config.json", "state.json"
HISTORY_FILE, PROGRESS_FILE, LOG_FILE = "history.csv", "progress.csv", "log.txt"
CHECKPOINT_FILE, EPOCHS_DIR, TENSORBOARD_DIR = "checkpoint.keras", "epochs", "tensorboard"
LOCK_FILE = ".lock"


@dataclass(frozen=True)
class Run:
    """One run's folder."""

    folder: Path

    @property
    def id(self) -> str:
        """The folder's name."""
        return self.folder.name

    @property
    def state_file(self) -> Path:
        """Where the state is kept."""
        return self.folder / STATE_FILE

    def initialise(self, config: TrainConfig, state: State) -> None:
        """Make the folder's first files."""
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
        """What is known of the run now; a dead worker's run is ``interrupted``, a cancelled one in the queue ``cancelled``."""
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
        """Write the state; only the process that has the run may."""
        files.write_json(self.state_file, asdict(state))

    @contextlib.contextmanager
    def lock(self) -> Iterator[None]:
        """Inside the block this process alone may train the run; the claim ends with the process, however that ends.

        Raises:
            RunError: another process has it, or the run was deleted.
        """
        lock = FileLock(self.folder / LOCK_FILE, is_singleton=True, thread_local=False)  # one process may claim twice
        if not self.folder.is_dir():  # the lock would make it again
            raise RunError(f"The run {self.id} was deleted.")
        try:
            lock.acquire(timeout=1)  # it may only be looked at
        except Timeout:
            raise RunError(f"The run {self.id} is running already, in another process.") from None
        try:
            yield
        finally:
            lock.release()

    @property
    def is_locked(self) -> bool:
        """Whether some process trains it, or gets ready to."""
        if not self.folder.is_dir():  # deleted; the lock would make it again
            return False
        try:
            with FileLock(self.folder / LOCK_FILE, blocking=False):
                return False
        except Timeout:
            return True

    def request(self, request: str) -> None:
        """Leave a request to ``stop`` (keep the best so far) or ``cancel`` (discard)."""
        with contextlib.suppress(FileNotFoundError):  # deleted meanwhile
            (self.folder / request).touch()

    def is_requested(self, request: str) -> bool:
        """Whether there is such a request."""
        return (self.folder / request).exists()

    @property
    def can_resume(self) -> bool:
        """Whether it ended by a crash, or by a failure that may be over, such as a full disk."""
        status = self.state().status
        return status == Status.INTERRUPTED or (status == Status.FAILED and (self.folder / CHECKPOINT_FILE).exists())

    def prepare_resume(self) -> None:
        """Check that an interrupted run can go on, and forget requests from before.

        Raises:
            RunError: it is not one that can go on.
        """
        if not self.can_resume:
            raise RunError(f"The run {self.id} is {self.state().status}: only an interrupted run can be resumed.")
        for request in ("stop", "cancel"):
            (self.folder / request).unlink(missing_ok=True)

    def resume(self) -> None:
        """Put an interrupted run in the queue again; it goes on after its last finished epoch.

        Raises:
            RunError: it is not one that can go on.
        """
        self.prepare_resume()
        self.write_state(replace(self.state(), status=Status.QUEUED, queued_at=time.time(), error=None, ended_at=None))

    def fail(self, reason: str) -> None:
        """Note a failure on behalf of a worker that could not."""
        self.write_state(replace(self.state(), status=Status.FAILED, ended_at=time.time(), error=reason))

    def delete(self) -> None:
        """Remove the folder; a model that the run gave stays.

        Raises:
            RunError: it is running.
        """
        if self.state().status == Status.RUNNING:
            raise RunError(f"The run {self.id} is running: stop or cancel it first.")
        shutil.rmtree(self.folder, ignore_errors=True)

    def history(self) -> list[dict[str, float]]:
        """A row for each finished epoch: epoch (from 1), loss, accuracy, val_loss, val_accuracy, learning_rate."""
        return [row | {"epoch": int(row["epoch"]) + 1} for row in read_rows(self.folder / HISTORY_FILE, HISTORY_COLUMNS)]

    def progress(self) -> list[dict[str, float]]:
        """Rows from within the epochs: epoch (from 0, with its fraction), loss, accuracy, learning_rate."""
        return read_rows(self.folder / PROGRESS_FILE, PROGRESS_COLUMNS)

    def truncate_to(self, rows: list[dict[str, float]]) -> None:
        """Make the curves say just what was reached with these rows of the history, when a run begins or goes on."""
        # In the order of Keras's CSVLogger, which will add to the file.
        names = ["epoch", *sorted(set(rows[0]) - {"epoch"})] if rows else []
        write_rows(self.folder / HISTORY_FILE, names, rows)
        kept = [row for row in self.progress() if row["epoch"] <= len(rows)]
        write_rows(self.folder / PROGRESS_FILE, list(PROGRESS_COLUMNS), kept)
        for epoch in self.epochs_kept():
            if epoch > len(rows):
                self.epoch_file(epoch).unlink(missing_ok=True)

    def epoch_file(self, epoch: int) -> Path:
        """Where the network after that epoch (from 1) is kept."""
        return self.folder / EPOCHS_DIR / f"{epoch:04}.keras"

    def epochs_kept(self) -> list[int]:
        """The epochs whose network is still there, in order."""
        return sorted(int(path.stem) for path in (self.folder / EPOCHS_DIR).glob("[0-9]*.keras"))
