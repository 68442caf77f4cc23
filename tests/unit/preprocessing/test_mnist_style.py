"""A picture becomes the 28x28 image that MNIST's makers would have made of it."""

import numpy as np
import pytest
from PIL import Image
from scipy import ndimage

from digitcore.geometry import Box, bounding_box
from digitcore.networks.recogniser import recognise
from digitcore.preprocessing.ink import find_ink
from digitcore.preprocessing.mnist_style import BOX_SIDE, STROKE_WIDTHS, stroke_width, to_mnist
from tests.pictures import draw_digit, photograph

DIGITS = pytest.mark.parametrize("digit", range(10))


def grey(image):
    return np.asarray(image.convert("L"), np.float32) / 255


def prepare(picture):
    """What the network would see of a picture with one digit."""
    ink = find_ink(picture)
    assert ink.blank_reason is None
    box = bounding_box(ink.mask)
    return to_mnist(ink.pixels[box.top : box.bottom, box.left : box.right])[0]


def on_paper(digit, *, size, scale, corner):
    """A digit drawn with ``scale`` pixels a side, at ``corner`` of a white sheet."""
    sheet = Image.new("L", size, 255)
    sheet.paste(draw_digit(digit, scale).convert("L"), corner)
    return grey(sheet)


def difference(first, second):
    """The mean absolute difference of two images, one of which may lie a pixel aside: places are whole pixels."""
    moves = [np.roll(first, (down, right), (0, 1)) for down in (-1, 0, 1) for right in (-1, 0, 1)]
    return min(np.abs(moved - second).mean() for moved in moves)


# MNIST's own images.


def test_mnist_passes_nearly_unchanged(sample):
    """An image of MNIST comes out as it went in: it was made this way."""
    images = sample.x_test / np.float32(255)
    differences = [np.abs(prepare(1 - image) - image).mean() for image in images]
    assert np.median(differences) < 0.003
    assert np.mean(differences) < 0.01


def test_polarity_does_not_matter(sample):
    """White on black and black on white give the same 28x28 image."""
    for image in sample.x_test[:100] / np.float32(255):
        assert np.abs(prepare(image) - prepare(1 - image)).max() < 1e-5


def test_place_does_not_matter(sample):
    """A digit away from the middle gives nearly the same 28x28 image."""
    differences = []
    for image in sample.x_test[:200] / np.float32(255):
        sheet = np.ones((120, 90), np.float32)
        sheet[60:88, 50:78] = 1 - image
        differences.append(np.abs(prepare(sheet) - prepare(1 - image)).mean())
    assert np.mean(differences) < 0.005


@DIGITS
def test_size_does_not_matter(digit):
    """A small digit and a large one give nearly the same 28x28 image."""
    small = prepare(on_paper(digit, size=(200, 200), scale=100, corner=(10, 100)))
    large = prepare(on_paper(digit, size=(500, 400), scale=390, corner=(60, 5)))
    assert difference(small, large) < 0.06


@DIGITS
@pytest.mark.parametrize("pen_width", [0.01, 0.04, 0.14])
def test_pen_width_is_brought_into_mnists_range(digit, pen_width):
    """Thin and thick pens give strokes as wide as MNIST's."""
    image = prepare(grey(draw_digit(digit, 300, pen_width=pen_width)))
    low, high = STROKE_WIDTHS
    assert low - 0.7 < stroke_width(image > 0.5) < high + 0.7


@DIGITS
@pytest.mark.parametrize("margin", [0, 1, 10])
def test_picture_cut_to_its_ink(digit, margin):
    """A drawing with hardly any paper around its ink is read like any other, as one digit."""
    drawing = np.asarray(draw_digit(digit, 400).convert("L"))
    box = bounding_box(drawing < 128)
    cut = np.pad(drawing[box.top : box.bottom, box.left : box.right], margin, constant_values=255)
    assert recognise(cut).text == str(digit)


# The 28x28 image.


@DIGITS
def test_what_the_network_sees(digit):
    """The result is float32 28x28 in 0-1, 20 pixels on its long side, with its centre of mass in the middle."""
    image = prepare(grey(draw_digit(digit)))
    assert image.dtype == np.float32
    assert image.shape == (28, 28)
    assert image.min() == 0
    assert 0.9 < image.max() <= 1
    box = bounding_box(image > 0.1)
    assert max(box.width, box.height) == BOX_SIDE
    assert ndimage.center_of_mass(image) == pytest.approx((14, 14), abs=0.51)


def test_aspect_is_kept():
    """A bar three times as high as wide stays so."""
    picture = np.ones((200, 200), np.float32)
    picture[40:160, 80:120] = 0
    _, scaled, _ = to_mnist(1 - picture)[1]
    assert scaled.pixels.shape[0] == BOX_SIDE
    assert scaled.pixels.shape[1] < BOX_SIDE / 2


def test_lopsided_digit_stays_inside():
    """A digit whose mass lies at one end is not pushed out of the image."""
    picture = np.zeros((200, 200), np.float32)
    picture[20:180, 98:102] = 1
    picture[150:180, 60:140] = 1
    image = to_mnist(picture)[0]
    box = bounding_box(image > 0.1)
    assert box.height == BOX_SIDE
    assert box.top >= 0
    assert box.bottom <= 28


# The steps.


