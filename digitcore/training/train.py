"""Train one network: ``train(config, run_dir) -> TrainResult``."""

import errno
import logging
import shutil
import time
from dataclasses import dataclass
from pathlib import Path

import keras

from digitcore import files
from digitcore.datasets import training_data
from digitcore.errors import CheckpointError, ConfigError, DigitcoreError, RunError, TrainingError, summary
from digitcore.evaluation.evaluate import evaluate_model
from digitcore.networks import registry
from digitcore.networks.predict import as_input
from digitcore.runs.config import TrainConfig
from digitcore.runs.run import BEST_PARAMS_FILE, CHECKPOINT_FILE, EPOCHS_DIR, HISTORY_FILE, Run
from digitcore.runs.state import State, Status
from digitcore.runs.state_writer import StateWriter
from digitcore.training.batches import Batches
from digitcore.training.calibrate import calibrate
from digitcore.training.callbacks.build import build_callbacks
from digitcore.training.callbacks.stop_on_request import STOPPED_IN_FIRST_EPOCH, CancelRequested, StopRequested
from digitcore.training.card import build_card
from digitcore.training.notes import note_on_result, notes_on_dataset
from digitcore.training.session import TrainingSession
from digitcore.training.untrained import record_untrained

log = logging.getLogger(__name__)

VALIDATION_BATCH_SIZE = 512
#: The number of an event that belongs to no epoch, because it comes before the first.
BEFORE_TRAINING = 0


@dataclass(frozen=True, kw_only=True)
class TrainResult:
    """The model that a run saved: the network of its best epoch by the monitored metric."""

    config: TrainConfig
    card: dict
    model_dir: Path


def train(config: TrainConfig, run_dir: Path, *, verbose: int | str = 0, replace: bool = False) -> TrainResult:
    """Train a network and save that of the best epoch as the model ``config.name``.

    An interrupted run is resumed after its last finished epoch. The same config on the same machine gives the same history,
    interrupted or not. Files named ``stop`` and ``cancel`` in the run's folder take effect within a second or two.

    Args:
        config: what to train and how.
        run_dir: the run's folder, created if it is missing; see ``runs``.
        verbose: as in ``keras.Model.fit``.
        replace: overwrite an existing model of that name.

    Raises:
        ConfigError: the name is taken, or the network cannot be built or is too large.
        DataError: the data cannot be loaded.
        TrainingError: the loss is no longer a finite number, or the disk is full.
        RunError: the run was cancelled, has ended or is already running, or its checkpoint is damaged.
    """
    run = Run(run_dir)
    try:
        run.folder.mkdir(parents=True, exist_ok=True)
        with run.lock():
            _begin(config, run, replace)
            with StateWriter(run) as state_writer:
                result = _train_and_report_failure(config, run, state_writer, verbose)
            return result
    except OSError as error:  # from outside the state writer's block
        raise TrainingError(_reason(error, run)) from error


def _begin(config: TrainConfig, run: Run, replace: bool) -> None:
    """Create the files of a new run, and refuse one that has ended."""
    if not run.state_file.exists():
        run.initialise(config, State(queued_at=time.time(), replace=replace))
    status = run.state().status
    if status == Status.RUNNING:
        raise RunError(f"The run {run.id} is already running. Wait for it, or stop it first.")
    if status != Status.QUEUED and not run.can_resume:
        raise RunError(f"The run {run.id} is {status}. Train again in a new folder.")


def _train_and_report_failure(config: TrainConfig, run: Run, state_writer: StateWriter, verbose: int | str) -> TrainResult:
    try:
        return _train(config, run, state_writer, verbose)
    except CancelRequested:
        _discard(run)
        state_writer.end(Status.CANCELLED)
        raise RunError(f"The run {run.id} was cancelled; its networks are discarded.") from None
    except KeyboardInterrupt:
        state_writer.end(Status.INTERRUPTED)
        raise
    except Exception as error:
        if isinstance(error, TrainingError | CheckpointError):
            _discard(run)  # resuming would only fail again
        state_writer.end(Status.FAILED, error=_reason(error, run))
        if isinstance(error, DigitcoreError):
            raise
        log.exception("The run %s failed.", run.id)
        raise TrainingError(_reason(error, run)) from error


