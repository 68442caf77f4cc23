"""A study: its settings, its budget, what was requested, and its trials. All of it is in the database."""

import json
import shutil
import time
from collections.abc import Sequence
from dataclasses import replace
from enum import StrEnum
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import optuna
from optuna.study import StudyDirection
from optuna.trial import FrozenTrial, TrialState

from digitcore.errors import ConfigError, StudyError
from digitcore.search.config import SearchConfig, check_budget, combinations_of_grid
from digitcore.search.location import networks_dir
from digitcore.search.records import TrialRecord, counted, record_of, superseded
from digitcore.search.samplers import build_pruner
from digitcore.search.space import grid
from digitcore.search.storage import open_storage, reaching_storage

#: Attributes of a study in the database: its settings, what was requested last, until when trials may begin.
CONFIG, REQUEST, DEADLINE = "config", "request", "deadline"
#: The time left is estimated from so many trials.
RECENT_TRIALS = 10


class Request(StrEnum):
    """What a visitor has asked of a study."""

    NOTHING = "nothing"
    RUN = "run"
    PAUSE = "pause"
    STOP = "stop"


class StudyStatus(StrEnum):
    """The stages of a study."""

    READY = "ready"
    WAITING = "waiting"
    RUNNING = "running"
    PAUSED = "paused"
    STOPPED = "stopped"
    FINISHED = "finished"


