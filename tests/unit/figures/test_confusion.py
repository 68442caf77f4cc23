"""The cells of a confusion matrix, and of the difference of two."""

import numpy as np
import pytest

from digitcore.figures import palette
from digitcore.figures.confusion import confusion_cells, difference_cells, images
from tests.unit.figures.test_palette import contrast

NAMES = ("LeNet", "Sprint")


def counts(**cells):
    """Ten right answers for each digit, and these mistakes: ``l3a5=2`` is two 3s read as a 5."""
    matrix = np.diag(np.full(10, 10))
    for cell, number in cells.items():
        matrix[int(cell[1]), int(cell[3])] = number
    return matrix


def test_the_numbers_of_a_matrix():
    """Row by row, each cell has its number, grouped, and says in words what it counts; zeros are empty."""
    cells = confusion_cells(counts(l3a5=2, l7a1=1, l0a0=1032))
    assert len(cells) == 100
    assert [cells[at].text for at in (35, 71, 0, 33, 36)] == ["2", "1", "1,032", "10", ""]
    assert cells[35].description == "3 read as 5: 2 images"
    assert cells[71].description == "7 read as 1: 1 image"
    assert cells[36].description == "3 read as 6: 0 images"


def test_the_colours_of_a_matrix():
    """What is right is blue by its share; mistakes are orange, the commonest fully; an empty cell is as the page."""
    cells = confusion_cells(counts(l3a5=10, l7a1=2))
    assert [cells[at].light.ground for at in (0, 35, 36)] == [palette.MATRIX_RIGHT, palette.MATRIX_WRONG, palette.PAGE]
    assert cells[33].light.ground == palette.blend(palette.MATRIX_RIGHT, palette.PAGE, 0.5)
    share = np.sqrt((2 / 12) / (10 / 20))
    assert cells[71].dark.ground == palette.blend(palette.MATRIX_WRONG, palette.DARK_PAGE, share)
    assert cells[36].dark.ground == palette.DARK_PAGE


def test_the_numbers_of_a_difference():
    """The second's counts less the first's, with signs; equal cells are empty; both counts are said."""
    cells = difference_cells(counts(l3a5=2, l7a1=1), counts(l3a5=6), names=NAMES)
    assert [cells[at].text for at in (35, 71, 0)] == ["+4", "−1", ""]
    assert cells[35].description == "3 read as 5: +4 (LeNet 2, Sprint 6)"


def test_the_colours_of_a_difference():
    """Blue: fewer mistakes or more right; orange: more mistakes or fewer right."""
    cells = difference_cells(counts(l3a5=2, l0a0=10), counts(l3a5=6, l7a1=1, l0a0=14, l1a1=6), names=NAMES)
    better, worse = palette.MATRIX_RIGHT, palette.MATRIX_WRONG
    assert [cells[at].light.ground for at in (0, 11, 35)] == [better, worse, worse]
    cells = difference_cells(counts(l3a5=6), counts(l3a5=2), names=NAMES)
    assert (cells[35].text, cells[35].light.ground) == ("−4", better)


@pytest.mark.parametrize("seed", range(3))
def test_numbers_can_be_read(seed):
    """In both themes, the number of every cell has a contrast of at least 4.5 to its ground."""
    first, second = np.random.default_rng(seed).geometric(0.01, (2, 10, 10)) - 1
    for cell in [*confusion_cells(first), *difference_cells(first, second, names=NAMES)]:
        for colours in (cell.light, cell.dark):
            assert contrast(colours.text, colours.ground) >= 4.5


@pytest.mark.parametrize("matrix", [np.zeros((10, 10), int), counts()], ids=["nothing", "no mistake"])
def test_matrices_without_a_mistake(matrix):
    """Without any image, mistake or difference, the cells are as the page, without a division by zero."""
    assert {cell.light.ground for cell in confusion_cells(matrix)} <= {palette.PAGE, palette.MATRIX_RIGHT}
    assert {cell.light.ground for cell in difference_cells(matrix, matrix, names=NAMES)} == {palette.PAGE}


def test_one_image():
    """The number of images, in words."""
    assert [images(count) for count in (0, 1, 1032)] == ["0 images", "1 image", "1,032 images"]
