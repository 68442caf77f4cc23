"""Explains in a sentence what other callbacks have just done."""

from typing import Any

import keras

from digitcore.training.session import TrainingSession

MONITOR_NAMES = {"val_loss": "validation loss", "val_accuracy": "validation accuracy"}


class EventLogger(keras.callbacks.Callback):
    """Reports when ReduceLROnPlateau lowers the learning rate or EarlyStopping ends training. It must come after both.

    Args:
        session: the training session.
        early_stopping: the callback that may end training; None if there is none.
    """

    def __init__(self, session: TrainingSession, early_stopping: keras.callbacks.EarlyStopping | None) -> None:
        super().__init__()
        self.session, self.early_stopping = session, early_stopping

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        config = self.session.config
        rate = float(self.model.optimizer.learning_rate)
        if config.schedule == "plateau" and rate < logs["learning_rate"]:
            self.session.say(epoch + 1, self._describe_plateau(rate))
        if self.early_stopping and self.early_stopping.stopped_epoch == epoch > 0:
            patience, best = in_epochs(config.early_stopping_patience), self.session.best_epoch(logs)
            self.session.say(epoch + 1, f"Stopped: {patience} without improvement; the best was epoch {best}.")

    def _describe_plateau(self, rate: float) -> str:
        config = self.session.config
        change = "halved" if config.plateau_factor == 0.5 else f"multiplied by {config.plateau_factor:g}"
        if rate <= 1.001 * config.plateau_min_rate:
            change = "lowered"  # by less than the factor, because of the lowest rate
        stalled = f"The {MONITOR_NAMES[config.monitor]} has not improved for {in_epochs(config.plateau_patience)}"
        return f"{stalled}: learning rate {change} to {rate:.2g}."


def in_epochs(count: int) -> str:
    """``1 epoch``, ``3 epochs``."""
    return f"{count} epoch" if count == 1 else f"{count} epochs"
