"""What is known about a run: the content of ``state.json``."""

import json
import socket
import time
from dataclasses import dataclass, fields, replace
from enum import StrEnum
from functools import lru_cache
from pathlib import Path
from typing import Any, Self

import psutil

#: A running worker whose last heartbeat is older than this is considered dead.
HEARTBEAT_LIMIT_SECONDS = 60
#: Entries of the state that hold a number, or None while it is not known.
NUMBERS = ("queued_at", "started_at", "ended_at", "heartbeat", "epoch", "batch", "batches", "training_seconds", "best_epoch")
#: What the state of a finished run says about the test images.
METRICS = ("test_accuracy", "test_loss", "test_images")


class Status(StrEnum):
    """The stages of a run. A run whose worker died is ``interrupted``, whatever its file says."""

    QUEUED = "queued"
    RUNNING = "running"
    FINISHED = "finished"
    FAILED = "failed"
    CANCELLED = "cancelled"
    INTERRUPTED = "interrupted"


@dataclass(frozen=True, kw_only=True)
class State:
    """What is known about a run.

    Attributes:
        status: ``queued``, ``running``, ``finished``, ``failed``, ``cancelled`` or ``interrupted``.
        doing: what the worker is doing now, in words.
        queued_at, started_at, ended_at, heartbeat: seconds since 1970.
        pid, pid_started, host: the worker's process number, its start in seconds since 1970, and its machine.
        epoch: number of finished epochs.
        batch, batches: batches done and in total, in the current epoch.
        images_per_second: current training speed.
        seconds_left: estimated training time left, without the final evaluation.
        training_seconds: time spent on training, including earlier attempts.
        best_epoch: the best finished epoch, counted from 1.
        events: what the callbacks did, each as ``(epoch, sentence)``.
        metrics: results on the test images, once the run has finished.
        stopped: whether the run was stopped on request.
        replace: whether the run may overwrite a model of its name.
        error: why the run failed.
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
        """Read the content of a state file; unknown entries, from other versions, are ignored.

        Raises:
            ValueError: an entry has the wrong type or value.
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
        """Whether the run is queued or running."""
        return self.status in (Status.QUEUED, Status.RUNNING)

    @property
    def has_ended(self) -> bool:
        """Whether the run ended in a known way, so that only a resume can change it.

        False for an interrupted run, and for a state that could not be read, which has no end time.
        """
        ended = self.status in (Status.FINISHED, Status.FAILED) and self.ended_at is not None
        return ended or self.status == Status.CANCELLED

    @property
    def is_alive(self) -> bool:
        """Whether the worker's process still exists, as far as this machine can tell."""
        try:
            if time.time() - (self.heartbeat or 0) > HEARTBEAT_LIMIT_SECONDS:
                return False
            if self.host != socket.gethostname():
                return True
            process = psutil.Process(self.pid)
            # The process number may have been reused by another process.
            return abs(process.create_time() - self.pid_started) < 1 and process.status() != psutil.STATUS_ZOMBIE
        except (psutil.Error, TypeError, ValueError):  # no such process, or a damaged state
            return False


@lru_cache(maxsize=4096)
def read_state(path: Path, modified: int, size: int, inode: int) -> State:
    """Read a state file once per version; ``modified``, ``size`` and ``inode`` identify the version."""
    return State.from_json(json.loads(path.read_text()))
