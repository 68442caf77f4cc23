"""How far training has come is reported within each epoch."""

import itertools
import math
from dataclasses import replace
from types import SimpleNamespace

import pytest

from digitcore.training.callbacks import progress_callback
from digitcore.training.callbacks.progress_callback import ROWS_PER_EPOCH, ProgressCallback
from tests.unit.short_training import CONFIG, make_session


@pytest.fixture
def clock(monkeypatch):
    """The time, in seconds, which moves only where a test moves it."""
    now = SimpleNamespace(seconds=0.0)
    monkeypatch.setattr(progress_callback, "time", SimpleNamespace(perf_counter=lambda: now.seconds))
    return now


def begin(*, images, batch_size, epochs=1000):
    """A callback at the beginning of a run."""
    session = make_session(replace(CONFIG, batch_size=batch_size, epochs=epochs, limit=None), images=images)
    session.run.truncate_to([])
    callback = ProgressCallback(session)
    callback.set_model(SimpleNamespace(optimizer=SimpleNamespace(learning_rate=0.01)))
    callback.on_train_begin()
    return callback


def rows_of(callback, epochs):
    """The epochs in ``progress.csv`` after these epochs, counted from 0, were trained."""
    for epoch in epochs:
        callback.on_epoch_begin(epoch)
        for batch in range(callback.batches):
            callback.on_train_batch_end(batch, {"loss": 1.0, "accuracy": 0.5})
    return [row["epoch"] for row in callback.session.run.progress()]


@pytest.mark.parametrize(
    ("images", "batch_size", "epochs"),
    [(48, 16, (0, 1, 2)), (50_000, 128, (0, 1, 18, 19)), (50_000, 5, (10, 11)), (50_000, 16, (99, 100)), (10, 10, (998, 999))],
)
def test_progress_rows(images, batch_size, epochs):
    """Each epoch gives as many rows as it has batches, at most twenty, one after another, the last one at its end."""
    rows = rows_of(begin(images=images, batch_size=batch_size), epochs)
    assert all(first < second for first, second in itertools.pairwise(rows))
    for epoch in epochs:
        own = [row for row in rows if epoch < row <= epoch + 1]
        assert own[-1] == epoch + 1
        assert len(own) == min(math.ceil(images / batch_size), ROWS_PER_EPOCH)


def test_time_left(clock):
    """Speed and time left follow from the batches after the first, which includes compiling, and are reported four times a
    second at most.
    """
    callback = begin(images=1000, batch_size=10, epochs=2)
    reports = []
    callback.session.state_writer.update = lambda **changes: reports.append(changes)
    callback.on_epoch_begin(0)
    clock.seconds += 30  # compiling
    for batch in range(50):
        clock.seconds += 0.1  # 100 images a second
        callback.on_train_batch_end(batch, {"loss": 1.0, "accuracy": 0.5})
    speeds = [report for report in reports if "images_per_second" in report]
    assert [report["batch"] for report in speeds] == list(range(4, 50, 3))
    assert speeds[0]["seconds_left"] is None
    assert speeds[-1]["images_per_second"] == pytest.approx(100)
    validation = 2 / 3 / 100  # two epochs of one image, at a third of a training step
    assert speeds[-1]["seconds_left"] == pytest.approx((2000 - 49 * 10) / 100 + validation)


def test_time_left_of_short_epochs(clock):
    """Epochs that are shorter than the time between two reports give an estimate as well, with what validation takes."""
    callback = begin(images=100, batch_size=10, epochs=100)
    reports = []
    callback.session.state_writer.update = lambda **changes: reports.append(changes)
    for epoch in range(10):
        callback.on_epoch_begin(epoch)
        for batch in range(10):
            clock.seconds += 0.01
            callback.on_train_batch_end(batch, {"loss": 1.0, "accuracy": 0.5})
        callback.on_test_begin()
        clock.seconds += 0.05
        callback.on_test_end()
    assert reports[-1]["seconds_left"] == pytest.approx(90 * (0.1 + 0.05))