def _train(config: TrainConfig, run: Run, state_writer: StateWriter, verbose: int | str) -> TrainResult:
    _check_name_is_free(config, run, state_writer)
    state_writer.update(doing="loading the data")
    dataset = training_data.load(**config.data_options)

    state_writer.update(doing="building the network")
    session = TrainingSession.begin(config, run, state_writer, dataset)
    if not session.epochs_done:
        for note in notes_on_dataset(config, dataset):
            session.say(BEFORE_TRAINING, note)
    stopped = False
    if not session.before.complete:
        stopped = _fit_until_stopped(session, verbose)

    state_writer.update(doing="measuring on the test images", stopped=stopped, seconds_left=None, images_per_second=None)
    best = session.best_epoch()
    if not stopped and (note := note_on_result(dataset.y_validation, session.rows[best - 1]["val_accuracy"])):
        session.say(session.epochs_done, note)
    network = _load_epoch(run, best)
    calibration = calibrate(network, dataset, config)
    metrics = evaluate_model(network, dataset.x_test, dataset.y_test)
    if run.is_requested("cancel"):
        raise CancelRequested
    model_dir = registry.save_model(
        network,
        config.name,
        build_card(session, metrics, calibration),
        history=run.folder / HISTORY_FILE,
        replace=state_writer.state.replace,
    )
    if (best_params := run.folder / BEST_PARAMS_FILE).exists():
        files.write_bytes(model_dir / BEST_PARAMS_FILE, best_params.read_bytes())
    card = registry.read_card(model_dir)
    state_writer.end(Status.FINISHED, metrics=card["metrics"], best_epoch=best)
    return TrainResult(config=config, card=card, model_dir=model_dir)


def _fit_until_stopped(session: TrainingSession, verbose: int | str) -> bool:
    """Train, and return whether training was stopped on request."""
    try:
        _fit(session, verbose)
    except StopRequested:
        stopped = True
    else:
        stopped = session.run.is_requested("stop")
    if stopped and (1, STOPPED_IN_FIRST_EPOCH) not in session.state_writer.state.events:
        session.say(session.epochs_done, f"Stopped on request; the best was epoch {session.best_epoch()}.")
    return stopped


def _fit(session: TrainingSession, verbose: int | str) -> None:
    config, dataset = session.config, session.dataset
    batches = Batches(
        dataset.x_train,
        dataset.y_train,
        batch_size=session.batch_size,
        augmentation=config.augmentation,
        seed=config.seed,
        first_epoch=session.epochs_done,
    )
    if not session.epochs_done:
        record_untrained(session)
    session.model.fit(
        batches,
        validation_data=(as_input(dataset.x_validation), dataset.y_validation),
        validation_batch_size=VALIDATION_BATCH_SIZE,
        initial_epoch=session.epochs_done,
        epochs=config.epochs,
        callbacks=build_callbacks(session),
        shuffle=False,  # Batches shuffles in an order that can be repeated after a crash; Keras's cannot
        verbose=verbose,
    )


def _load_epoch(run: Run, epoch: int) -> keras.Model:
    """The network after an epoch, counted from 1."""
    try:
        return keras.saving.load_model(run.epoch_file(epoch), compile=False, safe_mode=True)
    except Exception as error:  # Keras raises many types for a bad file
        raise TrainingError(
            f"The network of epoch {epoch}, the best of the run {run.id}, cannot be read: {summary(error)}. Train again."
        ) from error


def _check_name_is_free(config: TrainConfig, run: Run, state_writer: StateWriter) -> None:
    """An existing model of that name is allowed if it may be replaced, or if this very run saved it before a crash."""
    if state_writer.state.replace or not registry.exists(config.name):
        return
    if not registry.is_saved_by(config.name, run.id):
        raise ConfigError(
            f"There is already a model {config.name!r}. Choose another name (--name), or replace it on purpose (--replace)."
        )


def _discard(run: Run) -> None:
    (run.folder / CHECKPOINT_FILE).unlink(missing_ok=True)
    shutil.rmtree(run.folder / EPOCHS_DIR, ignore_errors=True)


def _reason(error: Exception, run: Run) -> str:
    if isinstance(error, DigitcoreError):
        return str(error)
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        if (run.folder / CHECKPOINT_FILE).exists():
            return "The disk is full. Free some space, then resume the run: it continues after its last finished epoch."
        return "The disk is full. Free some space, then train again."
    return f"{type(error).__name__}: {summary(error)}"
