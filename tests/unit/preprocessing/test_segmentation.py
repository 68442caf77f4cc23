"""Which strokes make one digit, which make several, and in what order they are read."""

import numpy as np
import pytest
from PIL import Image

from digitcore.geometry import Box, gap, union
from digitcore.networks.recogniser import recognise
from digitcore.preprocessing import segmentation
from digitcore.preprocessing.segmentation import find_pieces
from tests.pictures import STROKES, draw_digit, draw_digits, draw_strokes


def ink(*boxes, shape=(100, 100)):
    """A mask in which each (top, bottom, left, right) is a rectangle of ink."""
    mask = np.zeros(shape, bool)
    for top, bottom, left, right in boxes:
        mask[top:bottom, left:right] = True
    return mask


def find_digits(mask):
    """The boxes of the pieces, row by row."""
    return [piece.box for row in find_pieces(mask).rows for piece in row]


def test_one_digit():
    """One blob is one box, exactly around it."""
    assert find_digits(ink((10, 60, 20, 50))) == [Box(left=20, top=10, right=50, bottom=60)]


def test_blank_mask():
    """Where there is no ink there are no digits."""
    assert find_digits(np.zeros((50, 50), bool)) == []


@pytest.mark.parametrize("digit", range(10))
def test_each_digit_is_one(digit):
    """A digit is one box, also a 4 and a 5 of two strokes."""
    mask = np.asarray(draw_digit(digit).convert("L")) < 128
    assert len(find_digits(mask)) == 1


def test_separate_bar_above():
    """A 5 whose bar does not touch it stays one digit."""
    image = Image.new("L", (200, 200), 255)
    body, bar = STROKES[5]
    draw_strokes(image, [body], (0, 0), 200, colour=0)
    draw_strokes(image, [bar], (6, -18), 200, colour=0)
    boxes = find_digits(np.asarray(image) < 128)
    assert len(boxes) == 1
    assert boxes[0].top < 40
    assert recognise(image).text == "5"


def test_open_four():
    """A 4 whose two strokes do not touch stays one digit."""
    image = Image.new("L", (200, 200), 255)
    hook, stem = STROKES[4]
    draw_strokes(image, [hook[: len(hook) * 3 // 4]], (-8, 0), 200, colour=0)
    draw_strokes(image, [stem], (4, 0), 200, colour=0)
    assert recognise(image).text == "4"


@pytest.mark.parametrize("first", range(10))
@pytest.mark.parametrize("second", [0, 1, 4, 7])
def test_two_digits_side_by_side(first, second):
    """Two digits side by side are two, the left one first."""
    left, right = find_digits(np.asarray(draw_digits([first, second]).convert("L")) < 128)
    assert left.right <= 200 <= right.left
    assert recognise(draw_digits([first, second])).text == f"{first}{second}"


def test_two_rows():
    """Digits in two rows are read row by row, each from left to right."""
    sheet = Image.new("RGB", (600, 400), "white")
    sheet.paste(draw_digits([3, 1, 4]), (0, 0))
    sheet.paste(draw_digits([1, 5, 9]), (0, 200))
    assert recognise(sheet).text == "314159"


def test_uneven_row():
    """Digits that do not stand exactly level are one row all the same."""
    sheet = Image.new("RGB", (600, 260), "white")
    for i, (digit, top) in enumerate([(6, 30), (2, 0), (8, 55)]):
        sheet.paste(draw_digit(digit), (200 * i, top))
    assert recognise(sheet).text == "628"


@pytest.mark.parametrize("corner", [(10, 10), (90, 90), (10, 90)])
def test_stray_dot(corner):
    """A dot beside a digit is not a digit."""
    row, column = corner
    mask = ink((20, 80, 40, 60), (row, row + 5, column, column + 5))
    assert find_digits(mask) == [Box(left=40, top=20, right=60, bottom=80)]


def test_short_digit_in_a_row():
    """A digit half as high as its neighbour is still a digit."""
    assert len(find_digits(ink((10, 90, 5, 25), (50, 90, 60, 90)))) == 2


def test_touching_boxes_of_two_strokes():
    """A stroke that reaches into another's box belongs to the same digit."""
    cup = ink((10, 90, 20, 25), (85, 90, 20, 70), (10, 90, 65, 70), (20, 60, 40, 48))
    assert find_digits(cup) == [Box(left=20, top=10, right=70, bottom=90)]


def test_gap():
    """A gap counts the empty columns and rows between two boxes, and is negative where they overlap."""
    first = Box(left=0, top=0, right=10, bottom=10)
    assert gap(first, Box(left=14, top=5, right=20, bottom=30)) == (4, -5)
    assert gap(Box(left=14, top=5, right=20, bottom=30), first) == (4, -5)


def test_union():
    """A union is the smallest box around both."""
    first, second = Box(left=0, top=6, right=10, bottom=10), Box(left=4, top=1, right=20, bottom=8)
    assert union(first, second) == union(second, first) == Box(left=0, top=1, right=20, bottom=10)


def test_texture_is_not_compared_dot_by_dot(monkeypatch):
    """A picture of thousands of dots does not occupy the server: the work does not grow with the square of their number."""
    comparisons = 0

    def count(first, second, compare=segmentation._belong_together):
        nonlocal comparisons
        comparisons += 1
        assert comparisons < 1_000_000
        return compare(first, second)

    monkeypatch.setattr(segmentation, "_belong_together", count)
    mask = np.zeros((256, 256), bool)
    mask[::3, ::3] = True
    find_digits(mask)
