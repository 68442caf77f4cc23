"""What is known about each trial of a study, read from Optuna's records."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from optuna.storages import RetryHeartbeatStaleTrialCallback
from optuna.trial import FrozenTrial, TrialState

from digitcore.search.storage import MAX_RETRIES

#: Attributes of a trial in the database.
CURVE, REASON, SUPERSEDED, PARAMETERS, WORKER = "curve", "reason", "superseded", "parameters", "worker"
STATES = {
    TrialState.WAITING: "waiting",
    TrialState.RUNNING: "running",
    TrialState.COMPLETE: "complete",
    TrialState.PRUNED: "pruned",
    TrialState.FAIL: "failed",
}


@dataclass(frozen=True, kw_only=True)
class TrialRecord:
    """One trial.

    Attributes:
        number: Optuna's number of the trial, from 0.
        state: ``"waiting"``, ``"running"``, ``"complete"``, ``"pruned"`` or ``"failed"``.
        values: the objectives' values of a complete trial; otherwise None.
        params: parameter -> value, as far as the sampler has chosen.
        reason: why the trial was pruned or failed, in a sentence; otherwise empty.
        curve: a row for each finished epoch: epoch (from 1), loss, accuracy, val_loss, val_accuracy.
        parameters: the number of the network's weights; None before it is built.
        seconds: how long the trial took, or has taken so far; None while it waits.
        started_at: when it began, seconds since 1970; None while it waits.
        worker: the machine and the process that trained it.
        has_network: whether its network is kept, so that it can be opened.
    """

    number: int
    state: str
    values: tuple[float, ...] | None = None
    params: dict[str, Any]
    reason: str = ""
    curve: tuple[dict[str, float], ...] = ()
    parameters: int | None = None
    seconds: float | None = None
    started_at: float | None = None
    worker: str = ""
    has_network: bool = False

    @property
    def value(self) -> float | None:
        """The value of the first objective."""
        return self.values[0] if self.values else None

    @property
    def is_done(self) -> bool:
        """Whether the trial has ended, well or not."""
        return self.state in ("complete", "pruned", "failed")


def superseded(trials: Iterable[FrozenTrial]) -> set[int]:
    """The numbers of the trials that another one has taken the place of; they count nowhere."""
    numbers = set()
    for trial in trials:
        if trial.user_attrs.get(SUPERSEDED):
            numbers.add(trial.number)
        numbers.update(RetryHeartbeatStaleTrialCallback.retry_history(trial))
    return numbers


def counted(trials: Iterable[FrozenTrial]) -> list[FrozenTrial]:
    """The trials that use up the budget: all that were begun, without those that another one has taken the place of."""
    trials = list(trials)
    gone = superseded(trials)
    return [trial for trial in trials if trial.number not in gone and trial.state != TrialState.WAITING]


def record_of(trial: FrozenTrial, kept: set[int]) -> TrialRecord:
    """What the database knows about a trial.

    Args:
        trial: Optuna's record.
        kept: the numbers of the trials whose network is kept.
    """
    attributes = trial.user_attrs
    state = STATES[trial.state]
    reason = attributes.get(REASON, "")
    if state == "failed" and not reason:
        reason = f"Its worker ended {MAX_RETRIES + 1} times while it trained, perhaps because memory ran out."
    return TrialRecord(
        number=trial.number,
        state=state,
        values=tuple(trial.values) if state == "complete" and trial.values else None,
        params=trial.params,
        reason="" if state in ("waiting", "complete") else reason,
        curve=() if state == "waiting" else _curve(attributes.get(CURVE)),
        parameters=attributes.get(PARAMETERS),
        seconds=_seconds(trial),
        started_at=None if trial.datetime_start is None or state == "waiting" else trial.datetime_start.timestamp(),
        worker=attributes.get(WORKER, ""),
        has_network=trial.number in kept,
    )


def _curve(text: Any) -> Sequence[dict[str, float]]:
    """The rows that the worker has written; a damaged entry counts as none."""
    try:
        columns = ("epoch", "loss", "accuracy", "val_loss", "val_accuracy")
        return tuple(dict(zip(columns, row, strict=True)) for row in json.loads(text))
    except (TypeError, ValueError):
        return ()


def _seconds(trial: FrozenTrial) -> float | None:
    if trial.datetime_start is None or trial.state == TrialState.WAITING:
        return None
    return ((trial.datetime_complete or datetime.now()) - trial.datetime_start).total_seconds()
