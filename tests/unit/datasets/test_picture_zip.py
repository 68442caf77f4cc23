"""Pictures in a zip: what is read, what is skipped, what is refused."""

import io
import stat
import zipfile

import pytest

from digitcore.datasets import picture_zip
from digitcore.datasets.picture_zip import read_zip
from digitcore.errors import DataError
from tests.pictures import as_file, draw_digit

SEVEN = as_file(draw_digit(7))


def zipped(*files, compression=zipfile.ZIP_DEFLATED):
    """A zip of these (name or ZipInfo, content)."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", compression) as archive:
        for name, content in files:
            archive.writestr(name, content)
    return file.getvalue()


def test_pictures_at_any_depth():
    """Pictures are read with their paths, which label them; other files and what macOS leaves are skipped."""
    junk = [("__MACOSX/3/._a.png", b"x"), (".hidden/b.png", b"x"), ("3/.DS_Store", b"x"), ("notes.txt", b"x"), ("3/", b"")]
    read = read_zip(zipped(("3/a.png", SEVEN), ("set/7/B.JPG", b"not a picture, but read"), *junk))
    assert read.pictures == (("3/a.png", SEVEN), ("set/7/B.JPG", b"not a picture, but read"))
    assert read.refused == ()


@pytest.mark.parametrize("name", ["../a.png", "x/../../a.png", "/etc/a.png"])
def test_paths_that_lead_out(name):
    """Such a file is refused, and the others are read."""
    read = read_zip(zipped((name, SEVEN), ("b.png", SEVEN)))
    assert read.pictures == (("b.png", SEVEN),)
    assert read.refused == (f"{name}: the path leads out of the zip.",)


def test_links():
    """A link is refused; its target is not looked at."""
    link = zipfile.ZipInfo("link.png")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    read = read_zip(zipped((link, "/etc/passwd"), ("b.png", SEVEN)))
    assert [name for name, _ in read.pictures] == ["b.png"]
    assert read.refused == ("link.png: this is a link, not a picture.",)


def test_a_bomb():
    """A file that would unpack to far more than it takes is refused without unpacking it."""
    read = read_zip(zipped(("bomb.png", bytes(4 * 2**20)), ("b.png", SEVEN)))
    assert read.refused == ("bomb.png: the file is compressed more than 100 times, as no picture is.",)


def test_a_file_that_is_too_large():
    """It is refused with its size."""
    read = read_zip(zipped(("big.png", bytes(12 * 2**20)), ("b.png", SEVEN)))
    assert read.refused == ("big.png: the file is 12.0 MB; the limit is 10 MB.",)


def test_an_encrypted_file():
    """It is refused, and nobody is asked for a password."""
    content = bytearray(zipped(("a.png", SEVEN), ("b.png", SEVEN)))
    content[content.index(b"PK\x01\x02") + 8] |= 1
    assert read_zip(bytes(content)).refused == ("a.png: the file is encrypted.",)


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_two_files_of_one_name():
    """The first is read."""
    read = read_zip(zipped(("a.png", SEVEN), ("a.png", b"another")))
    assert read.pictures == (("a.png", SEVEN),)
    assert read.refused == ("a.png: there are two files of this name.",)


@pytest.mark.parametrize("content", [b"", b"nothing", zipped(("a.png", SEVEN))[:-30], SEVEN])
def test_what_is_not_a_zip(content):
    """It is one sentence."""
    with pytest.raises(DataError, match="not a zip, or it is damaged"):
        read_zip(content)


def test_damage_inside():
    """A file whose checksum is wrong is noticed."""
    content = bytearray(zipped(("a.png", SEVEN), compression=zipfile.ZIP_STORED))
    content[content.index(SEVEN) + 50] ^= 0xFF
    with pytest.raises(DataError, match="damaged"):
        read_zip(bytes(content))


def test_no_pictures():
    """A zip without pictures says so."""
    with pytest.raises(DataError, match="holds no PNG, JPEG or WebP pictures"):
        read_zip(zipped(("notes.txt", b"x")))


@pytest.mark.parametrize(
    ("limit", "value", "words"),
    [
        ("MAX_ENTRIES", 1, "holds 2 files; the limit is 1"),
        ("MAX_PICTURES", 1, "holds 2 pictures; the limit is 1"),
        ("MAX_TOTAL_BYTES", 1000, "MB; the limit is 0 MB"),
    ],
)
def test_limits(monkeypatch, limit, value, words):
    """A zip that holds too much is refused with the number and the limit."""
    monkeypatch.setattr(picture_zip, limit, value)
    with pytest.raises(DataError, match=words):
        read_zip(zipped(("a.png", SEVEN), ("b.png", SEVEN)))
