"""What the parts of training share."""

import math
from dataclasses import replace

import pytest

from digitcore.training.session import best_epoch
from tests.unit.short_training import CONFIG, make_session


@pytest.mark.parametrize(
    ("monitor", "values", "expected"),
    [
        ("val_loss", [3, 1, 2, 1], 2),
        ("val_accuracy", [0.5, 0.9, 0.7, 0.9], 2),
        ("val_loss", [1], 1),
        ("val_loss", [math.nan, 1], 2),
    ],
)
def test_best_epoch(monitor, values, expected):
    """The best epoch has the lowest loss or the highest accuracy; the earlier of equals, and never one without a number."""
    assert best_epoch([{monitor: value} for value in values], monitor) == expected


def test_latest_row():
    """The best epoch may be one that is not in the history yet; to ask for it does not add it."""
    session = make_session(replace(CONFIG, monitor="val_loss"), rows=[{"val_loss": 2.0}, {"val_loss": 3.0}])
    assert (session.best_epoch(), session.best_epoch({"val_loss": 1.0}), session.epochs_done) == (1, 3, 2)


def test_record_epoch():
    """A finished epoch becomes a row of plain numbers; the progress of earlier attempts stays as it was."""
    session = make_session(CONFIG, rows=[{"epoch": 0, "val_loss": 2.0}])
    session.record_epoch(1, {"val_loss": 1})
    assert session.rows == [{"epoch": 0, "val_loss": 2.0}, {"epoch": 1, "val_loss": 1.0}]
    assert isinstance(session.rows[1]["val_loss"], float)
    assert session.before.rows == [{"epoch": 0, "val_loss": 2.0}]