def test_steps_in_order():
    """A recognition shows its six steps in order, and the last is the image that the network saw."""
    found = recognise(draw_digit(8))
    assert [step.name for step in found.steps] == ["Grey", "Ink", "Clean", "Crop", "Scale", "28 × 28"]
    assert all(step.caption for step in found.steps)
    assert all(step.pixels.dtype == np.float32 for step in found.steps)
    assert all(step.pixels.min() >= 0 and step.pixels.max() <= 1 for step in found.steps)
    assert np.array_equal(found.steps[-1].pixels, prepare(grey(draw_digit(8))))


def test_steps_of_a_blank_picture():
    """A blank picture still shows the steps up to where nothing was found."""
    found = recognise(np.random.default_rng(0).normal(200, 3, (100, 100)).clip(0, 255).astype(np.uint8))
    assert [step.name for step in found.steps] == ["Grey", "Ink"]


# Photographs.


@DIGITS
@pytest.mark.parametrize("gradient", [0.3, 0.5])
def test_uneven_light(digit, gradient):
    """A photo that is darker at one corner shows the same digit."""
    assert recognise(photograph(digit, gradient=gradient, ink=0.55)).text == str(digit)


@DIGITS
@pytest.mark.parametrize("ruling", [0.35, 0.6, 0.8])
@pytest.mark.parametrize("squares", [4, 8, 12])
def test_squared_paper(digit, squares, ruling):
    """A photo of squared paper shows the same digit: its lines are taken away, faint or dark."""
    assert recognise(photograph(digit, squares=squares, ruling=ruling, grain=0.016)).text == str(digit)


@DIGITS
@pytest.mark.parametrize("ruling", [0.35, 0.6])
@pytest.mark.parametrize("squares", [6, 8, 12])
def test_squared_paper_in_a_scan(digit, squares, ruling):
    """Squared paper without grain, as in a scan or a note-taking app, shows the same digit."""
    assert recognise(photograph(digit, squares=squares, ruling=ruling, grain=0)).text == str(digit)


@DIGITS
def test_squared_paper_in_uneven_light(digit):
    """Squared paper in uneven light shows the same digit."""
    assert recognise(photograph(digit, squares=8, gradient=0.3, ink=0.4)).text == str(digit)


@DIGITS
@pytest.mark.parametrize(
    ("paper", "ink", "grain"), [(0.85, 0.75, 0.004), (0.5, 0.42, 0.0), (0.3, 0.2, 0.004), (0.4, 0.5, 0.004)]
)
def test_low_contrast(digit, paper, ink, grain):
    """Faint ink shows the same digit, darker or lighter than its paper."""
    assert recognise(photograph(digit, paper=paper, ink=ink, grain=grain)).text == str(digit)


@DIGITS
def test_edge_of_the_paper(digit):
    """A dark table along one side of the photo is not taken for ink."""
    picture = np.asarray(photograph(digit)).copy()
    picture[:, :12] = 40
    assert recognise(picture).text == str(digit)


@DIGITS
def test_specks(digit):
    """Specks of dust in a drawing are taken away, and the ink stays."""
    clean = grey(draw_digit(digit))
    dusty = clean.copy()
    for row, column in np.random.default_rng(0).integers(5, 195, (10, 2)):
        dusty[row : row + 2, column : column + 2] = 0
    beside = (dusty < 0.5) & ~ndimage.binary_dilation(clean < 0.5, iterations=4)
    assert beside.any()
    ink = find_ink(dusty)
    assert not ink.mask[beside].any()
    assert np.all(ink.mask[clean < 0.5])


# Its parts.


def test_bounding_box():
    """A box holds every True and nothing beyond."""
    mask = np.zeros((10, 20), bool)
    mask[2, 5] = mask[7, 11] = True
    assert bounding_box(mask) == Box(left=5, top=2, right=12, bottom=8)
    assert (bounding_box(mask).width, bounding_box(mask).height) == (7, 6)


@pytest.mark.parametrize("width", [3, 6, 12, 24])
def test_stroke_width_of_a_bar(width):
    """The width of a straight bar is found to within a tenth."""
    mask = np.zeros((300, 60), bool)
    mask[10:290, 10 : 10 + width] = True
    assert stroke_width(mask) == pytest.approx(width, abs=0.1 + 0.08 * width)


def test_ink_is_zero_on_paper():
    """Ink is 1 on a stroke, 0 on paper, and the mask says where."""
    picture = grey(draw_digit(1, 200))
    ink = find_ink(picture)
    assert ink.pixels.shape == ink.mask.shape == picture.shape
    assert np.all(ink.pixels[picture > 0.99] == 0)
    assert np.all(ink.pixels[picture < 0.01] == 1)
    assert np.array_equal(ink.mask, picture < 0.5)


@pytest.mark.parametrize(
    ("shape", "working"),
    [((512, 512), (256, 256)), ((1000, 600), (512, 307)), ((2000, 30), (2000, 30)), ((90, 1800), (64, 1280))],
)
def test_size_of_the_working_picture(shape, working):
    """A drawing is reduced to 256 pixels, a larger picture to 512; a strip keeps the height of its digits."""
    picture = np.ones(shape, np.float32)
    picture[5:25, 10:15] = 0
    assert find_ink(picture).pixels.shape == working
