"""The training of one trial: short, without files, reported after each epoch.

With a limit, a trial is validated on at most as many images as it is trained on: otherwise validation would take as long.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import keras
import numpy as np

from digitcore.datasets import training_data
from digitcore.datasets.dataset import Dataset
from digitcore.errors import TrainingError
from digitcore.networks.predict import as_input
from digitcore.runs.config import TrainConfig
from digitcore.search.networks import CompiledNetworks
from digitcore.training.batches import Batches
from digitcore.training.callbacks.build import tracked_callbacks
from digitcore.training.limits import check_limits, fit_batch_size
from digitcore.training.session import best_epoch

VALIDATION_BATCH_SIZE = 512
COLUMNS = ("loss", "accuracy", "val_loss", "val_accuracy")


@dataclass(frozen=True, kw_only=True)
class TrainedTrial:
    """A trial whose training is complete.

    Attributes:
        network: the network of the best epoch; later trials use the object again, so save it at once.
        rows: a row for each epoch: epoch (from 1), loss, accuracy, val_loss, val_accuracy.
        best: the best epoch by the monitored metric, from 1.
    """

    network: keras.Model
    rows: list[dict[str, float]]
    best: int


class TrialTrainer:
    """Trains one trial after another in one process: the data stay in memory, and networks are compiled once for each shape."""

    def __init__(self) -> None:
        self._networks = CompiledNetworks()
        self._data: dict[tuple, tuple[Dataset, np.ndarray]] = {}

    def dataset(self, config: TrainConfig) -> Dataset:
        """The images of a trial; read from the disk for the first one only."""
        return self._loaded(config)[0]

    def train(
        self,
        config: TrainConfig,
        *,
        on_epoch: Callable[[list[dict[str, float]]], None] = lambda rows: None,
        on_batch: Callable[[], None] = lambda: None,
    ) -> TrainedTrial:
        """Train a network for all its epochs, or until early stopping.

        Args:
            config: the trial's settings.
            on_epoch: called with the rows so far after each epoch; what it raises ends the trial.
            on_batch: called after each batch; what it raises ends the trial.

        Raises:
            ConfigError: the network cannot be built, or it or a batch is too large.
            TrainingError: the loss is no longer a finite number.
        """
        dataset, x_validation = self._loaded(config)
        check_limits(config, len(dataset.x_train))
        batch_size = fit_batch_size(config, len(dataset.x_train))
        batches = Batches(
            dataset.x_train, dataset.y_train, batch_size=batch_size, augmentation=config.augmentation, seed=config.seed
        )
        model = self._networks.fresh(config, batch_size=batch_size, steps=config.epochs * len(batches))
        watcher = _Watcher(config, on_epoch, on_batch)
        model.fit(
            batches,
            validation_data=(x_validation, dataset.y_validation),
            validation_batch_size=VALIDATION_BATCH_SIZE,
            epochs=config.epochs,
            callbacks=[*tracked_callbacks(config), watcher],
            shuffle=False,
            verbose=0,
        )
        best = best_epoch(watcher.rows, config.monitor)
        model.set_weights(watcher.best_weights)
        return TrainedTrial(network=model, rows=watcher.rows, best=best)

    def _loaded(self, config: TrainConfig) -> tuple[Dataset, np.ndarray]:
        key = tuple(config.data_options.values())
        if key not in self._data:
            self._data.clear()
            dataset = training_data.load(**config.data_options)
            dataset = replace(
                dataset,
                x_validation=dataset.x_validation[: config.limit],
                y_validation=dataset.y_validation[: config.limit],
            )
            self._data[key] = dataset, as_input(dataset.x_validation)
        return self._data[key]


class _Watcher(keras.callbacks.Callback):
    """Reports each epoch, obeys requests between batches, and keeps the weights of the best epoch."""

    def __init__(
        self, config: TrainConfig, on_epoch: Callable[[list[dict[str, float]]], None], on_batch: Callable[[], None]
    ) -> None:
        super().__init__()
        self.config, self.on_epoch, self.on_batch = config, on_epoch, on_batch
        self.rows: list[dict[str, float]] = []
        self.best_weights: list[np.ndarray] = []

    def on_train_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        self._check(logs["loss"])
        self.on_batch()

    def on_test_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        self._check(logs["loss"])
        self.on_batch()

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        self.rows.append({"epoch": epoch + 1, **{name: float(logs[name]) for name in COLUMNS}})
        if best_epoch(self.rows, self.config.monitor) == len(self.rows):
            self.best_weights = self.model.get_weights()
        self.on_epoch(self.rows)

    def _check(self, loss: float) -> None:
        if not np.isfinite(loss):
            raise TrainingError(
                f"The loss is no longer a finite number in epoch {len(self.rows) + 1}: the learning rate "
                f"{self.config.learning_rate:g} is probably too high."
            )
