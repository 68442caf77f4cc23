"""What happens while a network is trained: requests obeyed, progress told, callbacks explained, every epoch kept."""

import math
import time
from collections.abc import Callable
from typing import Any

import keras

from digitcore.errors import TrainingError
from digitcore.files import replacing
from digitcore.runs.config import TrainConfig
from digitcore.runs.run import CHECKPOINT_FILE, PROGRESS_FILE, Run
from digitcore.runs.state_writer import StateWriter
from digitcore.training import checkpoint

#: Rows of ``progress.csv`` for each epoch, at most.
ROWS_PER_EPOCH = 20
#: Epochs whose network is kept for looking back, besides the best and the last.
EPOCHS_KEPT = 40
SPEED_WINDOW_SECONDS = 2.0
MONITOR_NAMES = {"val_loss": "validation loss", "val_accuracy": "validation accuracy"}

CUT_SHORT = "Stopped on request before the first epoch was complete: the model has seen only some of the images."

Logs = dict[str, Any]


class StopRequested(Exception):  # noqa: N818 - a request, not an error
    """Somebody wants the run to end with the best network so far."""


class CancelRequested(Exception):  # noqa: N818
    """Somebody wants the run to be discarded."""


class Control(keras.callbacks.Callback):
    """Obeys requests at once, also while validating, and ends a run whose loss is not a number any more."""

    def __init__(self, run: Run, learning_rate: float, *, epochs_done: int, say: Callable[[int, str], None]) -> None:
        super().__init__()
        self.run, self.learning_rate, self.epochs_done, self.say = run, learning_rate, epochs_done, say
        self.told = False

    def on_train_batch_end(self, batch: int, logs: Logs | None = None) -> None:
        self._check_loss(logs["loss"])
        self._obey()
        if self.model.stop_training and not self.epochs_done and not self.told:
            self.told = True
            self.say(1, CUT_SHORT)

    def on_test_batch_end(self, batch: int, logs: Logs | None = None) -> None:
        self._check_loss(logs["loss"])  # the epoch's last step may have spoilt the network
        self._obey()

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        self.epochs_done = epoch + 1

    def _check_loss(self, loss: float) -> None:
        if not math.isfinite(loss):
            raise TrainingError(
                f"The loss is not a number any more in epoch {self.epochs_done + 1}: the learning rate {self.learning_rate:g} "
                "is too high. Try a tenth of it."
            )

    def _obey(self) -> None:
        if not self.run.state_file.exists():
            raise TrainingError(f"The folder of the run {self.run.id} was deleted while it ran.")
        if self.run.is_requested("cancel"):
            raise CancelRequested
        if self.run.is_requested("stop"):
            if self.epochs_done:
                raise StopRequested
            self.model.stop_training = True  # ends the first epoch early, so that there is something to keep


class LearningRateLog(keras.callbacks.Callback):
    """Puts the learning rate of the epoch into its log, whatever the schedule."""

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        logs["learning_rate"] = float(self.model.optimizer.learning_rate)


class Narrator(keras.callbacks.Callback):
    """Says in a sentence what ReduceLROnPlateau and EarlyStopping, which come before it, have just done."""

    def __init__(
        self,
        config: TrainConfig,
        rows: list[dict[str, float]],
        early_stopping: keras.callbacks.EarlyStopping | None,
        say: Callable[[int, str], None],
    ) -> None:
        super().__init__()
        self.config, self.rows, self.early_stopping, self.say = config, rows, early_stopping, say

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        config, monitor = self.config, MONITOR_NAMES[self.config.monitor]
        rate = float(self.model.optimizer.learning_rate)
        if config.schedule == "plateau" and rate < logs["learning_rate"]:
            change = "halved" if config.plateau_factor == 0.5 else f"multiplied by {config.plateau_factor:g}"
            if rate <= 1.001 * config.plateau_min_rate:
                change = "lowered"  # its floor was nearer
            stalled = f"The {monitor} has not improved for {in_epochs(config.plateau_patience)}"
            self.say(epoch + 1, f"{stalled}: learning rate {change} to {rate:.2g}.")
        if self.early_stopping and self.early_stopping.stopped_epoch == epoch > 0:
            best = best_epoch([*self.rows, logs], config.monitor)
            self.say(
                epoch + 1,
                f"Stopped: {in_epochs(config.early_stopping_patience)} without improvement; the best was epoch {best}.",
            )


