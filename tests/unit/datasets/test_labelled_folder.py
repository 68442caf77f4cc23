"""The one reader of folders of pictures, and its one rule for labels."""

import os

import numpy as np
import pytest

from digitcore.datasets.labelled_folder import (
    fingerprint,
    is_passed_over,
    label_of,
    labelled_pictures,
    labels_of,
    read_picture,
    wrong_label,
)
from digitcore.errors import ImageError
from tests.pictures import draw_digit


def touch(folder, *names, content=b"x"):
    """Files of these names, with folders for them."""
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)


def names_in(folder):
    return [picture.name for picture in labelled_pictures(folder)]


# Labels.


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("3/x.png", 3),
        ("3_x.png", 3),
        ("a/7_b_c.png", 7),
        ("4/7_b.png", 4),
        ("3/mine/x.png", 3),
        ("3/mine/7_x.png", 3),
        ("3/5/x.png", 5),
        ("mine/3/x.png", 3),
        ("12/3_x.png", 3),
        ("3/12/x.png", 3),
        ("0/x.png", 0),
        ("x.png", -1),
        ("3.png", 3),
        ("mine/3.jpg", 3),
        ("3-x.png", 3),
        ("3 (2).png", 3),
        ("7_2.jpg", 7),
        ("label-7.png", 7),
        ("Label_7_b.png", 7),
        ("digit7.png", 7),
        ("3x.png", -1),
        ("33.png", -1),
        ("label-33.png", -1),
        ("33_x.png", -1),
        ("_3.png", -1),
        ("12/x.png", -1),
        ("07/x.png", -1),
        ("-1/x.png", -1),
        ("seven/x.png", -1),
        ("3 /x.png", -1),
        ("²/x.png", -1),
        ("٣/x.png", -1),
        ("３/x.png", -1),
        ("３_x.png", -1),
        ("mine/x.png", -1),
    ],
)
def test_label(name, label):
    """The nearest folder named by one ASCII digit counts first, then the digit at the beginning of the file's name."""
    assert label_of(name) == label


def test_bare_numbers_that_count():
    """Files called 1 to 12 are counted, not labelled; other names, and other folders, keep their labels."""
    assert labels_of(["1.png", "2.jpg", "12.png", "3_x.png", "a/2.png"]) == [-1, -1, -1, 3, 2]
    assert labels_of(["7/0.png", "7/12.png", "seven/1.png", "seven/3_x.png", "2.png"]) == [7, 7, -1, 3, -1]
    assert labels_of(["0.png", "1.png", "9.png"]) == [0, 1, 9]
    assert labels_of([]) == []


def test_a_folder_of_counted_pictures(tmp_path):
    """The rule holds for folders on disk as well."""
    touch(tmp_path, "1.png", "12.png", "mine/3.png")
    assert [(picture.name, picture.label) for picture in labelled_pictures(tmp_path)] == [
        *(("1.png", -1), ("12.png", -1)),
        ("mine/3.png", 3),
    ]


@pytest.mark.parametrize(
    ("name", "text"),
    [("12/x.png", "12"), ("12_x.png", "12"), ("07/x.png", "07"), ("3/12_x.png", None), ("x.png", None), ("٣٣/x.png", None)],
)
def test_wrong_label(name, text):
    """A number that is not a digit, in a label's place, is given as it is written; a right label leaves nothing to say."""
    assert wrong_label(name) == text


# Reading.


def test_nothing_to_read(tmp_path):
    """A folder that is empty, or not there, holds no pictures."""
    assert labelled_pictures(tmp_path) == labelled_pictures(tmp_path / "none") == []


def test_pictures_at_any_depth(tmp_path):
    """Pictures are found at any depth, sorted, each with its path, its name and its label."""
    touch(tmp_path, "x.PNG", "3/b.jpeg", "3/a.webp", "mine/set/7/deep/c.jpg", "notes.txt", "3/x.gif")
    pictures = labelled_pictures(tmp_path)
    assert [(picture.name, picture.label) for picture in pictures] == [
        ("3/a.webp", 3),
        ("3/b.jpeg", 3),
        ("mine/set/7/deep/c.jpg", 7),
        ("x.PNG", -1),
    ]
    assert all(picture.path == tmp_path / picture.name for picture in pictures)


