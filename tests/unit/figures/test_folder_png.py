"""The picture of a folder's report: its marks, and that nothing on it collides."""

import io

import numpy as np
import pytest
from PIL import Image, ImageDraw

from digitcore.evaluation.folder_report import FolderPicture, Prediction, Problem, Total
from digitcore.figures import folder_png
from tests.folder_reports import made


def colours(image: Image.Image) -> set:
    return {"#{:02x}{:02x}{:02x}".format(*colour) for _, colour in image.getcolors(2**20)}


MARKS = [folder_png._tick, folder_png._cross, folder_png._dash, folder_png._dot]


@pytest.mark.parametrize(
    ("label", "digit", "mark"),
    [(3, 3, MARKS[0]), (3, 4, MARKS[1]), (3, None, MARKS[2]), (None, None, MARKS[2]), (None, 4, MARKS[3])],
)
def test_marks(label, digit, mark):
    """Right, wrong, abstained and unlabelled each have their mark."""
    picture = FolderPicture(name="x", label=label, thumbnail=np.zeros((28, 28), np.uint8))
    assert folder_png._verdict(picture, Prediction(digit=digit, confidence=0.5))[0] is mark


def test_several_digits_are_drawn_as_they_are_read(monkeypatch):
    """A picture that is read as 701 has "701" on it, and a cross; a long number is shortened, and collides with nothing."""
    picture = FolderPicture(name="x", label=0, thumbnail=np.zeros((28, 28), np.uint8))
    several = Prediction(digit=None, confidence=1, several="701")
    assert folder_png._verdict(picture, several)[0] is folder_png._cross
    report = made([0, 0], {"m" * 40: [(0, 1.0), (0, 1.0)]})
    report.predictions["m" * 40] = (several, Prediction(digit=None, confidence=1, several="1234567890"))
    boxes, _ = drawn(monkeypatch, report)
    texts = [text for text, _ in boxes]
    assert "701" in texts
    assert any(text.startswith("12") and text.endswith("90") for text in texts)
    assert overlapping(boxes) == []


def test_marks_differ_in_shape():
    """The four marks differ also where all are of one colour."""
    shapes = set()
    for mark in MARKS:
        canvas = Image.new("L", (20, 20), 255)
        mark(ImageDraw.Draw(canvas), (4, 4), 0)
        shapes.add(canvas.tobytes())
    assert len(shapes) == 4


def test_picture_shows_right_and_wrong():
    """A right and a wrong answer are both on the picture, in their colours."""
    image = folder_png.draw(made([3], {"a": [(3, 0.9)], "b": [(4, 0.9)]}))
    assert {folder_png.RIGHT, folder_png.WRONG} <= colours(image)


@pytest.mark.parametrize(("pictures", "models"), [(1, 1), (200, 10)])
def test_picture_size(pictures, models):
    """One picture and one model fit, and so do 200 and 10, in a picture that viewers still open."""
    image = folder_png.draw(made([1] * pictures, {f"model {i}": [(1, 0.99)] * pictures for i in range(models)}))
    assert 300 < image.width < 2000
    assert image.height < 12_000
    bottom = np.asarray(image.convert("L"))[-folder_png.MARGIN + 1 :]
    assert (bottom == 255).all()  # nothing is cut off


def test_picture_is_capped_and_says_so():
    """More pictures and models than can be looked at are not drawn; lines say so, and what was left out is named."""
    few = made([1] * 200, {f"m{i}": [(1, 0.9)] * 200 for i in range(12)})
    many = made([1] * 300, {f"m{i}": [(1, 0.9)] * 300 for i in range(20)}, problems=[Problem(name="bad.png", reason="")])
    remarks = folder_png._remarks(many)
    assert [remark.split(" of ")[0] for remark in remarks[:2]] == ["Shown: the first 200", "Shown: the first 12"]
    assert remarks[2] == "Left out: bad.png."
    assert folder_png.draw(many).height == folder_png.draw(few).height + 3 * folder_png.ROW


@pytest.mark.parametrize("text", ["short", "a" * 300, "one/very/long/path/to/picture.png", "two\nlines", ""])
def test_long_names_are_shortened_in_the_middle(text):
    """A name fits its width, on one line, and keeps both ends."""
    fitted = folder_png._fit(text, 150)
    assert folder_png.FONT.getlength(fitted) <= 150
    assert "\n" not in fitted
    assert (fitted[:1], fitted[-1:]) == (text[:1], text[-1:])


def test_png():
    """The file is a PNG of the picture."""
    result = made([3], {"a": [(3, 0.9)]})
    image = Image.open(io.BytesIO(folder_png.to_png(result)))
    assert image.format == "PNG"
    assert image.size == folder_png.draw(result).size


# The layout.


class Pen:
    """Draws as usual, and notes the box of every text."""

    def __init__(self, pen):
        self.pen, self.boxes = pen, []

    def __getattr__(self, name):
        return getattr(self.pen, name)

    def text(self, corner, text, fill, font, anchor="la"):
        self.boxes.append((text, self.pen.textbbox(corner, text, font=font, anchor=anchor)))
        self.pen.text(corner, text, fill, font, anchor=anchor)


def overlapping(boxes):
    """The pairs of texts whose boxes overlap."""
    return [
        (one, other)
        for number, (one, a) in enumerate(boxes)
        for other, b in boxes[:number]
        if a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]
    ]


def drawn(monkeypatch, report):
    """The box of every text of a report's picture, and the picture."""
    pens, original = [], ImageDraw.Draw

    def draw_and_note(image):
        pens.append(Pen(original(image)))
        return pens[-1]

    monkeypatch.setattr(folder_png.ImageDraw, "Draw", draw_and_note)
    image = folder_png.draw(report)
    return pens[0].boxes, image


@pytest.mark.parametrize("length", [40, 64, 300])
@pytest.mark.parametrize("pictures", [1, 9])
def test_no_texts_overlap(monkeypatch, length, pictures):
    """Long names, >99.9% and five-digit counts do not run into each other, nor over the picture's edge."""
    names = ["m" * length, "W" * length, "x"]
    report = made([1] * pictures, {name: [(1, 1.0)] * pictures for name in names}, name="n" * length)
    report.totals.update({name: Total(right=12_345, labelled=12_345, abstained=12_345) for name in names})
    boxes, image = drawn(monkeypatch, report)
    assert any(text == "12,345 of 12,345, 100.0%" for text, _ in boxes)
    assert sum(text == ">99.9%" for text, _ in boxes) == 3 * pictures
    assert overlapping(boxes) == []
    assert all(box[0] >= 0 and box[2] <= image.width and box[3] <= image.height for _, box in boxes)


def test_overlaps_are_found():
    """The test of the layout sees two texts that collide."""
    assert overlapping([("a", (0, 0, 10, 10)), ("b", (5, 5, 15, 15)), ("c", (20, 0, 30, 10))]) == [("b", "a")]
