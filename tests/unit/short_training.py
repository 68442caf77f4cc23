"""What the tests of training share: a run that takes a second, and ways to end it unexpectedly."""

import csv
import dataclasses
import time
from dataclasses import replace

import keras
import numpy as np

from digitcore import paths
from digitcore.datasets.dataset import Dataset
from digitcore.runs.config import Augmentation, TrainConfig
from digitcore.runs.registry import create_run
from digitcore.runs.run import Run
from digitcore.runs.state import HEARTBEAT_LIMIT_SECONDS, Status
from digitcore.runs.state_writer import StateWriter
from digitcore.training import train as training
from digitcore.training.checkpoint import TrainingProgress
from digitcore.training.session import TrainingSession

#: Four weights, because tracing a training step takes longer than such a training.
CONFIG = TrainConfig(
    name="tiny",
    architecture="lenet",
    arguments={"filters": [2]},
    data="sample",
    limit=48,
    batch_size=16,
    epochs=4,
    learning_rate=0.01,
    schedule="constant",
    seed=7,
)
#: A network with dropout.
DROPOUT = {"architecture": "cnn_v2", "arguments": {"filters": [4], "dense_units": 8}}
#: A network with batch normalisation.
BATCH_NORM = {"architecture": "sprint", "arguments": {"filters": [4, 8]}}
DISTORTED = Augmentation(shift=1, rotation=10, elastic=0.5, noise=0.05)


class Killed(BaseException):
    """Stands for the end of the process: nothing in the code catches it."""


def train(config, name="run", **options):
    """Train in the folder of that name."""
    return training.train(config, paths.runs_dir() / name, **options)


def run_of(name="run"):
    """The run in the folder of that name."""
    return Run(paths.runs_dir() / name)


def few(dataset, count=40):
    """The data set with few images to validate and to measure on."""
    return dataclasses.replace(
        dataset,
        x_validation=dataset.x_validation[:count],
        y_validation=dataset.y_validation[:count],
        x_test=dataset.x_test[:count],
        y_test=dataset.y_test[:count],
    )


def make_session(config, *, rows=(), images=48):
    """A session of a new run that has finished these epochs, without a network and with blank images."""
    run = create_run(config)
    blank = np.zeros((images, 28, 28), np.uint8)
    dataset = Dataset(
        **{"name": "blank", "source": "", "checksum": "", "is_sample": False, "x_train": blank, "y_train": blank[:, 0, 0]},
        **{"x_validation": blank[:1], "y_validation": blank[:1, 0, 0], "x_test": blank[:1], "y_test": blank[:1, 0, 0]},
    )
    before = TrainingProgress(rows=list(rows))
    return TrainingSession(config=config, run=run, state_writer=StateWriter(run), dataset=dataset, model=None, before=before)


def add_callback(monkeypatch, callback, *, first=False):
    """Add a callback to every training, after all others or before them."""
    build_callbacks = training.build_callbacks

    def with_callback(session):
        return [callback, *build_callbacks(session)] if first else [*build_callbacks(session), callback]

    monkeypatch.setattr(training, "build_callbacks", with_callback)


class At(keras.callbacks.Callback):
    """Does something once, at a moment such as ``("train_batch_end", 1, 0)``: in epoch 1, batch 0, both from 0."""

    def __init__(self, moment, do):
        super().__init__()
        self.kind, self.epoch_wanted, *self.index = moment
        self.do, self.epoch, self.done = do, 0, False

    def on_epoch_begin(self, epoch, logs=None):
        self.epoch = epoch

    def on_train_batch_end(self, batch, logs=None):
        self._maybe("train_batch_end", batch)

    def on_test_begin(self, logs=None):
        self._maybe("test_begin")

    def on_epoch_end(self, epoch, logs=None):
        self._maybe("epoch_end")

    def _maybe(self, kind, *index):
        if not self.done and kind == self.kind and self.epoch == self.epoch_wanted and list(index) == self.index:
            self.done = True
            self.do(self)


def die(run):
    """Make the run look as if its process had died."""
    run.write_state(replace(run.state(), heartbeat=time.time() - 2 * HEARTBEAT_LIMIT_SECONDS))
    assert run.state().status == Status.INTERRUPTED


def rows_of(path):
    """The rows of a CSV file, as text."""
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def wait_until(condition, seconds=60.0):
    """Wait for something to become true, and fail where it does not in time."""
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < deadline, "It did not happen in time."
        time.sleep(0.01)
    return found
