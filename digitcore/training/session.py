"""One attempt at a run: what its parts share while the network is trained."""

import math
from dataclasses import dataclass, field
from typing import Any, Self

import keras

from digitcore.datasets.dataset import Dataset
from digitcore.errors import DataError
from digitcore.networks import architectures
from digitcore.runs.config import TrainConfig
from digitcore.runs.run import CHECKPOINT_FILE, Run
from digitcore.runs.state_writer import StateWriter
from digitcore.training import checkpoint
from digitcore.training.checkpoint import TrainingProgress
from digitcore.training.continuation import continue_from
from digitcore.training.limits import check_limits, fit_batch_size
from digitcore.training.losses import loss_and_metrics
from digitcore.training.optimizers import build_optimizer


@dataclass(kw_only=True, eq=False)
class TrainingSession:
    """A network in training and the record of its epochs. Only ``record_epoch`` changes that record.

    Attributes:
        config: the run's settings.
        run: the run's folder.
        state_writer: reports on the run.
        dataset: what the network is trained, validated and tested on.
        model: the compiled network.
        before: the progress of earlier attempts.
        rows: the history, a row for each finished epoch.
    """

    config: TrainConfig
    run: Run
    state_writer: StateWriter
    dataset: Dataset
    model: keras.Model
    before: TrainingProgress = field(default_factory=TrainingProgress)

    def __post_init__(self) -> None:
        self.rows = list(self.before.rows)

    @classmethod
    def begin(cls, config: TrainConfig, run: Run, state_writer: StateWriter, dataset: Dataset) -> Self:
        """Build the network, or read it from the checkpoint, and cut the run's curves back to it.

        Raises:
            ConfigError: the network cannot be built, or it or a batch is too large.
            CheckpointError: the checkpoint is damaged.
            DataError: the images are no longer those of the epochs before.
            RunError: the run that is to be continued is gone.
        """
        keras.utils.set_random_seed(config.seed)
        if (run.folder / CHECKPOINT_FILE).exists():
            model, before = checkpoint.load(run.folder / CHECKPOINT_FILE)
        elif config.continued_from:
            model, before = continue_from(config, run)
        else:
            check_limits(config, len(dataset.x_train))
            model, before = architectures.build(config.architecture, **config.arguments), TrainingProgress()
        if before.data_checksum not in ("", dataset.checksum):  # images of the test may have been trained on
            raise DataError("The training images have changed since the epochs before. Train a new network on them.")
        session = cls(config=config, run=run, state_writer=state_writer, dataset=dataset, model=model, before=before)
        if not model.compiled:
            model.compile(
                optimizer=build_optimizer(config, steps=(config.epochs - session.epochs_done) * session.batches_per_epoch),
                **loss_and_metrics(config),
            )
        run.truncate_to(before.rows)
        state_writer.update(
            epoch=session.epochs_done,
            best_epoch=session.best_epoch() if session.rows else None,
            events=tuple(map(tuple, before.events)),
            training_seconds=before.training_seconds,
        )
        return session

    @property
    def images(self) -> int:
        """The number of images in an epoch."""
        return len(self.dataset.x_train)

    @property
    def batch_size(self) -> int:
        """The number of images in a batch; never more than there are."""
        return fit_batch_size(self.config, self.images)

    @property
    def batches_per_epoch(self) -> int:
        """The number of batches in an epoch; the last one may be smaller."""
        return math.ceil(self.images / self.batch_size)

    @property
    def epochs_done(self) -> int:
        """The number of finished epochs, including those of earlier attempts."""
        return len(self.rows)

    def bare_copy(self) -> keras.Model:
        """A copy of the network without its optimiser."""
        return bare_copy(self.model)

    def record_epoch(self, epoch: int, logs: dict[str, Any]) -> None:
        """Add a finished epoch, counted from 0, to the history."""
        self.rows.append({"epoch": epoch, **{name: float(value) for name, value in logs.items()}})

    def best_epoch(self, *latest: dict[str, float]) -> int:
        """The best epoch by the monitored metric, counted from 1; ``latest`` are rows that are not in the history yet."""
        return best_epoch([*self.rows, *latest], self.config.monitor)

    def say(self, epoch: int, sentence: str) -> None:
        """Report what happened in an epoch, counted from 1."""
        self.state_writer.say(epoch, sentence)


def best_epoch(rows: list[dict[str, float]], monitor: str) -> int:
    """The epoch, counted from 1, with the lowest loss or the highest accuracy; the earliest of several equal ones."""
    values = [row[monitor] if monitor.endswith("loss") else -row[monitor] for row in rows]
    values = [math.inf if math.isnan(value) else value for value in values]
    return values.index(min(values)) + 1


def bare_copy(model: keras.Model) -> keras.Model:
    """A copy of a network without the optimiser, whose state is twice the network's size."""
    copy = type(model).from_config(model.get_config())
    copy.set_weights(model.get_weights())
    return copy
