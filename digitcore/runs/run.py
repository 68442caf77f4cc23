"""The folder ``runs/``: one folder a training run, which is all that a worker and the app share.

``config.json`` never changes. ``state.json`` is written by one process at a time: whoever makes the run, then its worker.
Others ask by leaving a file: ``stop`` or ``cancel``. ``history.csv`` has a row for each epoch, ``progress.csv`` several rows
within each, ``epochs/`` the network after each epoch, ``checkpoint.keras`` all that is needed to go on after a crash.
"""

import contextlib
import csv
import errno
import io
import json
import math
import shutil
import socket
import tempfile
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, fields, replace
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, Self

import psutil
from filelock import FileLock, Timeout

from digitcore import files, paths
from digitcore.errors import ConfigError, DigitcoreError, RunError
from digitcore.runs.config import TrainConfig

CONFIG_FILE, STATE_FILE = "config.json", "state.json"
HISTORY_FILE, PROGRESS_FILE, LOG_FILE = "history.csv", "progress.csv", "log.txt"
CHECKPOINT_FILE, EPOCHS_DIR, TENSORBOARD_DIR = "checkpoint.keras", "epochs", "tensorboard"
LOCK_FILE = ".lock"

QUEUED, RUNNING, FINISHED, FAILED = "queued", "running", "finished", "failed"
CANCELLED, INTERRUPTED = "cancelled", "interrupted"
STATUSES = (QUEUED, RUNNING, FINISHED, FAILED, CANCELLED, INTERRUPTED)

PROGRESS_COLUMNS = ("epoch", "loss", "accuracy", "learning_rate")
HISTORY_COLUMNS = ("epoch", "loss", "accuracy", "val_loss", "val_accuracy", "learning_rate")

#: A worker says that it lives more often than this, or it is taken for dead.
HEARTBEAT_LIMIT_SECONDS = 60

#: What the state of a finished run says of the test images.
METRICS = ("test_accuracy", "test_loss", "test_images")
#: Entries of the state that are numbers, or not known yet.
NUMBERS = ("queued_at", "started_at", "ended_at", "heartbeat", "epoch", "batch", "batches", "training_seconds", "best_epoch")


@dataclass(frozen=True, kw_only=True)
class State:
    """What is known of a run.

    Attributes:
        status: ``queued``, ``running``, ``finished``, ``failed``, ``cancelled`` or ``interrupted``.
        doing: what a running one does at the moment, in words.
        queued_at, started_at, ended_at, heartbeat: seconds since 1970.
        pid, pid_started, host: the worker's process, and when it was started.
        epoch: epochs finished.
        batch, batches: within the epoch that is being trained.
        images_per_second: training speed, lately.
        seconds_left: estimated, without the final measurement.
        training_seconds: spent in training, earlier attempts included.
        best_epoch: the best finished epoch, from 1.
        events: sentences on what callbacks did, each as ``[epoch, sentence]``.
        metrics: on the test images, once finished.
        stopped: whether somebody stopped it before its end.
        replace: whether it may overwrite a model of its name.
        error: why it failed.
    """

    status: str = QUEUED
    doing: str = ""
    queued_at: float = 0.0
    started_at: float | None = None
    ended_at: float | None = None
    heartbeat: float | None = None
    pid: int | None = None
    pid_started: float | None = None
    host: str | None = None
    epoch: int = 0
    batch: int = 0
    batches: int = 0
    images_per_second: float | None = None
    seconds_left: float | None = None
    training_seconds: float = 0.0
    best_epoch: int | None = None
    events: tuple[tuple[int, str], ...] = ()
    metrics: dict[str, float] | None = None
    stopped: bool = False
    replace: bool = False
    error: str | None = None

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> Self:
        """The state in a file; entries of other versions are passed over.

        Raises:
            ValueError: an entry is not what it has to be.
        """
        known = {field.name for field in fields(cls)}
        for name in NUMBERS:
            optional = getattr(cls, name) is None and value.get(name) is None
            if not optional and not isinstance(value.get(name, 0), int | float):
                raise ValueError(f"{name} is {value[name]!r}, not a number")
        if value.get("status") not in STATUSES:
            raise ValueError(f"status is {value.get('status')!r}")
        metrics = value.get("metrics")
        if metrics is not None and not all(isinstance(metrics.get(name), int | float) for name in METRICS):
            raise ValueError(f"metrics is {metrics!r}")
        state = cls(**{name: entry for name, entry in value.items() if name in known})
        return replace(state, events=tuple(tuple(event) for event in state.events))

    @property
    def is_active(self) -> bool:
        """Whether it waits or runs."""
        return self.status in (QUEUED, RUNNING)

    @property
    def is_alive(self) -> bool:
        """Whether the process that runs it is still there, as far as this machine can tell."""
        try:
            if time.time() - (self.heartbeat or 0) > HEARTBEAT_LIMIT_SECONDS:
                return False
            if self.host != socket.gethostname():
                return True
            process = psutil.Process(self.pid)
            # Another process may have got the number since.
            return abs(process.create_time() - self.pid_started) < 1 and process.status() != psutil.STATUS_ZOMBIE
        except (psutil.Error, TypeError, ValueError):  # gone, or a state that says nonsense
            return False


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
            state = _read_state(self.state_file, stat.st_mtime_ns, stat.st_size, stat.st_ino)
        except (OSError, ValueError, TypeError, AttributeError) as error:
            return State(status=FAILED, error=f"The run's state cannot be read: {error}. Delete the run.")
        if state.status == RUNNING and not state.is_alive:
            return replace(state, status=INTERRUPTED, doing="")
        if state.status == QUEUED and self.asked("cancel"):
            return replace(state, status=CANCELLED)
        return state

    def write_state(self, state: State) -> None:
        """Write the state; only the process that has the run may."""
        files.write_json(self.state_file, asdict(state))

    @contextlib.contextmanager
    def claimed(self) -> Iterator[None]:
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
    def is_claimed(self) -> bool:
        """Whether some process trains it, or gets ready to."""
        if not self.folder.is_dir():  # deleted; the lock would make it again
            return False
        try:
            with FileLock(self.folder / LOCK_FILE, blocking=False):
                return False
        except Timeout:
            return True

    def ask(self, request: str) -> None:
        """Leave a request to ``stop`` (keep the best so far) or ``cancel`` (discard)."""
        with contextlib.suppress(FileNotFoundError):  # deleted meanwhile
            (self.folder / request).touch()

    def asked(self, request: str) -> bool:
        """Whether there is such a request."""
        return (self.folder / request).exists()

    @property
    def can_resume(self) -> bool:
        """Whether it ended by a crash, or by a failure that may be over, such as a full disk."""
        status = self.state().status
        return status == INTERRUPTED or (status == FAILED and (self.folder / CHECKPOINT_FILE).exists())

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
        self.write_state(replace(self.state(), status=QUEUED, queued_at=time.time(), error=None, ended_at=None))

    def fail(self, reason: str) -> None:
        """Note a failure on behalf of a worker that could not."""
        self.write_state(replace(self.state(), status=FAILED, ended_at=time.time(), error=reason))

    def delete(self) -> None:
        """Remove the folder; a model that the run gave stays.

        Raises:
            RunError: it is running.
        """
        if self.state().status == RUNNING:
            raise RunError(f"The run {self.id} is running: stop or cancel it first.")
        shutil.rmtree(self.folder, ignore_errors=True)

    def history(self) -> list[dict[str, float]]:
        """A row for each finished epoch: epoch (from 1), loss, accuracy, val_loss, val_accuracy, learning_rate."""
        return [row | {"epoch": int(row["epoch"]) + 1} for row in _rows(self.folder / HISTORY_FILE, HISTORY_COLUMNS)]

    def progress(self) -> list[dict[str, float]]:
        """Rows from within the epochs: epoch (from 0, with its fraction), loss, accuracy, learning_rate."""
        return _rows(self.folder / PROGRESS_FILE, PROGRESS_COLUMNS)

    def cut_back(self, rows: list[dict[str, float]]) -> None:
        """Make the curves say just what was reached with these rows of the history, when a run begins or goes on."""
        # In the order of Keras's CSVLogger, which will add to the file.
        names = ["epoch", *sorted(set(rows[0]) - {"epoch"})] if rows else []
        _write_rows(self.folder / HISTORY_FILE, names, rows)
        kept = [row for row in self.progress() if row["epoch"] <= len(rows)]
        _write_rows(self.folder / PROGRESS_FILE, list(PROGRESS_COLUMNS), kept)
        for epoch in self.epochs_kept():
            if epoch > len(rows):
                self.epoch_file(epoch).unlink(missing_ok=True)

    def epoch_file(self, epoch: int) -> Path:
        """Where the network after that epoch (from 1) is kept."""
        return self.folder / EPOCHS_DIR / f"{epoch:04}.keras"

    def epochs_kept(self) -> list[int]:
        """The epochs whose network is still there, in order."""
        return sorted(int(path.stem) for path in (self.folder / EPOCHS_DIR).glob("[0-9]*.keras"))


