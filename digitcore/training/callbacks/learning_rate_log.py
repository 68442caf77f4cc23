"""Adds the learning rate to the log of each epoch."""

from typing import Any

import keras


class LearningRateLog(keras.callbacks.Callback):
    """Adds the epoch's learning rate to its log, for every schedule."""

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        logs["learning_rate"] = float(self.model.optimizer.learning_rate)
