"""Every model on every picture of a folder: labels, answers, totals, CSV and picture."""

import csv
import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw

from digitcore.errors import DataError, ModelError
from digitcore.evaluation.folder_report import read_folder, read_pictures
from digitcore.evaluation.folder_results import Answer, FolderPicture, FolderTest, Problem, Total, is_right, to_csv
from digitcore.figures import folder_png
from digitcore.networks import registry
from digitcore.networks.recogniser import recognise
from tests.pictures import as_file, draw_digit

#: Keras with NumPy 2, at every weight that it reads.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")

MODELS = ["cnn_v2", "lenet"]


def put(folder: Path, name: str, digit: int) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(as_file(draw_digit(digit)))
    return path


def made(labels, answers, *, problems=(), side=28):
    """A result of these labels and each model's (digit, confidence)."""
    pictures = tuple(
        FolderPicture(name=f"{i}.png", label=label, thumbnail=np.full((side, side), 200, np.uint8))
        for i, label in enumerate(labels)
    )
    found = {model: tuple(Answer(digit=d, confidence=c) for d, c in pairs) for model, pairs in answers.items()}
    totals = {model: Total(right=0, labelled=len(labels), abstained=0) for model in answers}
    return FolderTest(
        folder="made", pictures=pictures, models=tuple(answers), answers=found, totals=totals, problems=tuple(problems)
    )


@pytest.mark.parametrize(
    ("name", "label", "remark"),
    [
        ("3/x.png", 3, None),
        ("3_x.png", 3, None),
        ("deep/3/x.png", 3, None),
        ("seven/3_x.png", 3, None),
        ("x.png", None, None),
        ("x_3.png", None, None),
        ("12_x.png", None, "12_x.png: 12 is no digit from 0 to 9"),
        ("seven/x.png", None, "seven/: the name is no digit from 0 to 9"),
    ],
)
def test_labels(name, label, remark):
    """A folder or the name's beginning is the label; what stands there and is no digit is remarked on, and the picture read."""
    result = read_pictures([(name, draw_digit(3)), ("4_other.png", draw_digit(4))], ["lenet"])
    assert [picture.label for picture in result.pictures] == [label, 4]
    assert [note[: len(remark or "")] for note in result.notes] == ([remark] if remark else [])


def test_a_folder_that_holds_everything_is_no_label():
    """The folder that was uploaded needs no digit for a name."""
    result = read_pictures([("mine/x.png", draw_digit(3)), ("mine/4/y.png", draw_digit(4))], ["lenet"])
    assert [picture.label for picture in result.pictures] == [None, 4]
    assert result.notes == ()


def test_answers_are_those_of_recognise(tmp_path):
    """Preparing a picture once for all models gives the answers that each gives alone."""
    files = [put(tmp_path, name, digit) for name, digit in (("3/a.png", 3), ("5_b.png", 5))]
    result = read_folder(tmp_path, MODELS)
    assert result.models == tuple(MODELS)
    for model in MODELS:
        alone = [recognise(file, model) for file in files]
        assert [answer.digit for answer in result.answers[model]] == [found.digit for found in alone]
        confidences = [answer.confidence for answer in result.answers[model]]
        assert confidences == pytest.approx([found.confidence for found in alone])


def test_totals(tmp_path):
    """Of the labelled pictures the right ones count, an abstention is not right, and unlabelled ones do not count."""
    for name, digit in (("3_a.png", 3), ("4_b.png", 5), ("c.png", 6)):
        put(tmp_path, name, digit)
    (tmp_path / "7_blank.png").write_bytes(as_file(Image.new("RGB", (100, 100), "white")))
    result = read_folder(tmp_path, ["cnn_v2"])
    assert result.totals == {"cnn_v2": Total(right=1, labelled=3, abstained=1)}
    assert result.totals["cnn_v2"].share == pytest.approx(1 / 3)
    blank = result.answers["cnn_v2"][2]
    assert (blank.digit, blank.confidence) == (None, 0.0)
    assert "blank" in blank.reason


def test_no_labels():
    """Without labels there is no share, and nothing is right or wrong."""
    result = read_pictures([("a.png", draw_digit(3))], ["lenet"])
    assert result.totals["lenet"] == Total(right=0, labelled=0, abstained=0)
    assert result.totals["lenet"].share is None
    assert is_right(result.pictures[0], result.answers["lenet"][0]) is None


