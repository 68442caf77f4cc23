"""A picture goes in, the digits in it come out."""

import os
import re
import threading
from concurrent.futures import ThreadPoolExecutor

import cv2
import keras
import numpy as np
import pytest
from PIL import Image, ImageDraw

import digitcore
from digitcore.errors import DigitcoreError, ImageError, ModelError
from digitcore.networks import recogniser, registry
from digitcore.networks.recogniser import ON_ITS_SIDE, PAGE_OF_TEXT, Recogniser, get_recogniser, recognise
from tests.pictures import as_file, draw_digit, draw_digits

DIGITS = pytest.mark.parametrize("digit", range(10))

#: Keras with NumPy 2, at every weight that it reads.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")


def always(probabilities):
    """A network that gives these ten probabilities for whatever it sees."""
    model = keras.Sequential(
        [keras.Input((28, 28, 1)), keras.layers.Flatten(), keras.layers.Dense(10, "softmax", kernel_initializer="zeros")]
    )
    model.layers[-1].bias.assign(np.log(np.clip(probabilities, 1e-6, 1)))
    return model


def guess(digit, confidence):
    """Ten probabilities of which one stands out."""
    probabilities = np.full(10, (1 - confidence) / 9)
    probabilities[digit] = confidence
    return probabilities


def put(folder, name, model):
    path = folder / name / "model.keras"
    path.parent.mkdir(exist_ok=True)
    model.save(path)
    return path


# One digit.


@DIGITS
def test_clean_drawing(digit):
    """A clear drawing of each digit is read, and the network is sure of it."""
    found = recognise(draw_digit(digit))
    assert found.digit == digit
    assert found.text == str(digit)
    assert found.confidence > 0.9
    assert found.reason is None
    assert found.notes == ()


@DIGITS
@pytest.mark.parametrize("pen_width", [0.03, 0.12])
@pytest.mark.parametrize("side", [64, 340, 1000])
def test_pens_and_sizes(digit, pen_width, side):
    """Thin and thick pens are read, on small and large canvases."""
    assert recognise(draw_digit(digit, side, pen_width=pen_width)).text == str(digit)


@DIGITS
def test_white_on_black(digit):
    """Chalk on a blackboard is read like ink on paper, to the same answer."""
    drawing = np.asarray(draw_digit(digit))
    found, inverted = recognise(drawing), recognise(255 - drawing)
    assert inverted.digit == digit
    assert np.allclose(found.probabilities, inverted.probabilities, atol=1e-3)


def test_result():
    """A result has ten probabilities, the best of which is the confidence, and the time that the network took."""
    found = recognise(draw_digit(3))
    assert found.probabilities.shape == (10,)
    assert found.probabilities.dtype == np.float32
    assert found.probabilities.sum() == pytest.approx(1, abs=1e-5)
    assert found.confidence == found.probabilities.max()
    assert found.digit == found.probabilities.argmax()
    assert found.network_seconds > 0
    (only,) = found.digits
    assert (only.digit, only.confidence) == (found.digit, found.confidence)


def test_accuracy_on_mnist(sample):
    """Nearly all test images of the sample are read as they are labelled, through the whole pipeline."""
    answers = [recognise(image).digit for image in sample.x_test[::2]]
    assert np.mean([answer == label for answer, label in zip(answers, sample.y_test[::2], strict=True)]) > 0.98


def test_all_kinds_of_sources_agree(tmp_path):
    """A path, a path as text, bytes, a PIL image and arrays of the same picture give the same answer."""
    image = draw_digit(5)
    path = tmp_path / "five.png"
    path.write_bytes(as_file(image))
    array, content = np.asarray(image), path.read_bytes()
    opaque = np.dstack([array, np.full(array.shape[:2], 255, np.uint8)])
    sources = [path, str(path), content, bytearray(content), image, image.convert("L"), array, array[..., 0], opaque]
    answers = [recognise(source) for source in sources]
    assert [answer.text for answer in answers] == ["5"] * len(sources)
    for answer in answers:
        assert np.array_equal(answer.probabilities, answers[0].probabilities)


def test_array_that_is_a_view():
    """An array that is a slice or a mirror image of another is read as it looks."""
    wide = np.asarray(draw_digits([3, 7]))
    assert recognise(wide[:, 200:]).text == "7"
    mirrored = wide[:, :200][:, ::-1]
    assert recognise(mirrored[:, ::-1]).text == "3"


