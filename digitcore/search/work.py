"""The work of one worker: it trains the trials of a study, one after another, until there are none left."""

import errno
import json
import logging
import os
import shutil
import socket
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import optuna
import tensorflow as tf
from optuna.exceptions import UpdateFinishedTrialError
from optuna.trial import Trial

from digitcore.errors import ConfigError, DigitcoreError, StorageError, TrainingError, summary
from digitcore.networks import registry
from digitcore.networks.cost import network_cost
from digitcore.preprocessing.mnist_style import PREPROCESSING_VERSION
from digitcore.runs.config import TrainConfig
from digitcore.runs.history import write_rows
from digitcore.search.promote import trial_model_name
from digitcore.search.records import CURVE, PARAMETERS, REASON, SUPERSEDED, WORKER
from digitcore.search.samplers import build_sampler
from digitcore.search.space import suggest, trial_config
from digitcore.search.storage import reaching_storage
from digitcore.search.study import Request, Study
from digitcore.search.trial import TrainedTrial, TrialTrainer
from digitcore.training.card import describe_data
from digitcore.training.session import bare_copy

log = logging.getLogger(__name__)

#: A request is looked for at most so often, because that asks the database.
REQUEST_SECONDS = 1.0
#: Pause while the last trials are trained by others, whose worker may yet end.
WAIT_SECONDS = 2.0
#: The database is tried again for so long before the worker gives up, and whoever started it decides.
STORAGE_PATIENCE_SECONDS = 120.0
#: Networks of a study that are kept, the best ones; each takes about 0.3 MB.
MAX_NETWORKS = 500
#: What Optuna answers to the result of a trial that was taken for dead.
REFUSED = "Cannot tell a FAIL trial"
MONITORS = {"loss": "val_loss", "accuracy": "val_accuracy", "accuracy_and_parameters": "val_accuracy"}


class TrialEnded(Exception):  # noqa: N818 - the trial has failed, not the worker
    """A trial ends without a value, for a reason that its record holds."""


