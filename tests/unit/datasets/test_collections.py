"""Named sets of labelled pictures."""

import pytest
from PIL import Image

from digitcore.datasets import collections, training_data
from digitcore.errors import ConfigError
from tests.pictures import as_file, draw_digit


@pytest.fixture(autouse=True)
def data(tmp_path, monkeypatch):
    """An empty folder of data."""
    monkeypatch.setenv("DIGITLAB_DATA", str(tmp_path))
    return tmp_path


def seven(side=100):
    """A 7, as a PNG."""
    return as_file(draw_digit(7, side))


def test_pictures_become_a_labelled_folder(data):
    """Kept pictures are a labelled folder, which training can use, and keep neither name nor size."""
    kept = collections.keep("mine", [("a.png", seven(), 7), ("b.jpg", as_file(draw_digit(3, 900), "JPEG"), 3)])
    assert (kept.added, kept.repeated, kept.refused) == (2, 0, ())
    assert training_data.labelled_folders() == [data / "mine"]
    (three,) = (data / "mine" / "3").iterdir()
    assert Image.open(three).size == (320, 320)
    assert collections.count("mine") == 2


def test_the_same_picture_is_kept_once():
    """A picture that is there already is counted, not kept again."""
    collections.keep("mine", [("a.png", seven(), 7)])
    assert collections.keep("mine", [("b.png", seven(), 7)]).repeated == 1
    assert collections.count("mine") == 1


def test_bad_pictures_are_refused_one_by_one():
    """Unreadable and blank pictures are refused with the reason, the good one among them is kept."""
    blank = as_file(Image.new("RGB", (50, 50), "white"))
    kept = collections.keep("mine", [("no.png", b"nothing", 1), ("blank.png", blank, 1), ("a.png", seven(), 7)])
    assert kept.added == 1
    assert kept.refused[0].startswith("no.png: This is not a PNG, JPEG or WebP picture")
    assert kept.refused[1].startswith("blank.png: ")


@pytest.mark.parametrize("name", ["", "../up", ".hidden", "a/b", "x" * 65, "mnist"])
def test_a_name_of_no_use(data, name):
    """A name that leads elsewhere, or belongs to other data, is refused and nothing is written."""
    (data / "mnist").mkdir()
    with pytest.raises(ConfigError, match="name"):
        collections.keep(name, [("a.png", seven(), 7)])
    assert [path for path in data.rglob("*") if path.is_file()] == []


@pytest.mark.parametrize("label", [-1, 10, None, "7"])
def test_a_label_that_is_no_digit(label):
    """A label that is not a digit is refused with what was given."""
    with pytest.raises(ConfigError, match=f"a.png is labelled {label!r}: give a digit from 0 to 9"):
        collections.keep("mine", [("a.png", seven(), label)])


def test_limits(monkeypatch):
    """There is an end to the pictures of a set and to the sets."""
    monkeypatch.setattr(collections, "MAX_PICTURES", 1)
    monkeypatch.setattr(collections, "MAX_SETS", 1)
    collections.keep("mine", [("a.png", seven(), 7)])
    with pytest.raises(ConfigError, match="mine holds 1 pictures; the limit is 1"):
        collections.keep("mine", [("b.png", seven(90), 7)])
    with pytest.raises(ConfigError, match="There are already 1 labelled folders"):
        collections.keep("yours", [("b.png", seven(90), 7)])
