"""Every model reads every picture of a folder: labels, predictions, totals."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from digitcore.errors import DataError, ModelError
from digitcore.evaluation.folder_report import Total, is_right
from digitcore.evaluation.read_folder import read_folder, read_pictures
from digitcore.networks import registry
from digitcore.networks.recogniser import MAX_LOADED, get_recogniser, recognise
from tests.pictures import as_file, draw_digit, draw_digits

#: Keras with NumPy 2, at every weight that it reads.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")

MODELS = ["cnn_v2", "lenet"]


def put(folder: Path, name: str, digit: int) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(as_file(draw_digit(digit)))
    return path


@pytest.mark.parametrize(
    ("name", "label", "remark"),
    [
        ("3/x.png", 3, None),
        ("3_x.png", 3, None),
        ("deep/3/x.png", 3, None),
        ("seven/3_x.png", 3, None),
        ("3.jpg", 3, None),
        ("label-3.png", 3, None),
        ("x.png", None, None),
        ("x_3.png", None, None),
        ("12_x.png", None, "12_x.png: 12 is not a digit from 0 to 9"),
        ("seven/x.png", None, "seven/: the name is not a digit from 0 to 9"),
    ],
)
def test_labels(name, label, remark):
    """A folder or the name's beginning is the label; what is not a digit there is remarked on, and the picture read."""
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
        assert [prediction.digit for prediction in result.predictions[model]] == [found.digit for found in alone]
        confidences = [prediction.confidence for prediction in result.predictions[model]]
        assert confidences == pytest.approx([found.confidence for found in alone])


def test_totals(tmp_path):
    """Of the labelled pictures the right ones count, an abstention is not right, and unlabelled ones do not count."""
    for name, digit in (("3_a.png", 3), ("4_b.png", 5), ("c.png", 6)):
        put(tmp_path, name, digit)
    (tmp_path / "7_blank.png").write_bytes(as_file(Image.new("RGB", (100, 100), "white")))
    result = read_folder(tmp_path, ["cnn_v2"])
    assert result.totals == {"cnn_v2": Total(right=1, labelled=3, abstained=1)}
    assert result.totals["cnn_v2"].share == pytest.approx(1 / 3)
    blank = result.predictions["cnn_v2"][2]
    assert (blank.digit, blank.confidence) == (None, 0.0)
    assert "blank" in blank.reason


@pytest.mark.parametrize("name", ["0_a.png", "7.png", "1/a.png"])
def test_several_digits_are_reported_as_they_are_read(name):
    """A picture that Recognise reads as 701 is 701 here, right neither for 0 nor for 7, and no abstention."""
    picture = draw_digits([7, 0, 1])
    assert recognise(picture, "cnn_v2").text == "701"
    result = read_pictures([(name, picture)], ["cnn_v2"])
    (prediction,) = result.predictions["cnn_v2"]
    assert (prediction.digit, prediction.several, prediction.text) == (None, "701", "701")
    assert prediction.reason == "Reads 701, which is 3 digits; the picture should show one."
    assert result.totals["cnn_v2"] == Total(right=0, labelled=1, abstained=0, several=1)


def test_no_labels():
    """Without labels there is no share, and nothing is right or wrong."""
    result = read_pictures([("a.png", draw_digit(3))], ["lenet"])
    assert result.totals["lenet"] == Total(right=0, labelled=0, abstained=0)
    assert result.totals["lenet"].share is None
    assert is_right(result.pictures[0], result.predictions["lenet"][0]) is None


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
    result = read_folder(tmp_path, ["lenet"])
    assert [picture.name for picture in result.pictures] == ["good.png"]
    reasons = {problem.name: problem.reason for problem in result.problems}
    assert set(reasons) == {"bad.png", "empty.jpg", "old.gif"}
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


def test_reading_a_folder_leaves_the_visitors_models_loaded(models_dir, small_model_file):
    """Testing a folder with more models than are kept loaded does not evict the one that visitors draw with."""
    names = [f"m{number}" for number in range(MAX_LOADED + 1)]
    for name in ("drawn_with", *names):
        (models_dir / f"{name}.keras").write_bytes(small_model_file)
    recogniser = get_recogniser("drawn_with")
    read_pictures([("3_a.png", draw_digit(3))], names)
    assert get_recogniser("drawn_with") is recogniser
