"""What is known of a run: the content of ``state.json``."""

import json
import socket
import time
from dataclasses import dataclass, fields, replace
from enum import StrEnum
from functools import lru_cache
from pathlib import Path
from typing import Any, Self

import psutil


class Status(StrEnum):
    """Where a run is in its life. The run of a worker that died reads as ``interrupted``, whatever its file says."""

    QUEUED = "queued"
    RUNNING = "running"
    FINISHED = "finished"
    FAILED = "failed"
    CANCELLED = "cancelled"
    INTERRUPTED = "interrupted"


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

    status: Status = Status.QUEUED
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
        status = Status(value.get("status"))
        metrics = value.get("metrics")
        if metrics is not None and not all(isinstance(metrics.get(name), int | float) for name in METRICS):
            raise ValueError(f"metrics is {metrics!r}")
        state = cls(**{name: entry for name, entry in value.items() if name in known})
        return replace(state, status=status, events=tuple(tuple(event) for event in state.events))

    @property
    def is_active(self) -> bool:
        """Whether it waits or runs."""
        return self.status in (Status.QUEUED, Status.RUNNING)

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


@lru_cache(maxsize=4096)
def read_state(path: Path, modified: int, size: int, inode: int) -> State:
    """Read a state once for each time that it is written: ended runs are asked for again and again."""
    return State.from_json(json.loads(path.read_text()))
