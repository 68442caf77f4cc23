"""Saves the network of each epoch, and the checkpoint that a run is resumed from."""

import math
import time
from collections.abc import Sequence
from typing import Any

import keras

from digitcore.files import replacing
from digitcore.runs.run import CHECKPOINT_FILE
from digitcore.training import checkpoint
from digitcore.training.checkpoint import TrainingProgress
from digitcore.training.session import TrainingSession

#: The number of epochs whose network is kept for the epoch scrubber, besides the untrained, the best and the last.
EPOCHS_KEPT = 40


class EpochCheckpoint(keras.callbacks.Callback):
    """Records each finished epoch and saves its network and the checkpoint. It must be the last callback.

    Args:
        session: the training session.
        tracked: callbacks whose state belongs to the checkpoint.
    """

    def __init__(self, session: TrainingSession, tracked: Sequence[keras.callbacks.Callback]) -> None:
        super().__init__()
        self.session, self.tracked = session, tracked

    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
        checkpoint.restore_callbacks(self.tracked, self.session.before.callbacks)  # Keras has just reset each of them
        self.started = time.perf_counter()
        self.bare_model = self.session.bare_copy()

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        session = self.session
        session.record_epoch(epoch, logs)
        seconds = session.before.training_seconds + time.perf_counter() - self.started
        self.bare_model.set_weights(self.model.get_weights())
        with replacing(session.run.epoch_file(epoch + 1)) as temporary:
            self.bare_model.save(temporary)
        checkpoint.save(session.run.folder / CHECKPOINT_FILE, self.model, self._progress(seconds))
        best = session.best_epoch()
        session.state_writer.update(epoch=epoch + 1, best_epoch=best, training_seconds=seconds)
        self.delete_some(best, last=epoch + 1)

    def _progress(self, seconds: float) -> TrainingProgress:
        return TrainingProgress(
            rows=self.session.rows,
            complete=bool(self.model.stop_training),
            callbacks=checkpoint.callback_state(self.tracked),
            data_checksum=self.session.dataset.checksum,
            events=list(self.session.state_writer.state.events),
            training_seconds=seconds,
        )

    def delete_some(self, best: int, *, last: int) -> None:
        """Delete networks of a long run, so that the kept ones are spread evenly over its epochs."""
        run, step = self.session.run, math.ceil(self.session.config.epochs / EPOCHS_KEPT)
        for epoch in run.epochs_kept():
            if epoch not in (0, best, last) and (epoch - 1) % step:
                run.epoch_file(epoch).unlink(missing_ok=True)