def create(config: TrainConfig, *, replace: bool = False) -> Run:
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
                return Run(run.folder.rename(new_folder(config.name)))
            except OSError as error:
                if error.errno not in (errno.EEXIST, errno.ENOTEMPTY):  # taken by another process since
                    raise


def new_folder(name: str) -> Path:
    """A free place for a run, named by the time and the model."""
    stem = f"{time.strftime('%Y%m%d-%H%M%S')}-{name}"
    folder, number = paths.runs_dir() / stem, 1
    while folder.exists():
        number += 1
        folder = paths.runs_dir() / f"{stem}-{number}"
    return folder


def find(run_id: str) -> Run:
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


def queue() -> list[Run]:
    """The runs that wait, in the order in which they will start."""
    waiting = [(state.queued_at, run.id, run) for run in list_runs() if (state := run.state()).status == QUEUED]
    return [run for *_, run in sorted(waiting, key=lambda entry: entry[:2])]


def names_in_use() -> set[str]:
    """The model names that waiting and running runs will give."""
    names = set()
    for run in list_runs():
        if run.state().is_active:
            with contextlib.suppress(DigitcoreError):
                names.add(run.config.name)
    return names


@lru_cache(maxsize=4096)
def _read_state(path: Path, modified: int, size: int, inode: int) -> State:
    """Read a state once for each time that it is written: ended runs are asked for again and again."""
    return State.from_json(json.loads(path.read_text()))


def _write_rows(path: Path, names: list[str], rows: list[dict[str, float]]) -> None:
    text = io.StringIO()
    if names:
        writer = csv.DictWriter(text, names)
        writer.writeheader()
        writer.writerows(rows)
    files.write_bytes(path, text.getvalue().encode())


def _rows(path: Path, columns: tuple[str, ...]) -> list[dict[str, float]]:
    """The numbers in a CSV file that another process may be writing to: a row that is not whole is left out."""
    try:
        text = path.read_text(errors="replace")
    except OSError:
        return []
    whole = text[: text.rfind("\n") + 1]
    rows = []
    for row in csv.DictReader(whole.splitlines()):
        with contextlib.suppress(ValueError, TypeError):
            rows.append({name: float(value) for name, value in row.items()})
    return [row for row in rows if set(columns) <= set(row) and math.isfinite(row["epoch"])]
