"""Named sets of labelled pictures."""

import pytest
from PIL import Image

from digitcore.datasets import collections, training_data
from digitcore.errors import ConfigError, DataError
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
    with pytest.raises(ConfigError, match="The set would hold 2 pictures; the limit is 1"):
        collections.keep("mine", [("b.png", seven(90), 7)])
    with pytest.raises(ConfigError, match="There are already 1 labelled folders"):
        collections.keep("yours", [("b.png", seven(90), 7)])


# Changing a set.


def test_a_set_is_listed_with_its_pictures(data):
    """Sets made here are listed; folders that hold anything else, and the data folder itself, are not."""
    collections.keep("mine", [("a.png", seven(), 7)])
    (data / "theirs" / "3").mkdir(parents=True)
    (data / "theirs" / "3" / "scan.png").write_bytes(seven())
    assert collections.names() == ["mine"]
    assert [picture.label for picture in collections.pictures_of("mine")] == [7]


def test_another_label(data):
    """The picture moves; with the same picture there already, one is left."""
    collections.keep("mine", [("a.png", seven(), 7), ("b.png", seven(), 1)])
    wrong, right = sorted(collections.pictures_of("mine"), key=lambda picture: picture.label)
    collections.relabel("mine", wrong.name, 7)
    assert [picture.name for picture in collections.pictures_of("mine")] == [right.name]


@pytest.mark.parametrize("label", [-1, 10, None, "7"])
def test_another_label_that_is_no_digit(label):
    """It is refused, and the picture stays."""
    collections.keep("mine", [("a.png", seven(), 7)])
    (picture,) = collections.pictures_of("mine")
    with pytest.raises(ConfigError, match="give a digit from 0 to 9"):
        collections.relabel("mine", picture.name, label)
    assert collections.count("mine") == 1


def test_a_new_name(data):
    """All pictures are there under the new name, and nothing under the old one."""
    collections.keep("mine", [("a.png", seven(), 7)])
    collections.rename("mine", "ours")
    assert (collections.names(), collections.count("ours"), (data / "mine").exists()) == (["ours"], 1, False)


@pytest.mark.parametrize("new", ["yours", "mine", "mnist", "other"])
def test_a_new_name_that_is_taken(data, new):
    """The name of another set, of other data and the set's own are refused, and nothing changes."""
    (data / "other").mkdir()
    collections.keep("mine", [("a.png", seven(), 7)])
    collections.keep("yours", [("b.png", seven(90), 7)])
    with pytest.raises(ConfigError, match=f"The name '{new}' is taken"):
        collections.rename("mine", new)
    assert collections.names() == ["mine", "yours"]


def test_deletion(data):
    """The set is gone with its pictures; another one stays."""
    collections.keep("mine", [("a.png", seven(), 7)])
    collections.keep("yours", [("a.png", seven(), 7)])
    collections.delete("mine")
    assert collections.names() == ["yours"]
    assert [path.name for path in data.iterdir() if path.name.startswith(".") or path.name == "mine"] == []


def test_removing_pictures(data):
    """One picture goes at a time, and the set with its last one."""
    collections.keep("mine", [("a.png", seven(), 7), ("b.png", seven(90), 7)])
    one, other = collections.pictures_of("mine")
    collections.remove("mine", one.name)
    assert collections.pictures_of("mine") == [other]
    collections.remove("mine", other.name)
    assert (collections.names(), (data / "mine").exists()) == ([], False)


@pytest.mark.parametrize("name", ["", "..", "../up", ".", "a/b", ".hidden", "nothing", "theirs", "linked", None])
def test_sets_that_were_not_made_here(data, tmp_path_factory, name):
    """Names that lead elsewhere, and folders with other files, are neither renamed nor deleted nor changed."""
    (data / "theirs" / "3").mkdir(parents=True)
    (data / "theirs" / "3" / "scan.png").write_bytes(seven())
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    (elsewhere / "3").mkdir()
    (data / "linked").symlink_to(elsewhere)
    before = sorted(data.rglob("*"))
    for attempt in (
        lambda: collections.delete(name),
        lambda: collections.rename(name, "new"),
        lambda: collections.remove(name, "3/scan.png"),
        lambda: collections.pictures_of(name),
    ):
        with pytest.raises(ConfigError):
            attempt()
    assert sorted(data.rglob("*")) == before
    assert elsewhere.is_dir()


@pytest.mark.parametrize("new", ["", "../up", "a/b", ".hidden", None, "x" * 65])
def test_a_new_name_of_no_use(data, new):
    """A name that leads elsewhere is refused, and the set keeps its own."""
    collections.keep("mine", [("a.png", seven(), 7)])
    with pytest.raises(ConfigError, match="name"):
        collections.rename("mine", new)
    assert collections.names() == ["mine"]


@pytest.mark.parametrize("picture", ["../yours/7/x.png", "/etc/passwd", "", None, "7/0123456789abcdef.png", "7"])
def test_pictures_that_are_not_in_the_set(data, picture):
    """A path that leads elsewhere, or to nothing, removes nothing."""
    collections.keep("mine", [("a.png", seven(), 7)])
    before = sorted(data.rglob("*"))
    with pytest.raises(ConfigError, match="no longer in the set"):
        collections.remove("mine", picture)
    with pytest.raises(ConfigError, match="no longer in the set"):
        collections.relabel("mine", picture, 3)
    assert sorted(data.rglob("*")) == before


def test_a_full_disk(monkeypatch):
    """A picture that cannot be written is an error that names it."""

    def full(path):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(collections.files, "replacing", full)
    with pytest.raises(DataError, match=r"a\.png cannot be saved: .*No space left"):
        collections.keep("mine", [("a.png", seven(), 7)])
