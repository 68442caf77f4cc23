"""Trials that were chosen to be drawn, as a study in memory that Optuna's figures can read."""

from collections.abc import Mapping, Sequence
from copy import copy
from datetime import datetime, timedelta
from typing import Self

from optuna import Study
from optuna.storages import InMemoryStorage
from optuna.study import StudyDirection
from optuna.trial import FrozenTrial, TrialState

from digitcore.search.config import SearchConfig
from digitcore.search.records import TrialRecord

DIRECTIONS = {"minimize": StudyDirection.MINIMIZE, "maximize": StudyDirection.MAXIMIZE}
STATES = {
    "complete": TrialState.COMPLETE,
    "pruned": TrialState.PRUNED,
    "failed": TrialState.FAIL,
    "running": TrialState.RUNNING,
    "waiting": TrialState.WAITING,
}
#: What the first value of a trial is called, and the format of its axis.
QUANTITIES = {
    "loss": ("validation loss", "~g", "val_loss"),
    "accuracy": ("validation accuracy", ".1%", "val_accuracy"),
    "accuracy_and_parameters": ("validation accuracy", ".1%", "val_accuracy"),
}
#: The share of the drawn trials that are the best ones, if not all can be drawn.
BEST_SHARE = 0.2


class DrawnStudy(Study):
    """Some trials as a study in memory, for Optuna's figures; they keep their numbers, and no storage is read.

    Args:
        config: the study's settings.
        records: the trials.
        titles: parameter -> what it is called in the figures.
        values: how many values of each trial to draw; all figures but the Pareto front draw one.
    """

    def __init__(
        self, config: SearchConfig, records: Sequence[TrialRecord], titles: Mapping[str, str], *, values: int = 1
    ) -> None:
        storage = InMemoryStorage()
        storage.create_new_study([DIRECTIONS[direction] for direction in config.directions[:values]], "drawn")
        super().__init__("drawn", storage)
        self.objective = config.objective
        self._drawn = [_frozen(record, config, titles, values) for record in records]

    def get_trials(self, deepcopy: bool = True, states: Sequence[TrialState] | None = None) -> list[FrozenTrial]:
        """The trials in the given states; never copied, because the figures change nothing."""
        return [trial for trial in self._drawn if states is None or trial.state in states]

    @property
    def more_is_better(self) -> bool:
        """Whether a higher value is a better one."""
        return self.directions[0] == StudyDirection.MAXIMIZE

    def with_pruned_as_complete(self) -> Self:
        """The complete trials, and the pruned ones with their last value, which is worse than it would have become."""
        counted = copy(self)
        counted._drawn = [copy(trial) for trial in self._drawn if trial.values or trial.intermediate_values]
        for trial in counted._drawn:
            if trial.state == TrialState.PRUNED:
                trial.state, trial.values = TrialState.COMPLETE, [trial.intermediate_values[trial.last_step]]
        return counted

    def numbered_from_zero(self) -> Self:
        """The same trials with their places as numbers, as Optuna's history needs them."""
        renumbered = copy(self)
        renumbered._drawn = [copy(trial) for trial in self._drawn]
        for place, trial in enumerate(renumbered._drawn):
            trial.number = place
        return renumbered


def choose_drawn(records: Sequence[TrialRecord], limit: int, objective: str) -> list[TrialRecord]:
    """At most ``limit`` trials, in their order: the best ones, and others spread evenly over the study."""
    if len(records) <= limit:
        return list(records)
    best = {record.number for record in _ranked(records, objective)[-int(BEST_SHARE * limit) :]}
    others = [record for record in records if record.number not in best]
    wanted = limit - len(best)
    spread = {others[index * len(others) // wanted].number for index in range(wanted)}
    return [record for record in records if record.number in best | spread]


def _frozen(record: TrialRecord, config: SearchConfig, titles: Mapping[str, str], count: int) -> FrozenTrial:
    _, _, key = QUANTITIES[config.objective]
    start = _moment(record.started_at)
    end = start + timedelta(seconds=record.seconds or 0) if start and record.is_done else None
    values = list(record.values[:count]) if record.values and record.state == "complete" else None
    return FrozenTrial(
        number=record.number,
        state=STATES[record.state],
        value=None,
        values=values,
        datetime_start=start,
        datetime_complete=end,
        params={titles.get(name, name): value for name, value in record.params.items()},
        distributions={titles.get(name, name): config.space[name] for name in record.params if name in config.space},
        user_attrs={},
        system_attrs={},
        intermediate_values={int(row["epoch"]): row[key] for row in record.curve if row.get(key) is not None},
        trial_id=record.number,
    )


def _moment(at: float | None) -> datetime | None:
    """A time in the server's zone, as Optuna notes it."""
    return None if at is None else datetime.fromtimestamp(at)


def _ranked(records: Sequence[TrialRecord], objective: str) -> list[TrialRecord]:
    """The complete trials from the worst to the best."""
    complete = [record for record in records if record.state == "complete" and record.values]
    return sorted(complete, key=lambda record: record.values[0], reverse=objective == "loss")