def test_picture_is_left_alone():
    """The array that was given is not written to."""
    array = np.asarray(draw_digit(5)).copy()
    before = array.copy()
    recognise(array)
    assert np.array_equal(array, before)


def test_name_in_the_package():
    """``digitcore.recognise`` is this function, and other names are not there."""
    assert digitcore.recognise is recognise
    with pytest.raises(AttributeError, match="has no attribute 'recognize'"):
        _ = digitcore.recognize


# Several digits.


@pytest.mark.parametrize("text", ["42", "2024", "0123456789", "777", "10"])
def test_several_digits(text):
    """The text of a picture with several digits has them all, in reading order."""
    found = recognise(draw_digits(int(character) for character in text))
    assert found.text == text
    assert [str(digit.digit) for digit in found.digits] == list(text)
    assert all(digit.confidence > 0.5 for digit in found.digits)


def test_the_largest_of_several():
    """Of several digits the largest is the one whose probabilities and steps are shown."""
    sheet = Image.new("RGB", (500, 300), "white")
    sheet.paste(draw_digit(3, 150), (0, 100))
    sheet.paste(draw_digit(8, 300), (200, 0))
    found = recognise(sheet)
    assert found.text == "38"
    assert found.digit == 8
    assert found.probabilities.argmax() == 8
    eight, three = (recognise(draw_digit(digit, 300)).steps[-1].pixels for digit in (8, 3))
    seen = found.steps[-1].pixels
    assert np.abs(seen - eight).mean() < np.abs(seen - three).mean()


def test_too_many_digits():
    """Of a page full of digits at most 120 are read, and a note says so."""
    sheet = Image.new("RGB", (1300, 1000), "white")
    for row in range(10):
        sheet.paste(draw_digits([1, 7] * 6 + [1], 100), (0, 100 * row))
    found = recognise(sheet)
    assert len(found.digits) == 120
    assert found.notes == ("More than 120 shapes were found; the largest 120 were read.",)


def reader_of_upright_bars():
    """A reader that knows an upright bar, which it takes for a 1, and nothing else."""
    reader = Recogniser(always(guess(1, 0.3)))

    def probabilities(images):
        upright = (images > 0.3).any(axis=2).sum(axis=1) > 1.5 * (images > 0.3).any(axis=1).sum(axis=1)
        sure = np.where(upright, 0.99, 0.3)[:, None]
        rest = np.repeat((1 - sure) / 9, 10, axis=1).astype(np.float32)
        rest[:, 1] = sure[:, 0]
        return rest

    reader.probabilities = probabilities
    return reader


@pytest.mark.parametrize("turns", [0, 1, 2, 3])
def test_sheet_on_its_side(turns):
    """A sheet of three digits that lies on its side is said to do so; one that stands upright is read."""
    sheet = np.full((200, 400), 255, np.uint8)
    for left in (60, 180, 300):
        sheet[40:160, left : left + 24] = 0
    found = reader_of_upright_bars().recognise(np.rot90(sheet, turns))
    assert (ON_ITS_SIDE in found.notes) == (turns in (1, 3))
    assert found.text == ("" if turns in (1, 3) else "111")


def test_two_digits_are_named_where_both_are_likely():
    """A shape between 8 and 1 is said to be one of them, the likelier one first."""
    reader = Recogniser(always(guess(8, 0.48)))
    between = np.full((1, 10), 0.01, np.float32)
    between[0, [8, 1]] = 0.48, 0.44
    reader.probabilities = lambda images: np.repeat(between, len(images), axis=0)
    assert reader.recognise(draw_digit(3)).reason == "Not sure: it may be 8 (48%) or 1 (44%). Try a larger or clearer digit."


def test_page_of_text():
    """Many shapes that are like no digit are called a page of text, with what to do."""
    sheet = np.full((400, 600), 255, np.uint8)
    for number in range(24):
        row, column = divmod(number, 6)
        cv2.ellipse(sheet, (60 + 90 * column, 60 + 90 * row), (30, 12), 0, 0, 360, 0, 8)
    found = reader_of_upright_bars().recognise(sheet)
    assert found.notes == (PAGE_OF_TEXT,)
    assert found.text == ""