@pytest.mark.parametrize(
    "name",
    ["3/Thumbs.db", ".DS_Store", "3/.DS_Store", "__MACOSX/3/x.png", "__MACOSX/3/._x.png", "3/._x.png", ".hidden/3/x.png"],
)
def test_what_systems_leave_beside_pictures(tmp_path, name):
    """What Windows and macOS leave beside pictures, and what is hidden, is passed over."""
    touch(tmp_path, "3/x.png", name)
    assert names_in(tmp_path) == ["3/x.png"]


def test_passed_over_names():
    """The same rule applies to names alone, such as those of an uploaded folder."""
    assert [is_passed_over(name) for name in ("a/3/x.png", "a/.b/x.png", "__MACOSX/x.png", "a/._x.png", "MACOSX/x.png")] == [
        *(False, True, True),
        *(True, False),
    ]


def test_other_suffixes(tmp_path):
    """Other kinds of files are listed on request."""
    touch(tmp_path, "3/x.gif", "3/y.png")
    assert [picture.name for picture in labelled_pictures(tmp_path, suffixes=(".gif",))] == ["3/x.gif"]


def test_things_with_a_pictures_name(tmp_path):
    """A folder, a pipe or a broken link that is called like a picture is none."""
    touch(tmp_path, "3/x.png", "3/old.png/7/y.png")
    os.mkfifo(tmp_path / "3" / "pipe.png")
    (tmp_path / "3" / "broken.png").symlink_to(tmp_path / "gone.png")
    assert names_in(tmp_path) == ["3/old.png/7/y.png", "3/x.png"]


def test_links_to_folders(tmp_path):
    """A link to a folder is followed, and one in a circle ends."""
    touch(tmp_path, "elsewhere/x.png", "set/4/y.png")
    (tmp_path / "set" / "3").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "set" / "4" / "round").symlink_to(tmp_path / "set")
    assert names_in(tmp_path / "set") == ["3/x.png", "4/y.png"]


# Changes.


def add(folder):
    touch(folder, "deep/down/3/new.png")


def remove(folder):
    (folder / "deep/down/3/x.png").unlink()


def rename(folder):
    (folder / "deep/down/3/x.png").rename(folder / "deep/down/3/y.png")


def move(folder):
    (folder / "deep/down/4").mkdir()
    (folder / "deep/down/3/x.png").rename(folder / "deep/down/4/x.png")


def enlarge(folder):
    path = folder / "deep/down/3/x.png"
    status = path.stat()
    path.write_bytes(b"more")
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))


def rewrite(folder):
    path = folder / "deep/down/3/x.png"
    os.utime(path, ns=(path.stat().st_atime_ns, path.stat().st_mtime_ns + 1))


@pytest.mark.parametrize("change", [add, remove, rename, move, enlarge, rewrite])
def test_a_change_is_noticed(tmp_path, change):
    """Whatever changes in a nested folder, the fingerprint is another one."""
    touch(tmp_path, "1/a.png", "deep/down/3/x.png")
    before = fingerprint(tmp_path)
    assert fingerprint(tmp_path) == before
    change(tmp_path)
    assert fingerprint(tmp_path) != before


def test_a_file_that_is_no_picture_changes_nothing(tmp_path):
    """A file that is not read leaves the fingerprint as it is."""
    touch(tmp_path, "1/a.png")
    before = fingerprint(tmp_path)
    touch(tmp_path, "1/Thumbs.db", "1/._a.png")
    assert fingerprint(tmp_path) == before


def test_a_picture_is_read(tmp_path):
    """The image is like MNIST's, and the content is the file's."""
    (tmp_path / "3").mkdir()
    draw_digit(3).save(tmp_path / "3" / "x.png")
    (picture,) = labelled_pictures(tmp_path)
    image, content = read_picture(picture)
    assert (image.dtype, image.shape) == (np.uint8, (28, 28))
    assert image.max() > 200
    assert content == picture.path.read_bytes()


def test_a_picture_that_cannot_be_read(tmp_path):
    """The sentence names the picture, also where its file has just been removed."""
    touch(tmp_path, "3/x.png")
    (picture,) = labelled_pictures(tmp_path)
    with pytest.raises(ImageError, match=r"^3/x\.png: This is not a PNG"):
        read_picture(picture)
    picture.path.unlink()
    with pytest.raises(ImageError, match=r"^3/x\.png cannot be read: No such file or directory\.$"):
        read_picture(picture)
