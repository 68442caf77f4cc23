"""Ends training on request, or when the loss is no longer a finite number."""

import math
from typing import Any

import keras

from digitcore.errors import TrainingError
from digitcore.training.session import TrainingSession

STOPPED_IN_FIRST_EPOCH = "Stopped on request before the first epoch was complete: the model has seen only some of the images."


class StopRequested(Exception):  # noqa: N818 - a request, not an error
    """Someone wants the run to end and keep its best network."""


class CancelRequested(Exception):  # noqa: N818
    """Someone wants the run to be discarded."""


class StopOnRequest(keras.callbacks.Callback):
    """Obeys requests after each batch, also during validation, and ends a run whose loss is no longer a finite number.

    A stop in the first epoch ends that epoch early, so that there is a network to keep.

    Raises:
        StopRequested: a stop was requested after the first epoch.
        CancelRequested: the run was cancelled.
        TrainingError: the loss is not a finite number, or the run's folder is gone.
    """

    def __init__(self, session: TrainingSession) -> None:
        super().__init__()
        self.session = session
        self.has_reported = False

    def on_train_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        self._check_loss(logs["loss"])
        self._obey()
        if self.model.stop_training and not self.session.epochs_done and not self.has_reported:
            self.has_reported = True
            self.session.say(1, STOPPED_IN_FIRST_EPOCH)

    def on_test_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        self._check_loss(logs["loss"])  # the epoch's last step may have ruined the network
        self._obey()

    def _check_loss(self, loss: float) -> None:
        if not math.isfinite(loss):
            raise TrainingError(
                f"The loss is no longer a finite number in epoch {self.session.epochs_done + 1}: "
                f"the learning rate {self.session.config.learning_rate:g} is probably too high. Try a tenth of it."
            )

    def _obey(self) -> None:
        run = self.session.run
        if not run.state_file.exists():
            raise TrainingError(f"The folder of the run {run.id} was deleted while it was being trained.")
        if run.is_requested("cancel"):
            raise CancelRequested
        if run.is_requested("stop"):
            if self.session.epochs_done:
                raise StopRequested
            self.model.stop_training = True