def test_each_digit_is_held_back_on_its_own():
    """In a number, a shape that is like no digit is a question mark; the sure digits stand."""
    sheet = np.full((200, 400), 255, np.uint8)
    sheet[40:160, 60:84] = 0
    cv2.ellipse(sheet, (190, 100), (50, 20), 0, 0, 360, 0, 10)
    sheet[40:160, 300:324] = 0
    found = reader_of_upright_bars().recognise(sheet)
    assert found.text == "1?1"
    assert [digit.digit for digit in found.digits] == [1, None, 1]
    assert [digit.best_guess for digit in found.digits] == [1, 1, 1]


@pytest.mark.parametrize("threshold", [0.2, 0.995])
def test_another_threshold(threshold):
    """Whoever calls may choose from which confidence on a digit is named."""
    sheet = np.full((200, 100), 255, np.uint8)
    sheet[40:160, 40:64] = 0
    found = reader_of_upright_bars().recognise(sheet, threshold=threshold)
    assert found.digit == (1 if threshold < 0.99 else None)


# Boxes.


@pytest.mark.parametrize("side", [150, 400, 1000, 2000])
def test_boxes_are_in_the_pictures_own_pixels(side):
    """A digit's box lies around its ink in the picture as it was given, however large that is."""
    sheet = Image.new("RGB", (2 * side, side), "white")
    sheet.paste(draw_digit(4, side // 2), (side // 8, side // 4))
    sheet.paste(draw_digit(2, side // 2), (side + side // 4, side // 3))
    found = recognise(sheet)
    assert found.text == "42"
    ink = np.asarray(sheet.convert("L")) < 128
    tolerance = 2 + 2 * side * 2 / 256  # two pixels of the working picture
    for digit, columns in zip(found.digits, (slice(0, side), slice(side, None)), strict=True):
        part = np.zeros_like(ink)
        part[:, columns] = ink[:, columns]
        rows, across = np.flatnonzero(part.any(axis=1)), np.flatnonzero(part.any(axis=0))
        box = digit.box
        expected = (across[0], rows[0], across[-1] + 1, rows[-1] + 1)
        assert (box.left, box.top, box.right, box.bottom) == pytest.approx(expected, abs=tolerance)


@pytest.mark.parametrize("shape", [(301, 1999), (1030, 517), (2047, 1025), (3001, 2999)])
def test_boxes_stay_inside(shape):
    """A box never leaves the picture, also where the picture's size is no multiple of anything."""
    picture = np.full(shape, 255, np.uint8)
    picture[shape[0] // 3 :, shape[1] * 3 // 4 :] = 0
    for digit in recognise(picture).digits:
        assert 0 <= digit.box.left < digit.box.right <= shape[1]
        assert 0 <= digit.box.top < digit.box.bottom <= shape[0]


# Abstaining.


@pytest.mark.parametrize(
    ("confidence", "answer"), [(registry.USUAL_THRESHOLD - 0.01, None), (registry.USUAL_THRESHOLD + 0.01, 6)]
)
def test_abstaining(confidence, answer):
    """Below the least confidence no digit is named, and the reason gives the best guess and its probability."""
    found = Recogniser(always(guess(6, confidence))).recognise(draw_digit(3))
    assert found.digit == answer
    assert found.confidence == pytest.approx(confidence, abs=1e-4)
    assert found.probabilities.argmax() == 6
    if answer is None:
        assert found.text == ""
        assert found.reason == "This does not look like a digit: the best guess is 6, at 49%. Try a larger or clearer digit."
    else:
        assert found.text == "6"
        assert found.reason is None


# Models.


def test_named_model(models_dir):
    """The model that was named answers."""
    for digit in (2, 9):
        put(models_dir, f"always{digit}", always(guess(digit, 0.9)))
    assert recognise(draw_digit(5), "always2").digit == 2
    assert recognise(draw_digit(5), "always9").digit == 9


def test_default_model(models_dir):
    """Without a name the default model answers."""
    put(models_dir, "other", always(guess(1, 0.9)))
    put(models_dir, registry.DEFAULT_MODEL, always(guess(7, 0.9)))
    assert recognise(draw_digit(5)).digit == 7


def test_unknown_model(models_dir):
    """An unknown model is refused; the message lists the known ones."""
    put(models_dir, "known", always(guess(1, 0.9)))
    with pytest.raises(ModelError, match=re.escape(f"There is no model 'cnn_v9' in {models_dir}. The models are: known.")):
        recognise(draw_digit(5), "cnn_v9")


def test_model_is_loaded_once(models_dir):
    """A model is loaded at its first use and kept."""
    put(models_dir, "kept", always(guess(1, 0.9)))
    assert get_recogniser("kept") is get_recogniser("kept")


def test_changed_model_is_loaded_anew(models_dir):
    """A model whose file changes is loaded again at its next use."""
    path = put(models_dir, "mine", always(guess(1, 0.9)))
    assert recognise(draw_digit(5), "mine").digit == 1
    stat = path.stat()
    put(models_dir, "mine", always(guess(4, 0.9)))
    os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns + 1))
    assert recognise(draw_digit(5), "mine").digit == 4


def test_model_that_breaks(models_dir):
    """A model whose file is damaged after its first use is refused with the reason, and is good again once it is mended."""
    path = put(models_dir, "mine", always(guess(1, 0.9)))
    content = path.read_bytes()
    recognise(draw_digit(5), "mine")
    path.write_bytes(content[:500])
    with pytest.raises(ModelError, match="cut off"):
        recognise(draw_digit(5), "mine")
    path.write_bytes(content)
    assert recognise(draw_digit(5), "mine").digit == 1


# Threads.


def test_eight_threads():
    """Eight threads that read at once get the answers that one thread gets."""
    pictures = [draw_digits([i % 10, (i * 7) % 10]) for i in range(24)]
    alone = [recognise(picture) for picture in pictures]
    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(recognise, pictures * 3))
    for found, expected in zip(together, alone * 3, strict=True):
        assert found.text == expected.text
        assert np.allclose(found.probabilities, expected.probabilities, atol=1e-6)
        assert [digit.box for digit in found.digits] == [digit.box for digit in expected.digits]


def test_threads_share_one_load(models_dir, monkeypatch):
    """Eight threads that ask for a model at once load it once."""
    put(models_dir, "shared", always(guess(1, 0.9)))
    loads = []
    load = registry.load_model
    monkeypatch.setattr(registry, "load_model", lambda name: (loads.append(name), load(name))[1])
    start = threading.Barrier(8)

    def ask(_):
        start.wait()
        return get_recogniser("shared")

    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(ask, range(8)))) == 1
    assert loads == ["shared"]


