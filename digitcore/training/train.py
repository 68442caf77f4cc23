"""Training one network: ``train(config, run_dir) -> TrainResult``."""

import errno
import logging
import shutil
import time
from dataclasses import dataclass
from pathlib import Path

import keras

from digitcore import paths
from digitcore.datasets import training_data
from digitcore.datasets.dataset import SPLIT_SEED, Dataset
from digitcore.errors import CheckpointError, ConfigError, DigitcoreError, RunError, TrainingError, summary
from digitcore.evaluation.evaluate import evaluate_model
from digitcore.networks import architectures, registry
from digitcore.networks.predict import as_input
from digitcore.preprocessing.mnist_style import PREPROCESSING_VERSION
from digitcore.runs.config import TrainConfig, check_batch_fits
from digitcore.runs.run import CHECKPOINT_FILE, EPOCHS_DIR, HISTORY_FILE, TENSORBOARD_DIR, Run
from digitcore.runs.state import State, Status
from digitcore.runs.state_writer import StateWriter
from digitcore.training import checkpoint
from digitcore.training.batches import Batches
from digitcore.training.callbacks import (
    CUT_SHORT,
    CancelRequested,
    Control,
    EpochKeeper,
    LearningRateLog,
    Narrator,
    ProgressLog,
    StopRequested,
    best_epoch,
)
from digitcore.training.optimizers import build_optimizer

log = logging.getLogger(__name__)

VALIDATION_BATCH_SIZE = 512


@dataclass(frozen=True, kw_only=True)
class TrainResult:
    """What a run gave: the best network by the monitored figure, saved as a model."""

    config: TrainConfig
    card: dict
    model_dir: Path


def train(config: TrainConfig, run_dir: Path, *, verbose: int | str = 0, replace: bool = False) -> TrainResult:
    """Train a network, keep its best epoch and save that as the model ``config.name``.

    A run that was interrupted goes on after its last finished epoch. The same config on the same machine gives the same
    history, interrupted or not. Files named ``stop`` and ``cancel`` in the folder are obeyed within a second or two.

    Args:
        config: what to train and how.
        run_dir: the run's folder, made where it is missing; see ``runs``.
        verbose: as in ``keras.Model.fit``.
        replace: overwrite a model of that name.

    Raises:
        ConfigError: the name is taken, the network cannot be built or a batch is larger than the data.
        DataError: the data cannot be had.
        TrainingError: the loss is not a number any more, or the disk is full.
        RunError: the run was cancelled, has ended or runs already, or its checkpoint is damaged.
    """
    run = Run(run_dir)
    try:
        run.folder.mkdir(parents=True, exist_ok=True)
        with run.lock():
            _begin(config, run, replace)
            with StateWriter(run) as state_writer:
                result = _train_or_say_why_not(config, run, state_writer, verbose)
            if run.state().status == Status.FINISHED:  # said on disk; until then the checkpoint is needed
                (run.folder / CHECKPOINT_FILE).unlink(missing_ok=True)
            return result
    except OSError as error:  # before there is a state_writer, or after
        raise TrainingError(_reason(error, run)) from error


def _begin(config: TrainConfig, run: Run, replace: bool) -> None:
    """Make the files of a run that has none, and refuse one that has ended."""
    if not run.state_file.exists():
        run.initialise(config, State(queued_at=time.time(), replace=replace))
    status = run.state().status
    if status == Status.RUNNING:
        raise RunError(f"The run {run.id} is running already. Wait for it, or stop it first.")
    if status != Status.QUEUED and not run.can_resume:
        raise RunError(f"The run {run.id} is {status}. Train again in a new folder.")


def _train_or_say_why_not(config: TrainConfig, run: Run, state_writer: StateWriter, verbose: int | str) -> TrainResult:
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
            _discard(run)  # to go on would only fail again
        state_writer.end(Status.FAILED, error=_reason(error, run))
        if isinstance(error, DigitcoreError):
            raise
        log.exception("The run %s failed.", run.id)
        raise TrainingError(_reason(error, run)) from error


def _train(config: TrainConfig, run: Run, state_writer: StateWriter, verbose: int | str) -> TrainResult:
    _check_name_is_free(config, run, state_writer)
    state_writer.update(doing="loading the data")
    dataset = training_data.load(config.data, folder=config.folder, limit=config.limit)
    check_batch_fits(config.batch_size, len(dataset.x_train))

    state_writer.update(doing="building the network")
    model, before = _begin_or_go_on(config, run, len(dataset.x_train))
    rows = list(before.rows)
    state_writer.update(
        epoch=len(rows),
        best_epoch=best_epoch(rows, config.monitor) if rows else None,
        events=tuple(map(tuple, before.events)),
        training_seconds=before.training_seconds,
    )
    stopped = False
    if not before.complete:
        try:
            _fit(model, config, run, state_writer, dataset, rows, before, verbose)
        except StopRequested:
            stopped = True
        if stopped or run.is_requested("stop"):
            stopped = True
            if (1, CUT_SHORT) not in state_writer.state.events:
                state_writer.say(len(rows), f"Stopped on request; the best was epoch {best_epoch(rows, config.monitor)}.")

    state_writer.update(doing="measuring on the test images", stopped=stopped, seconds_left=None, images_per_second=None)
    best = best_epoch(rows, config.monitor)
    network = keras.saving.load_model(run.epoch_file(best), compile=False, safe_mode=True)
    metrics = evaluate_model(network, dataset.x_test, dataset.y_test)
    if run.is_requested("cancel"):
        raise CancelRequested
    card = {
        "architecture": config.architecture,
        "arguments": config.arguments,
        "config": config.to_json(),
        "run": run.id,
        "data": _describe(dataset),
        "metrics": {"test_accuracy": metrics.accuracy, "test_loss": metrics.loss, "test_images": metrics.count},
        "best_epoch": best,
        "epochs_trained": len(rows),
        "training_seconds": round(state_writer.state.training_seconds, 1),
        "preprocessing_version": PREPROCESSING_VERSION,
    }
    model_dir = registry.save_model(
        network, config.name, card, history=run.folder / HISTORY_FILE, replace=state_writer.state.replace
    )
    state_writer.end(Status.FINISHED, metrics=card["metrics"], best_epoch=best)
    return TrainResult(config=config, card=registry.read_card(model_dir), model_dir=model_dir)