def test_unreadable_files_among_good_ones(tmp_path):
    """What cannot be read is left out, with its reason; the rest is read; hidden files and other kinds are passed over."""
    put(tmp_path, "good.png", 2)
    put(tmp_path, ".hidden/x.png", 2)
    put(tmp_path, "._good.png", 2)
    (tmp_path / "notes.txt").write_text("nothing to see")
    (tmp_path / "folder.png").mkdir()
    (tmp_path / "bad.png").write_bytes(b"nothing")
    (tmp_path / "empty.jpg").touch()
    (tmp_path / "old.gif").write_bytes(as_file(draw_digit(2), "GIF"))
    (tmp_path / "link.png").symlink_to(tmp_path / "nowhere.png")
    result = read_folder(tmp_path, ["lenet"])
    assert [picture.name for picture in result.pictures] == ["good.png"]
    reasons = {problem.name: problem.reason for problem in result.problems}
    assert set(reasons) == {"bad.png", "empty.jpg", "link.png", "old.gif"}
    assert "empty" in reasons["empty.jpg"]
    assert "not a PNG, JPEG or WebP" in reasons["old.gif"]


def test_no_folder(tmp_path):
    """A folder that is not there is named, with what was expected."""
    with pytest.raises(DataError, match=r"There is no folder .*nowhere.*3_x\.png"):
        read_folder(tmp_path / "nowhere")


def test_a_folder_without_pictures(tmp_path):
    """An empty folder is an error that says what was expected."""
    (tmp_path / "notes.txt").write_text("nothing to see")
    with pytest.raises(DataError, match="holds no pictures"):
        read_folder(tmp_path)


def test_no_readable_picture(tmp_path):
    """Where nothing can be read, the first reason is given."""
    (tmp_path / "bad.png").write_bytes(b"nothing")
    with pytest.raises(DataError, match=r"no picture that can be read\. bad\.png: This is not a PNG"):
        read_folder(tmp_path)


def test_no_pictures_at_all():
    """No upload at all is an error, not an empty table."""
    with pytest.raises(DataError, match="no picture"):
        read_pictures([])


def test_broken_and_ill_shaped_models(models_dir, small_model_file):
    """A broken model and one with another input are left out, each with its reason; the good one is tested."""
    import keras

    (models_dir / "good.keras").write_bytes(small_model_file)
    (models_dir / "cut.keras").write_bytes(small_model_file[:1000])
    keras.Sequential([keras.Input((14, 14, 1)), keras.layers.Flatten(), keras.layers.Dense(10)]).save(
        models_dir / "small.keras"
    )
    result = read_pictures([("3_a.png", draw_digit(3))])
    assert result.models == ("good",)
    reasons = {problem.name: problem.reason for problem in result.problems}
    assert "cut off" in reasons["cut"]
    assert "(None, 14, 14, 1)" in reasons["small"]


@pytest.mark.parametrize(("models", "expected"), [(None, "There are no models"), (["nobody"], "no model 'nobody'")])
def test_no_model(models_dir, models, expected):
    """Without a model that works there is an error that says why."""
    with pytest.raises(ModelError, match=expected):
        read_pictures([("3_a.png", draw_digit(3))], models)


def test_progress():
    """Every picture counts once for its preparation and once for each model."""
    steps = []
    read_pictures([("a.png", draw_digit(3)), ("b.png", b"")], ["lenet"], progress=lambda *step: steps.append(step))
    assert steps == [(1, 4), (2, 4), (3, 4)]


def test_every_model_by_default():
    """Without names, all models in the folder are tested, the default first."""
    assert read_pictures([("a.png", draw_digit(3))]).models == tuple(entry.name for entry in registry.list_models())


def test_thumbnails_are_small():
    """A large picture is kept as a small grey one, its aspect as it was."""
    drawing = Image.new("RGB", (400, 200), "white")
    drawing.paste(draw_digit(3), (100, 0))
    (picture,) = read_pictures([("a.png", drawing)], ["lenet"]).pictures
    assert (picture.thumbnail.dtype, picture.thumbnail.shape) == (np.uint8, (48, 96))


# CSV.


def test_csv():
    """One line for each picture and model, in words that a spreadsheet reads back; names with commas and quotes survive."""
    result = made([3, None], {'odd, "name"': [(3, 0.9), (None, 0.25)], "b": [(4, 1.0), (5, 0.5)]})
    rows = list(csv.DictReader(io.StringIO(to_csv(result))))
    assert [row["model"] for row in rows] == ['odd, "name"', "b"] * 2
    assert [row["right"] for row in rows] == ["yes", "no", "", ""]
    assert [row["digit"] for row in rows] == ["3", "4", "", "5"]
    assert [row["label"] for row in rows] == ["3", "3", "", ""]
    assert rows[0]["confidence"] == "0.900000"


# The picture.


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
    assert folder_png._verdict(picture, Answer(digit=digit, confidence=0.5))[0] is mark


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
