"""Figures of a comparison: what is on them, and their facts in words."""

import numpy as np
import pytest

from digitcore.evaluation.calibration import reliability
from digitcore.evaluation.curves import precision_recall, roc
from digitcore.figures import comparison as figures

LABELS = np.array([0, 0, 1, 1])
PROBABILITIES = np.eye(10)[[0, 0, 1, 2]] * 0.9 + 0.01


def counts(**cells):
    """Ten right answers for each digit, and these mistakes: ``l3a5=2`` is two 3s read as a 5."""
    matrix = np.diag(np.full(10, 10))
    for cell, number in cells.items():
        matrix[int(cell[1]), int(cell[3])] = number
    return matrix


def test_every_cell_can_be_clicked():
    """Each of the hundred cells is a point at x = answer, y = label; an empty one has no number."""
    points = figures.confusion_chart(counts(l3a5=2)).data[1]
    cell = list(zip(points.x, points.y, strict=True)).index((5, 3))
    assert len(points.x) == 100
    assert points.text[cell] == "2"
    assert points.text[cell + 1] == ""


def test_shares_are_of_the_label():
    """Normalised, a cell is a share of its label's images, in per cent."""
    points = figures.confusion_chart(counts(l3a5=10), normalised=True).data[1]
    assert (points.text[33], points.text[35], points.text[44]) == ("50%", "50%", "100%")


@pytest.mark.parametrize("matrix", [np.zeros((10, 10), int), counts()], ids=["nothing", "no mistake"])
def test_matrices_without_a_mistake(matrix):
    """No image at all, or no mistake, is drawn without a division by zero."""
    assert np.isfinite(figures.confusion_chart(matrix).data[0].z).all()


def test_the_facts_of_a_matrix():
    """The caption names the commonest mistake, where there is one."""
    assert figures.confusion_facts(counts(l3a5=2, l7a1=4)) == (
        "100 of 106 are right. The commonest mistake: 4 × a 7 read as a 1."
    )
    assert figures.confusion_facts(counts()) == "100 of 100 are right."


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
