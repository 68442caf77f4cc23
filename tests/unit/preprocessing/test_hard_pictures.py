"""Pictures that are hard to prepare: small ones that a digit fills, tiles, rulings, pieces, strips, and steps left out."""

import cv2
import numpy as np
import pytest
from PIL import Image

from digitcore.networks.recogniser import recognise
from digitcore.preprocessing.ink import find_ink
from digitcore.preprocessing.options import Options
from digitcore.preprocessing.paper import two_levels
from digitcore.preprocessing.pipeline import prepare
from digitcore.preprocessing.rulings import without_rulings
from digitcore.preprocessing.segmentation import find_pieces
from tests.pictures import draw_digit, draw_digits

DIGITS = pytest.mark.parametrize("digit", range(10))


def cut_out(digit, side):
    """A digit without margin, stretched to a square, uint8, white on black."""
    ink = 255 - np.asarray(draw_digit(digit, 400, pen_width=0.11).convert("L"))
    left, top, width, height = cv2.boundingRect((ink > 100).astype(np.uint8))
    return cv2.resize(ink[top : top + height, left : left + width], (side, side), interpolation=cv2.INTER_AREA)


@DIGITS
@pytest.mark.parametrize("inverted", [False, True])
def test_binary_picture_that_a_digit_fills(digit, inverted):
    """A digit of 16x16 pixels with two levels, stretched to its box, keeps its ink, whichever level that is."""
    if digit == 1:
        pytest.skip("A stem that is stretched to a square is a square.")
    picture = ((cut_out(digit, 16) > 110) * 255).astype(np.uint8)
    assert recognise(255 - picture if inverted else picture).text == str(digit)


@DIGITS
def test_crop_that_touches_all_sides(digit):
    """A crop of 28x28 that touches its rim loses no stroke."""
    if digit == 1:
        pytest.skip("A stem that is stretched to a square is a square.")
    picture = cut_out(digit, 28)
    assert recognise(picture).text == str(digit)
    assert find_ink(picture / np.float32(255)).mask.sum() == pytest.approx((picture > 128).sum(), rel=0.15)


def test_two_levels():
    """The ink is the level without broad places; without two clear levels there is no answer."""
    ring = np.zeros((16, 16), np.float32)
    cv2.circle(ring, (8, 8), 5, 1.0, 1)
    levels = two_levels(ring)
    assert (levels.paper, levels.ink) == (0, 1)
    assert two_levels(1 - ring).ink == 0
    assert two_levels(np.full((16, 16), 0.4, np.float32)) is None
    assert two_levels(np.linspace(0, 1, 256, dtype=np.float32).reshape(16, 16)) is None


@DIGITS
@pytest.mark.parametrize("corner", [(40, 30), (150, 90)])
def test_dark_tile_on_a_white_page(digit, corner):
    """A white digit in a dark tile on a white page is read in its own frame."""
    page = np.full((300, 340), 255, np.uint8)
    tile = 255 - np.asarray(draw_digit(digit, 120).convert("L"))
    page[corner[0] : corner[0] + 120, corner[1] : corner[1] + 120] = np.maximum(tile, 30)
    assert recognise(page).text == str(digit)


def test_thick_zero_is_no_tile():
    """The hole of a thick 0 stays a hole."""
    assert recognise(draw_digit(0, 300, pen_width=0.2)).text == "0"


@pytest.mark.parametrize("gap", [2, 3, 4, 5, 6])
def test_four_in_two_strokes(gap):
    """A 4 whose stem stands off by 2 to 6 % of its height is one digit."""
    four = np.full((300, 300), 255, np.uint8)
    cv2.polylines(four, [np.array([[110, 50], [80, 170], [185 - 3 * gap, 170]])], False, 0, 14, cv2.LINE_AA)
    cv2.line(four, (200, 70), (200, 270), 0, 14, cv2.LINE_AA)
    assert recognise(four).text == "4"