class ProgressLog(keras.callbacks.Callback):
    """Tells where training is: the state's batch, speed and time left, and rows within each epoch for the curves."""

    def __init__(self, run: Run, state_writer: StateWriter, *, epochs: int, images: int, batch_size: int) -> None:
        super().__init__()
        self.run, self.state_writer, self.epochs = run, state_writer, epochs
        self.images, self.batch_size = images, batch_size
        self.batches = math.ceil(images / batch_size)
        self.validation_seconds = 0.0

    def on_train_begin(self, logs: Logs | None = None) -> None:
        self.file = (self.run.folder / PROGRESS_FILE).open("a", buffering=1)  # a line is written at once, whole

    def on_epoch_begin(self, epoch: int, logs: Logs | None = None) -> None:
        self.epoch, self.rows = epoch, 0
        self.window = [(time.perf_counter(), 0)]
        self.state_writer.update(doing="training", batch=0, batches=self.batches)

    def on_train_batch_end(self, batch: int, logs: Logs | None = None) -> None:
        done, now = batch + 1, time.perf_counter()
        if now - self.window[-1][0] >= 0.25:
            self._tell(done, now)
        rows = done * ROWS_PER_EPOCH // self.batches
        if rows > self.rows:
            self.rows = rows
            values = (logs["loss"], logs["accuracy"], float(self.model.optimizer.learning_rate))
            at = self.epoch + done / self.batches
            self.file.write(f"{at:.6f}," + ",".join(f"{value:.6g}" for value in values) + "\n")

    def on_test_begin(self, logs: Logs | None = None) -> None:
        self.validation_started = time.perf_counter()
        self.state_writer.update(doing="validating", batch=self.batches)

    def on_test_end(self, logs: Logs | None = None) -> None:
        self.validation_seconds = time.perf_counter() - self.validation_started

    def _tell(self, done: int, now: float) -> None:
        self.window.append((now, done))
        while now - self.window[1][0] >= SPEED_WINDOW_SECONDS:
            self.window.pop(0)
        since, before = self.window[0]
        speed = (done - before) * self.batch_size / (now - since)
        images_left = (self.epochs - self.epoch) * self.images - done * self.batch_size
        self.state_writer.update(
            batch=done,
            images_per_second=speed,
            seconds_left=max(0.0, images_left / speed) + (self.epochs - self.epoch) * self.validation_seconds,
        )


class EpochKeeper(keras.callbacks.Callback):
    """After each epoch: keeps its network for looking back, and the checkpoint to go on from. Has to be the last callback."""

    def __init__(
        self,
        run: Run,
        config: TrainConfig,
        state_writer: StateWriter,
        rows: list[dict[str, float]],
        tracked: list[keras.callbacks.Callback],
        before: checkpoint.Progress,
    ) -> None:
        super().__init__()
        self.run, self.config, self.state_writer, self.rows, self.tracked = run, config, state_writer, rows, tracked
        self.before = before

    def on_train_begin(self, logs: Logs | None = None) -> None:
        checkpoint.restore_callbacks(self.tracked, self.before.callbacks)  # each has just forgotten everything
        self.started = time.perf_counter()
        # Without the optimiser, whose state is twice the network's size.
        self.bare_model = type(self.model).from_config(self.model.get_config())

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        self.rows.append({"epoch": epoch, **{name: float(value) for name, value in logs.items()}})
        best = best_epoch(self.rows, self.config.monitor)
        seconds = self.before.training_seconds + time.perf_counter() - self.started
        self.bare_model.set_weights(self.model.get_weights())
        with replacing(self.run.epoch_file(epoch + 1)) as temporary:
            self.bare_model.save(temporary)
        checkpoint.save(
            self.run.folder / CHECKPOINT_FILE,
            self.model,
            checkpoint.Progress(
                rows=self.rows,
                complete=bool(self.model.stop_training),
                callbacks=checkpoint.callback_state(self.tracked),
                events=list(self.state_writer.state.events),
                training_seconds=seconds,
            ),
        )
        self.state_writer.update(epoch=epoch + 1, best_epoch=best, training_seconds=seconds)
        self._forget_some(best, last=epoch + 1)

    def _forget_some(self, best: int, *, last: int) -> None:
        every = math.ceil(self.config.epochs / EPOCHS_KEPT)
        for kept in self.run.epochs_kept():
            if kept not in (best, last) and (kept - 1) % every:
                self.run.epoch_file(kept).unlink(missing_ok=True)


def best_epoch(rows: list[dict[str, float]], monitor: str) -> int:
    """The epoch, from 1, with the lowest loss or the highest accuracy; the earlier one of equals."""
    values = [row[monitor] if monitor.endswith("loss") else -row[monitor] for row in rows]
    values = [math.inf if math.isnan(value) else value for value in values]
    return values.index(min(values)) + 1


def in_epochs(count: int) -> str:
    """``1 epoch``, ``3 epochs``."""
    return f"{count} epoch" if count == 1 else f"{count} epochs"
