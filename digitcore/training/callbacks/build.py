"""The callbacks of a run, in the order in which they act."""

import keras

from digitcore.runs.config import TrainConfig
from digitcore.runs.run import HISTORY_FILE, TENSORBOARD_DIR
from digitcore.training.callbacks.epoch_checkpoint import EpochCheckpoint
from digitcore.training.callbacks.event_logger import EventLogger
from digitcore.training.callbacks.learning_rate_log import LearningRateLog
from digitcore.training.callbacks.progress_callback import ProgressCallback
from digitcore.training.callbacks.stop_on_request import StopOnRequest
from digitcore.training.session import TrainingSession


def build_callbacks(session: TrainingSession) -> list[keras.callbacks.Callback]:
    """First the callback for requests, then those that change training, those that report it, and the one that saves it."""
    config, folder = session.config, session.run.folder
    tracked = tracked_callbacks(config)
    early_stopping = next((callback for callback in tracked if isinstance(callback, keras.callbacks.EarlyStopping)), None)
    callbacks = [
        StopOnRequest(session),
        LearningRateLog(),
        *tracked,
        EventLogger(session, early_stopping),
        ProgressCallback(session),
        keras.callbacks.CSVLogger(str(folder / HISTORY_FILE), append=True),
    ]
    if config.tensorboard:
        callbacks.append(keras.callbacks.TensorBoard(str(folder / TENSORBOARD_DIR), write_graph=False))
    return [*callbacks, EpochCheckpoint(session, tracked)]


def tracked_callbacks(config: TrainConfig) -> list[keras.callbacks.Callback]:
    """Keras's callbacks that change the training of a config and count epochs: the plateau schedule and early stopping."""
    tracked: list[keras.callbacks.Callback] = []
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
        tracked.append(
            keras.callbacks.EarlyStopping(
                monitor=config.monitor, patience=config.early_stopping_patience, min_delta=config.early_stopping_min_delta
            )
        )
    return tracked