def _begin_or_go_on(config: TrainConfig, run: Run, images: int) -> tuple[keras.Model, checkpoint.Progress]:
    """The compiled network, new or as it was after the last finished epoch; the run's files are brought in line with it."""
    keras.utils.set_random_seed(config.seed)
    if (run.folder / CHECKPOINT_FILE).exists():
        model, progress = checkpoint.load(run.folder / CHECKPOINT_FILE)
    else:
        steps_per_epoch = -(-images // config.batch_size)
        model, progress = architectures.build(config.architecture, **config.arguments), checkpoint.Progress()
        model.compile(
            optimizer=build_optimizer(config, steps=config.epochs * steps_per_epoch),
            loss="sparse_categorical_crossentropy",
            metrics=["accuracy"],
        )
    run.truncate_to(progress.rows)
    return model, progress


def _fit(
    model: keras.Model,
    config: TrainConfig,
    run: Run,
    state_writer: StateWriter,
    dataset: Dataset,
    rows: list[dict[str, float]],
    before: checkpoint.Progress,
    verbose: int | str,
) -> None:
    batches = Batches(
        dataset.x_train,
        dataset.y_train,
        batch_size=config.batch_size,
        augmentation=config.augmentation,
        seed=config.seed,
        first_epoch=len(before.rows),
    )
    model.fit(
        batches,
        validation_data=(as_input(dataset.x_validation), dataset.y_validation),
        validation_batch_size=VALIDATION_BATCH_SIZE,
        initial_epoch=len(before.rows),
        epochs=config.epochs,
        callbacks=_callbacks(config, run, state_writer, len(dataset.x_train), rows, before),
        shuffle=False,  # Keras would mix the batches in an order that nobody can repeat after a crash; they are mixed already
        verbose=verbose,
    )


def _callbacks(
    config: TrainConfig,
    run: Run,
    state_writer: StateWriter,
    images: int,
    rows: list[dict[str, float]],
    before: checkpoint.Progress,
) -> list[keras.callbacks.Callback]:
    """In the order in which they act: requests, what changes the training, what tells of it, what keeps it."""
    tracked: list[keras.callbacks.Callback] = []
    early_stopping = None
    if config.schedule == "plateau":
        tracked.append(
            keras.callbacks.ReduceLROnPlateau(
                monitor=config.monitor,
                factor=config.plateau_factor,
                patience=config.plateau_patience,
                min_lr=config.plateau_min_rate,
            )
        )
    if config.early_stopping_patience:
        early_stopping = keras.callbacks.EarlyStopping(
            monitor=config.monitor, patience=config.early_stopping_patience, min_delta=config.early_stopping_min_delta
        )
        tracked.append(early_stopping)
    callbacks = [
        Control(run, config.learning_rate, epochs_done=len(rows), say=state_writer.say),
        LearningRateLog(),
        *tracked,
        Narrator(config, rows, early_stopping, state_writer.say),
        ProgressLog(run, state_writer, epochs=config.epochs, images=images, batch_size=config.batch_size),
        keras.callbacks.CSVLogger(str(run.folder / HISTORY_FILE), append=True),
    ]
    if config.tensorboard:
        callbacks.append(keras.callbacks.TensorBoard(str(run.folder / TENSORBOARD_DIR), write_graph=False))
    return [*callbacks, EpochKeeper(run, config, state_writer, rows, tracked, before)]


def _check_name_is_free(config: TrainConfig, run: Run, state_writer: StateWriter) -> None:
    """A model of the name may be there where it may be replaced, or where this very run has saved it before a crash."""
    if state_writer.state.replace or not registry.exists(config.name):
        return
    if registry.read_card(paths.models_dir() / config.name).get("run") != run.id:
        raise ConfigError(
            f"There is already a model {config.name!r}. Choose another name (--name), or replace it on purpose (--replace)."
        )


def _describe(dataset: Dataset) -> dict:
    return {
        "name": dataset.name,
        "is_sample": dataset.is_sample,
        "checksum": dataset.checksum,
        "split": {
            "train": len(dataset.x_train),
            "validation": len(dataset.x_validation),
            "test": len(dataset.x_test),
        },
        "split_seed": SPLIT_SEED,
    }


def _discard(run: Run) -> None:
    (run.folder / CHECKPOINT_FILE).unlink(missing_ok=True)
    shutil.rmtree(run.folder / EPOCHS_DIR, ignore_errors=True)


def _reason(error: Exception, run: Run) -> str:
    if isinstance(error, DigitcoreError):
        return str(error)
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        if (run.folder / CHECKPOINT_FILE).exists():
            return "The disk is full. Make room, then resume the run: it goes on after its last finished epoch."
        return "The disk is full. Make room, then train again."
    return f"{type(error).__name__}: {summary(error)}"