@pytest.mark.parametrize("angle", [0, 90])
def test_stroke_that_a_ruling_crosses_is_whole(angle):
    """Where a line of the paper crosses a stroke of the same darkness, the stroke has no gap."""
    relief = np.zeros((120, 120), np.float32)
    relief[:, 60:62] = 0.8
    cv2.line(relief, (20, 58), (100, 62), 1.0, 6)
    relief = np.rot90(relief, angle // 90).copy()
    cleaned = np.rot90(without_rulings(relief, 0.0, broadest=None), -(angle // 90))
    assert cleaned[:50, 58:64].max() == 0
    assert (cleaned[60, 30:90] > 0.3).all()


def test_digits_that_touch_are_two():
    """Two digits that touch are cut where the stroke is thin."""
    picture = np.full((200, 330), 255, np.uint8)
    left, right = (np.asarray(draw_digit(digit, 200).convert("L")) for digit in (5, 8))
    picture[:, :200] = left
    picture[:, 130:] = np.minimum(picture[:, 130:], right)
    cv2.line(picture, (110, 150), (200, 150), 0, 8)
    pieces = find_pieces(np.asarray(picture) < 128)
    assert len(pieces.rows) == 1
    assert any(piece.is_cut for piece in pieces.rows[0])
    assert recognise(picture).text == "58"


def test_single_digits_are_not_cut(sample):
    """Hardly a digit of MNIST is read as several, also where it is wide or reaches far."""
    texts = [recognise(image).text for image in sample.x_test[:300]]
    assert sum(len(text) > 1 for text in texts) <= 2


def test_neighbour_does_not_reach_into_a_digit():
    """The image of a digit holds nothing of the digit beside it, although that reaches into its box."""
    picture = np.full((220, 360), 255, np.uint8)
    cv2.line(picture, (60, 200), (140, 20), 0, 14, cv2.LINE_AA)
    cv2.line(picture, (115, 200), (195, 20), 0, 14, cv2.LINE_AA)
    prepared = prepare(picture)
    single = [image for group, image in zip(prepared.groups, prepared.images, strict=True) if group.stop - group.start == 1]
    assert len(single) == 2
    assert all(cv2.connectedComponents((image > 0.4).astype(np.uint8))[0] == 2 for image in single)


def test_strip():
    """A strip of 2000x30 pixels keeps the height of its digits."""
    strip = Image.new("RGB", (2000, 30), "white")
    strip.paste(draw_digits([3, 1, 4, 1, 5], 30), (700, 0))
    assert recognise(strip).text == "31415"


def test_small_digits_on_a_large_sheet():
    """A digit an eighth as high as its neighbour is read, too."""
    sheet = Image.new("RGB", (1000, 500), "white")
    sheet.paste(draw_digit(4, 480), (10, 10))
    sheet.paste(draw_digit(7, 80), (700, 300))
    assert recognise(sheet).text == "47"


def test_one_pixel_line_drawing():
    """A drawing of one-pixel lines in 28x28 is read."""
    picture = np.zeros((28, 28), np.uint8)
    cv2.polylines(picture, [np.array([[7, 5], [20, 5], [12, 23]])], False, 255, 1)
    assert recognise(picture).text == "7"


@pytest.mark.parametrize("step", ["rulings", "specks", "stroke_width", "centring", "light"])
def test_step_that_is_left_out(step):
    """Each step can be left out, and then its effect is missing."""
    grid = np.full((300, 300), 225, np.uint8)
    if step == "rulings":
        grid[:, 90::120] = grid[90::120] = 150
    if step == "light":
        grid = (grid * np.linspace(0.4, 1, 300)).astype(np.uint8)
        grid = np.clip(grid + np.random.default_rng(0).normal(0, 4, grid.shape), 0, 255).astype(np.uint8)
    if step == "specks":
        grid[20:24, 20:24] = 0
    ink = np.asarray(draw_digit(2, 300, pen_width=0.02 if step == "stroke_width" else 0.07).convert("L"))
    picture = np.minimum(grid, ink)
    usual, without = prepare(picture), prepare(picture, Options(**{step: False}))
    assert len(usual.groups) == 1
    shown = slice(None) if step in ("stroke_width", "centring") else slice(3)
    steps = [prepared.steps[0][shown] for prepared in (usual, without)]
    assert any(
        first.pixels.shape != second.pixels.shape or np.abs(first.pixels - second.pixels).max() > 0.05
        for first, second in zip(*steps, strict=True)
    )
    assert recognise(picture).text == "2"
