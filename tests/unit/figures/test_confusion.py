"""The figure of a confusion matrix, and its facts in words."""

import numpy as np
import pytest

from digitcore.figures import confusion as figures


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
