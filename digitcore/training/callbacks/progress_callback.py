"""Reports the progress of training within an epoch."""

import time
from typing import Any

import keras

from digitcore.runs.run import PROGRESS_FILE
from digitcore.training.session import TrainingSession
from digitcore.training.time_left import TimeLeft

#: Maximum number of rows in ``progress.csv`` per epoch.
ROWS_PER_EPOCH = 20
REPORT_SECONDS = 0.25
#: The speed is averaged over this time.
SPEED_WINDOW_SECONDS = 2.0


class ProgressCallback(keras.callbacks.Callback):
    """Updates batch, speed and time left in the state, and writes the rows of ``progress.csv`` for the curves."""

    def __init__(self, session: TrainingSession) -> None:
        super().__init__()
        self.session = session
        self.batches = session.batches_per_epoch
        self.window: list[tuple[float, int]] = []

    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
        session = self.session
        self.first_epoch = session.epochs_done
        self.time_left = TimeLeft(
            epochs=session.config.epochs - self.first_epoch,
            images=session.images,
            validation_images=len(session.dataset.x_validation),
        )
        self.has_compiled = False
        self.file = (self.session.run.folder / PROGRESS_FILE).open("a", buffering=1)  # each line is written whole, at once

    def on_train_end(self, logs: dict[str, Any] | None = None) -> None:
        self.file.close()

    def on_epoch_begin(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        self.epoch, self.rows_written, self.batches_done = epoch, 0, 0
        self.window = [(time.perf_counter(), 0)]
        self.session.state_writer.update(doing="training", batch=0, batches=self.batches)

    def on_train_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        batches_done, now = batch + 1, time.perf_counter()
        self.batches_done = batches_done
        if not self.has_compiled:  # the first batch includes compiling, which says nothing about the speed
            self.has_compiled = True
            self.window = [(now, batches_done)]
        elif now - self.window[-1][0] >= REPORT_SECONDS:
            self._report(batches_done, now)
        rows = batches_done * ROWS_PER_EPOCH // self.batches
        if rows > self.rows_written:
            self.rows_written = rows
            values = (logs["loss"], logs["accuracy"], float(self.model.optimizer.learning_rate))
            epoch = self.epoch + batches_done / self.batches
            self.file.write(f"{epoch:.6f}," + ",".join(f"{value:.6g}" for value in values) + "\n")

    def on_test_begin(self, logs: dict[str, Any] | None = None) -> None:
        self.validation_started = time.perf_counter()
        if self.batches_done > self.window[-1][1] and self.validation_started > self.window[-1][0]:
            self._report(self.batches_done, self.validation_started)  # an epoch may be shorter than the time between reports
        self.session.state_writer.update(doing="validating", batch=self.batches)

    def on_test_end(self, logs: dict[str, Any] | None = None) -> None:
        self.time_left.validated(time.perf_counter() - self.validation_started)
        done = self.epoch + 1 - self.first_epoch
        self.session.state_writer.update(seconds_left=self.time_left.seconds(epochs_done=done))

    def _report(self, batches_done: int, now: float) -> None:
        batch_size = self.session.batch_size
        before, batches = self.window[-1]
        self.time_left.trained((batches_done - batches) * batch_size, now - before)
        self.window.append((now, batches_done))
        while now - self.window[1][0] >= SPEED_WINDOW_SECONDS:
            self.window.pop(0)
        window_start, batches_before = self.window[0]
        speed = (batches_done - batches_before) * batch_size / (now - window_start)
        done = {"epochs_done": self.epoch - self.first_epoch, "images_done": batches_done * batch_size}
        self.session.state_writer.update(
            batch=batches_done, images_per_second=speed, seconds_left=self.time_left.seconds(**done)
        )