# Errors.


def test_bad_pictures_are_errors_of_the_core():
    """A picture that cannot be used is an ``ImageError``, which every caller catches as ``DigitcoreError``."""
    with pytest.raises(ImageError):
        recognise(b"no picture")
    assert issubclass(ImageError, DigitcoreError)


def test_random_pictures_are_never_a_traceback():
    """Whatever the pixels are, there is an answer or a reason, and the image that the network saw is 28x28."""
    generator = np.random.default_rng(0)
    reader = recogniser.get_recogniser(registry.DEFAULT_MODEL)
    for _ in range(150):
        picture = np.full(generator.integers(8, 120, 2), generator.integers(256), np.float64)
        if generator.random() < 0.4:
            picture += generator.normal(0, generator.integers(1, 60), picture.shape)
        for _ in range(generator.integers(0, 6)):
            top, left = (generator.integers(0, side) for side in picture.shape)
            picture[top : top + generator.integers(1, 60), left : left + generator.integers(1, 60)] = generator.integers(256)
        found = reader.recognise(picture.clip(0, 255).astype(np.uint8))
        assert (found.digit is None) == bool(found.reason)
        assert (found.text == "") == all(digit.digit is None for digit in found.digits)
        if found.confidence:
            assert found.steps[-1].pixels.shape == (28, 28)


@pytest.mark.parametrize("pen_width", [8, 22, 30, 40])
def test_a_tap_of_the_pen_is_no_digit(pen_width):
    """One dot, even of the broadest pen, is called a dot."""
    drawing = Image.new("L", (340, 340), 255)
    ImageDraw.Draw(drawing).ellipse((150, 150, 150 + pen_width, 150 + pen_width), fill=0)
    found = recognise(drawing)
    assert found.digit is None
    assert "dot" in found.reason
