"""The curves of a run."""

import pytest

from digitcore.figures.training import curve_chart, learning_rate_chart

CURVE = [
    {"epoch": 0, "loss": 2.3, "accuracy": 0.1, "val_loss": 2.31, "val_accuracy": 0.11},
    {"epoch": 1, "loss": 0.9, "accuracy": 0.7, "val_loss": 0.5, "val_accuracy": 0.85},
    {"epoch": 2, "loss": 0.4, "accuracy": 0.9, "val_loss": 0.6, "val_accuracy": 0.84},
]
PROGRESS = [{"epoch": 0.5, "loss": 1.5, "accuracy": 0.4, "learning_rate": 0.01}]


@pytest.mark.parametrize(
    ("quantity", "training", "validation", "best"),
    [("loss", (2.3, 0.9, 0.4), (2.31, 0.5, 0.6), 0.5), ("accuracy", (0.1, 0.7, 0.9), (0.11, 0.85, 0.84), 0.85)],
)
def test_curve_chart(quantity, training, validation, best):
    """The curves begin at epoch 0, and the best epoch is marked."""
    figure = curve_chart(quantity, CURVE, PROGRESS, epochs=5, best_epoch=1)
    traces = {trace.name: trace for trace in figure.data}
    assert traces["training"].x == traces["validation"].x == (0, 1, 2)
    assert (traces["training"].y, traces["validation"].y) == (training, validation)
    assert (traces["best epoch"].x, traces["best epoch"].y) == ((1,), (best,))
    assert traces["within the epoch"].x == (0.5,)
    assert figure.layout.xaxis.range[0] <= 0 < 5 <= figure.layout.xaxis.range[1]


def test_an_empty_curve():
    """Before the first epoch there are axes and nothing in them."""
    figure = curve_chart("accuracy", [], [], epochs=3, best_epoch=None)
    assert all(len(trace.x) == 0 for trace in figure.data)
    assert figure.layout.xaxis.range[1] >= 3


def test_learning_rate_chart():
    """The rate is drawn over the epochs, to the end of the run."""
    figure = learning_rate_chart(PROGRESS, epochs=4)
    assert (figure.data[0].x, figure.data[0].y) == ((0.5,), (0.01,))
    assert figure.layout.xaxis.range[1] >= 4