class Study:
    """One study, by its name in the database. Any process on any machine that reaches the database may use it."""

    def __init__(self, study: optuna.Study) -> None:
        self.optuna = study
        self._finished: dict[int, TrialRecord] = {}

    @property
    def name(self) -> str:
        """The study's name."""
        return self.optuna.study_name

    # Settings and requests.

    @property
    def config(self) -> SearchConfig:
        """The settings, with the present budget.

        Raises:
            StudyError: they are missing or damaged, as those of a study that another program created.
            StorageError: the database cannot be used.
        """
        return config_of(self.name, self._attributes)

    @property
    def request(self) -> Request:
        """What was requested last."""
        return Request(self._attributes.get(REQUEST, Request.NOTHING))

    def start(self, *, trials: int | None = None, minutes: float | None = None, workers: int | None = None) -> None:
        """Let trials begin, or go on, now or as soon as there is a worker.

        Args:
            trials: the new number of trials in all; None leaves it as it is.
            minutes: no trial begins later than this from now; None leaves the limit as it is, which begins anew.
            workers: the new number of workers on this machine; None leaves it as it is.

        Raises:
            ConfigError: the new budget is of no use.
        """
        config = self.config
        check_budget(trials or config.trials, minutes)
        config = replace(
            config,
            trials=trials or config.trials,
            minutes=minutes or config.minutes,
            workers=workers or config.workers,
        )
        self._set(CONFIG, config.to_json())
        self._set(DEADLINE, time.time() + 60 * config.minutes if config.minutes else None)
        if config.sampler == "grid":
            self._queue_grid(config)
        self._set(REQUEST, Request.RUN)

    def pause(self) -> None:
        """Begin no more trials; those that run are finished."""
        self._set(REQUEST, Request.PAUSE)

    def stop(self) -> None:
        """End the running trials too, within a second or two. They begin again if the study goes on."""
        self._set(REQUEST, Request.STOP)

    # What there is to do.

    def may_begin(self) -> bool:
        """Whether a worker may begin a trial now."""
        attributes = self._attributes
        deadline = attributes.get(DEADLINE)
        if attributes.get(REQUEST) != Request.RUN or (deadline and time.time() > deadline):
            return False
        return self._has_budget(config_of(self.name, attributes), self.trials())

    def has_work(self) -> bool:
        """Whether trials run or may begin."""
        return self.is_training() or self.may_begin()

    def is_training(self) -> bool:
        """Whether a trial is running, or was when its worker died."""
        return _are_running(self.trials())

    def trials_left(self) -> int:
        """The number of trials of the budget that have not begun."""
        return max(0, self.budget - len(counted(self.trials())))

    @property
    def budget(self) -> int:
        """The number of trials in all; for a grid, at most the number of its points."""
        return _budget(self.config)

    def is_in_excess(self, number: int) -> bool:
        """Whether a trial is one too many, because another worker has begun the last one at the same moment."""
        before = [trial for trial in counted(self.trials()) if trial.number < number]
        return len(before) >= self.budget

    def recover(self) -> None:
        """Queue the trials of workers that have been silent for too long again."""
        with reaching_storage():
            optuna.storages.fail_stale_trials(self.optuna)

    def queue_again(self, params: dict[str, Any]) -> None:
        """Queue a trial with these values, in the place of one that was ended on request."""
        with reaching_storage():
            self.optuna.enqueue_trial(params)

    @property
    def status(self) -> StudyStatus:
        """What the study does now."""
        return self.status_with(self.trials())

    def status_with(self, trials: Sequence[FrozenTrial]) -> StudyStatus:
        """The status, if ``trials`` are what ``trials()`` has just returned."""
        attributes = self._attributes
        config, request = config_of(self.name, attributes), attributes.get(REQUEST, Request.NOTHING)
        runs = _are_running(trials)
        if request == Request.NOTHING:
            return StudyStatus.READY
        if not runs and not self._has_budget(config, trials):
            return StudyStatus.FINISHED
        if request == Request.RUN:
            deadline = attributes.get(DEADLINE)
            if runs:
                return StudyStatus.RUNNING
            return StudyStatus.STOPPED if deadline and time.time() > deadline else StudyStatus.WAITING
        return StudyStatus.PAUSED if request == Request.PAUSE else StudyStatus.STOPPED

    # Trials.

    def trials(self) -> list[FrozenTrial]:
        """Optuna's records of all trials. Those of finished trials are cached by Optuna; do not change them."""
        with reaching_storage():
            return self.optuna.get_trials(deepcopy=False)

    def records(self) -> list[TrialRecord]:
        """All trials that count or wait, by number."""
        trials = self.trials()
        gone, kept = superseded(trials), self.networks_kept()
        records = []
        for trial in trials:
            if trial.number in gone:
                continue
            record = self._finished.get(trial.number)
            if record is None or record.has_network != (trial.number in kept):
                record = record_of(trial, kept)
                if record.is_done:
                    self._finished[trial.number] = record
            records.append(record)
        return records

    def record(self, number: int) -> TrialRecord:
        """One trial.

        Raises:
            StudyError: there is none of that number.
        """
        for trial in self.trials():
            if trial.number == number:
                return record_of(trial, self.networks_kept())
        raise StudyError(f"The study {self.name!r} has no trial {number}.")

    def best(self, records: Sequence[TrialRecord] | None = None) -> TrialRecord | None:
        """The complete trial with the best value of the first objective; None if no trial is complete."""
        complete = [record for record in (self.records() if records is None else records) if record.values]
        if not complete:
            return None
        sign = -1 if self.optuna.directions[0] == StudyDirection.MAXIMIZE else 1
        return min(complete, key=lambda record: sign * record.value)

    def pareto(self, records: Sequence[TrialRecord] | None = None) -> list[TrialRecord]:
        """The complete trials that no other one is better than in one objective and at least as good in all others."""
        complete = [record for record in (self.records() if records is None else records) if record.values]
        if not complete:
            return []
        signs = [-1 if direction == StudyDirection.MAXIMIZE else 1 for direction in self.optuna.directions]
        values = np.array([record.values for record in complete]) * signs
        return [
            record
            for record, own in zip(complete, values, strict=True)
            if not ((values <= own).all(axis=1) & (values < own).any(axis=1)).any()
        ]

    def seconds_left(self, records: Sequence[TrialRecord] | None = None) -> float | None:
        """An estimate from the latest trials; None before one has ended. It ends with the time limit."""
        records = self.records() if records is None else records
        done = [record for record in records if record.is_done and record.seconds]
        if not done:
            return None
        config = self.config
        usual = sum(record.seconds for record in done[-RECENT_TRIALS:]) / len(done[-RECENT_TRIALS:])
        running = [record for record in records if record.state == "running"]
        begun = sum(max(0.0, usual - record.seconds) for record in running)
        left = max(0, _budget(config) - len(done) - len(running))
        seconds = (left * usual + begun) / max(1, len(running) or config.workers)
        deadline = self._attributes.get(DEADLINE)
        return min(seconds, max(0.0, deadline - time.time()) + usual) if deadline else seconds

    # Networks of trials.

    @property
    def networks_dir(self) -> Path:
        """The folder of the networks of complete trials."""
        return networks_dir(self.name)

    def networks_kept(self) -> set[int]:
        """The numbers of the trials whose network is kept on this machine."""
        try:
            return {int(path.name) for path in self.networks_dir.iterdir() if path.name.isdecimal()}
        except OSError:
            return set()

    # The database.

    @property
    def _attributes(self) -> dict[str, Any]:
        with reaching_storage():
            return self.optuna.user_attrs

    def _set(self, name: str, value: Any) -> None:
        with reaching_storage():
            self.optuna.set_user_attr(name, value)

    def _has_budget(self, config: SearchConfig, trials: Sequence[FrozenTrial]) -> bool:
        if len(counted(trials)) >= _budget(config):
            return False
        return config.sampler != "grid" or any(trial.state == TrialState.WAITING for trial in trials)

    def _queue_grid(self, config: SearchConfig) -> None:
        """Let the points of the grid wait in a random order: a waiting trial is taken by one worker only."""
        queued = [trial.system_attrs["fixed_params"] for trial in self.trials() if "fixed_params" in trial.system_attrs]
        with reaching_storage():
            for point in grid_points(config)[: config.trials]:
                if point not in queued:
                    self.optuna.enqueue_trial(point)


