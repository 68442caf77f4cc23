"""The figure of a confusion matrix, and its facts in words."""

import numpy as np
import pytest

from digitcore.figures import confusion as figures
from digitcore.figures import palette
from tests.unit.figures.test_palette import contrast


def counts(**cells):
    """Ten right answers for each digit, and these mistakes: ``l3a5=2`` is two 3s read as a 5."""
    matrix = np.diag(np.full(10, 10))
    for cell, number in cells.items():
        matrix[int(cell[1]), int(cell[3])] = number
    return matrix


def test_every_cell_can_be_clicked():
    """Each of the hundred cells is a point at x = answer, y = label; an empty one has no number."""
    _, numbers, points = figures.confusion_chart(counts(l3a5=2)).data
    cell = list(zip(points.x, points.y, strict=True)).index((5, 3))
    assert len(points.x) == 100
    assert list(zip(numbers.x, numbers.y, strict=True)).index((5, 3)) == cell
    assert numbers.text[cell] == "2"
    assert numbers.text[cell + 1] == ""
    assert "2" in points.hovertext[cell]


@pytest.mark.parametrize("share", [0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.92, 0.93, 0.94, 0.97, 1.0])
def test_numbers_can_be_read_on_every_blue(share):
    """However much of a digit is read right, its number has a contrast of at least 4.5."""
    matrix = np.diag(np.full(10, 1000))
    matrix[3, 3], matrix[3, 5] = round(1000 * share), 1000 - round(1000 * share)
    _, numbers, _ = figures.confusion_chart(matrix).data
    cell = list(zip(numbers.x, numbers.y, strict=True)).index((3, 3))
    ground = [round(255 + (part - 255) * share) for part in palette.rgb(palette.MATRIX_RIGHT)]
    assert contrast(numbers.textfont.color[cell], "#" + bytes(ground).hex()) >= 4.5


def test_a_chosen_cell_is_framed_and_stays_as_it_is():
    """Its number and its colour are those of the cell when it is not chosen."""
    plain, chosen = figures.confusion_chart(counts(l3a5=2)), figures.confusion_chart(counts(l3a5=2), chosen=(3, 5))
    assert chosen.data == plain.data
    (frame,) = chosen.layout.shapes
    assert (frame.x0, frame.x1, frame.y0, frame.y1) == (4.52, 5.48, 2.52, 3.48)
    assert frame.fillcolor is None
    assert plain.layout.shapes == ()


def test_a_difference():
    """The cells are the second's counts less the first's, with signs; equal cells are white and empty."""
    heat, numbers, _ = figures.difference_chart(counts(l3a5=2, l7a1=1), counts(l3a5=6)).data
    assert (numbers.text[35], numbers.text[71], numbers.text[0]) == ("+4", "−1", "")
    assert (heat.z[3][5] * figures.PALE, heat.z[7][1] * figures.PALE, heat.z[0][0]) == pytest.approx((1, -0.5, 0))


@pytest.mark.parametrize("matrix", [np.zeros((10, 10), int), counts()], ids=["nothing", "no mistake"])
def test_matrices_without_a_mistake(matrix):
    """No image at all, or no mistake or difference, is drawn without a division by zero."""
    assert np.isfinite(figures.confusion_chart(matrix).data[0].z).all()
    assert np.isfinite(figures.difference_chart(matrix, matrix).data[0].z).all()


def test_the_facts_of_a_matrix():
    """The caption names the commonest mistake, where there is one."""
    assert figures.confusion_facts(counts(l3a5=2, l7a1=4)) == (
        "100 of 106 are right. The commonest mistake: 4 × a 7 read as a 1."
    )
    assert figures.confusion_facts(counts()) == "100 of 100 are right."