class Worker:
    """Trains trials of one study in this process.

    Args:
        study: the study.
        slot: the worker's number among those of this machine; each draws other random numbers.
    """

    def __init__(self, study: Study, *, slot: int = 0) -> None:
        self.study, self.trainer = study, TrialTrainer()
        self.name = f"{socket.gethostname()}:{os.getpid()}"
        study.optuna.sampler = build_sampler(study.config, slot=slot, trials_before=len(study.trials()))
        self._next_look = 0.0

    def work(self, *, after_trial: Callable[[], None] = lambda: None) -> None:
        """Train trials until the budget is used up, the study is paused or stopped, or its time is over.

        Args:
            after_trial: called after each trial.

        Raises:
            StorageError: the database could not be reached for two minutes.
            DataError: the images cannot be loaded.
        """
        self.trainer.dataset(self.study.config.base)  # what no trial could do without must not fail them all
        while self._patiently(self._train_one):
            after_trial()

    def _patiently(self, step: Callable[[], bool]) -> bool:
        """Do a step, and wait for the database if it cannot be reached; the trial that was lost is queued again later."""
        give_up = time.monotonic() + STORAGE_PATIENCE_SECONDS
        while True:
            try:
                return step()
            except StorageError as error:
                if time.monotonic() > give_up:
                    raise
                log.warning("%s", error)
                time.sleep(WAIT_SECONDS)

    def _train_one(self) -> bool:
        """Train one trial, or wait for one; False if there is nothing left to do."""
        study = self.study
        study.recover()
        if study.may_begin():
            self._train_trial()
            return True
        # A trial that another worker loses is queued again, and somebody has to train it.
        others = study.request == Request.RUN and study.is_training()
        if others:
            time.sleep(WAIT_SECONDS)
        return others

    def _train_trial(self) -> None:
        """Train one trial, or leave it to others if they took this worker for dead, as after a machine has slept."""
        try:
            with reaching_storage():
                self.study.optuna.optimize(self._objective, n_trials=1, catch=(TrialEnded,))
        except (ValueError, AssertionError) as error:  # an assertion of Optuna's hides the ValueError if there is a result
            if REFUSED not in f"{error} {error.__context__}":
                raise
            log.warning("A trial was given to another worker, because this one was silent for too long.")

    def _objective(self, trial: Trial) -> float | tuple[float, ...]:
        """Train a trial and return the values of its objectives."""
        if self.study.is_in_excess(trial.number):
            trial.set_user_attr(SUPERSEDED, True)
            raise TrialEnded
        try:
            with reaching_storage():
                return self._value(trial)
        except StorageError:
            # If the database is back already, Optuna would note a failure. Otherwise the trial's silence tells.
            self._give_back(trial)
            raise TrialEnded from None
        except UpdateFinishedTrialError:  # others took this worker for dead
            raise TrialEnded from None

    def _value(self, trial: Trial) -> float | tuple[float, ...]:
        config = self.study.config
        trial.set_user_attr(WORKER, self.name)
        trial.set_user_attr(CURVE, "[]")  # a trial that is tried again brings the curve of the first try
        trial.set_user_attr(REASON, "")
        values = suggest(trial, config.space)
        try:
            settings = replace(trial_config(config.base, values), monitor=MONITORS[config.objective])
            parameters = network_cost(settings.architecture, settings.arguments).parameters
            trial.set_user_attr(PARAMETERS, parameters)
            trained = self.trainer.train(
                settings, on_epoch=lambda rows: self._report(trial, rows), on_batch=lambda: self._obey(trial)
            )
            self._keep(trial, settings, trained)
        except StorageError:
            raise
        except ConfigError as error:
            trial.set_user_attr(REASON, str(error))
            raise optuna.TrialPruned from None
        except (DigitcoreError, MemoryError, OSError, tf.errors.OpError) as error:
            trial.set_user_attr(REASON, _reason(error))
            raise TrialEnded from None
        loss, accuracy = _best_values(trained.rows)
        return {"loss": loss, "accuracy": accuracy, "accuracy_and_parameters": (accuracy, parameters)}[config.objective]

    def _give_back(self, trial: Trial) -> None:
        """Queue a trial again, whose values another one will have.

        Raises:
            StorageError: the database cannot be used.
        """
        self.study.queue_again(trial.params)
        with reaching_storage():
            trial.set_user_attr(SUPERSEDED, True)

    def _report(self, trial: Trial, rows: list[dict[str, float]]) -> None:
        """Store the curve so far, and end a trial that is not worth going on with."""
        trial.set_user_attr(CURVE, json.dumps([list(row.values()) for row in rows]))
        config = self.study.config
        if config.has_two_objectives:
            return
        row = rows[-1]
        trial.report(row["val_loss"] if config.objective == "loss" else row["val_accuracy"], step=len(rows))
        if trial.should_prune():
            what = "loss" if config.objective == "loss" else "accuracy"
            value = f"{row['val_loss']:.4f}" if what == "loss" else f"{row['val_accuracy']:.2%}"
            trial.set_user_attr(
                REASON, f"Ended after epoch {len(rows)}: its validation {what}, {value}, is worse than that of other trials."
            )
            raise optuna.TrialPruned

    def _obey(self, trial: Trial) -> None:
        """End the trial if the study is to stop; its values are tried again when the study goes on."""
        if time.monotonic() < self._next_look:
            return
        self._next_look = time.monotonic() + REQUEST_SECONDS
        if self.study.request == Request.STOP:
            self._give_back(trial)
            raise TrialEnded

    def _keep(self, trial: Trial, settings: TrainConfig, trained: TrainedTrial) -> None:
        """Save the network, its card and its curve like a model's."""
        study, dataset = self.study, self.trainer.dataset(settings)
        card = {
            "architecture": settings.architecture,
            "arguments": settings.arguments,
            "config": replace(settings, name=trial_model_name(study, trial.number)).to_json(),
            "study": study.name,
            "trial": trial.number,
            "data": describe_data(dataset),
            "best_epoch": trained.best,
            "epochs_trained": len(trained.rows),
            "training_seconds": round(time.time() - trial.datetime_start.timestamp(), 1),
            "preprocessing_version": PREPROCESSING_VERSION,
        }
        study.networks_dir.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".new-", dir=study.networks_dir, ignore_cleanup_errors=True) as draft:
            history, folder = Path(draft) / "rows.csv", Path(draft) / "model"
            rows = [row | {"epoch": row["epoch"] - 1} for row in trained.rows]
            write_rows(history, list(rows[0]), rows)
            registry.write_model(bare_copy(trained.network), folder, card, history=history)
            folder.rename(study.networks_dir / str(trial.number))
        self._drop_the_worst()

    def _drop_the_worst(self) -> None:
        """Keep only so many networks."""
        kept = self.study.networks_kept()
        if len(kept) <= MAX_NETWORKS:
            return
        records = [record for record in self.study.records() if record.has_network and record.values]
        while len(records) >= MAX_NETWORKS:
            best = self.study.best(records)
            worst = max(records, key=lambda record: abs(record.value - best.value))
            records.remove(worst)
            shutil.rmtree(self.study.networks_dir / str(worst.number), ignore_errors=True)


def _best_values(rows: list[dict[str, float]]) -> tuple[float, float]:
    """The lowest validation loss and the highest validation accuracy of the epochs."""
    return min(row["val_loss"] for row in rows), max(row["val_accuracy"] for row in rows)


def _reason(error: Exception) -> str:
    if isinstance(error, TrainingError):
        return str(error)
    if isinstance(error, MemoryError | tf.errors.ResourceExhaustedError):
        return "The memory of this machine was too small. Choose a smaller largest batch, or fewer filters."
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        return "The disk is full, so its network could not be saved. Free some space; the study goes on."
    return f"{type(error).__name__}: {summary(error)}"
