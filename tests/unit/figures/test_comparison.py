"""Curves of several models: what is on them."""

import numpy as np

from digitcore.evaluation.calibration import reliability
from digitcore.evaluation.curves import precision_recall, roc
from digitcore.figures import comparison as figures

LABELS = np.array([0, 0, 1, 1])
PROBABILITIES = np.eye(10)[[0, 0, 1, 2]] * 0.9 + 0.01


def test_curves_have_a_line_for_each_model():
    """Lines differ in dash as well as in colour."""
    curve = roc(LABELS, PROBABILITIES, 1)
    lines = figures.roc_chart({"one": curve, "two": curve}, corner=False).data
    assert [line.name for line in lines] == ["one", "two"]
    assert lines[0].line.dash != lines[1].line.dash
    assert lines[0].line.color != lines[1].line.color


def test_a_precision_recall_curve():
    """Recall is on the horizontal axis, precision on the vertical one."""
    figure = figures.precision_recall_chart({"one": precision_recall(LABELS, PROBABILITIES, 1)}, corner=True)
    assert (figure.layout.xaxis.title.text, figure.layout.yaxis.title.text) == ("recall", "precision")


def test_thinning_keeps_the_corners():
    """What lies inside a straight step is left out, the corners stay."""
    x, y = figures.thinned(np.array([0, 0, 0, 0.5, 1, 1]), np.array([0, 0.5, 1, 1, 1, 1.0]))
    assert list(zip(x, y, strict=True)) == [(0, 0), (0, 1), (1, 1)]


def test_empty_bins_are_left_out():
    """A reliability diagram has a mark only where there are images."""
    diagram = figures.reliability_chart({"one": reliability(LABELS, PROBABILITIES)})
    assert len(diagram.data[1].x) == 1


def test_losses_of_one_epoch():
    """A training of a single epoch is a mark large enough to be seen."""
    lines = figures.losses_chart({"short": [{"epoch": 1, "loss": 0.5, "val_loss": 0.4}]}).data
    assert [(line.name, line.marker.size) for line in lines] == [("short, validation", 11), ("short, training", 11)]


def test_a_distortion_that_grows_as_its_amount_falls():
    """Where a smaller amount is worse, the axis runs backwards, so that every curve falls to the right."""
    figure = figures.robustness_chart([0.2, 1], {"one": [0.5, 0.9]}, title="contrast", reverse=True)
    assert figure.layout.xaxis.autorange == "reversed"