def grid_points(config: SearchConfig) -> list[dict[str, Any]]:
    """The points of a grid search, in a random order that the seed fixes."""
    values = grid(config.space)
    counts = [len(levels) for levels in values.values()]
    order = np.random.default_rng(config.seed).permutation(int(np.prod(counts)))
    names = list(values)
    return [
        {name: values[name][position] for name, position in zip(names, np.unravel_index(index, counts), strict=True)}
        for index in order
    ]


def create_study(config: SearchConfig) -> Study:
    """Create a study that waits for its start.

    Raises:
        ConfigError: there is a study of that name that searches something else; ``find_study`` returns one that is the same.
        StorageError: the database cannot be used.
    """
    storage = open_storage()
    with reaching_storage():
        try:
            study = optuna.create_study(
                storage=storage, study_name=config.name, directions=list(config.directions), pruner=build_pruner(config)
            )
        except optuna.exceptions.DuplicatedStudyError:
            existing = find_study(config.name)
            if existing.config.same_search(config):
                raise ConfigError(
                    f"There is already a study {config.name!r} of the same search. Continue it, or choose another name."
                ) from None
            raise ConfigError(
                f"There is already a study {config.name!r}, which searches something else. Choose another name."
            ) from None
        study.set_user_attr(REQUEST, Request.NOTHING)
        study.set_user_attr(CONFIG, config.to_json())
    return find_study(config.name)


_studies: dict[tuple[int, str], Study] = {}


def find_study(name: str) -> Study:
    """The study of that name. A process gets the same object each time, which has read the finished trials already.

    Raises:
        StudyError: there is none.
        StorageError: the database cannot be used.
    """
    storage = open_storage()
    with reaching_storage():
        try:
            study_id = storage.get_study_id_from_name(name)
        except KeyError:
            raise StudyError(f"There is no study {name!r}. It may have been deleted.") from None
        key = (id(storage), study_id)
        if key not in _studies:
            study = optuna.load_study(study_name=name, storage=storage)
            wrapped = Study(study)
            study.pruner = build_pruner(wrapped.config)
            _studies[key] = wrapped
    return _studies[key]


def list_studies() -> list[Study]:
    """All studies that Digit Lab created, the newest first.

    Raises:
        StorageError: the database cannot be used.
    """
    with reaching_storage():
        frozen = open_storage().get_all_studies()
    names = [study.study_name for study in sorted(frozen, key=lambda study: study._study_id) if CONFIG in study.user_attrs]
    return [find_study(name) for name in reversed(names)]


def requested_studies() -> list[tuple[Study, dict[str, Any]]]:
    """The studies of which something was requested, with their attributes, which change with each request.

    Raises:
        StorageError: the database cannot be used.
    """
    with reaching_storage():
        frozen = open_storage().get_all_studies()
    requested = [study for study in frozen if study.user_attrs.get(REQUEST, Request.NOTHING) != Request.NOTHING]
    return [(find_study(study.study_name), study.user_attrs) for study in requested]


def delete_study(study: Study) -> None:
    """Delete a study, its trials and their networks. Models that were saved from it stay.

    Raises:
        StudyError: trials of it are running.
        StorageError: the database cannot be used.
    """
    if study.status == StudyStatus.RUNNING:
        raise StudyError(f"The study {study.name!r} is running. Stop it first.")
    with reaching_storage():
        optuna.delete_study(study_name=study.name, storage=open_storage())
    shutil.rmtree(study.networks_dir, ignore_errors=True)


def config_of(name: str, attributes: dict[str, Any]) -> SearchConfig:
    """The settings in a study's attributes.

    Raises:
        StudyError: they are missing or damaged.
    """
    try:
        return _config_from(json.dumps(attributes[CONFIG]))
    except KeyError:
        raise StudyError(f"The study {name!r} was not created by Digit Lab: it has no settings.") from None
    except ConfigError as error:
        raise StudyError(f"The settings of the study {name!r} cannot be read: {error}") from error


@lru_cache(maxsize=64)
def _config_from(text: str) -> SearchConfig:
    """The settings, checked once: a page asks for them several times a second."""
    return SearchConfig.from_json(json.loads(text))


def _are_running(trials: Sequence[FrozenTrial]) -> bool:
    return any(trial.state == TrialState.RUNNING for trial in trials)


def _budget(config: SearchConfig) -> int:
    return min(config.trials, combinations_of_grid(config.space)) if config.sampler == "grid" else config.trials
