"""A file is there whole or not at all."""

import hashlib
import json
import os
import stat

import pytest

from digitcore.files import check_writable, replacing, sha256_of, write_bytes, write_json


def files_in(folder):
    """The files of a folder, hidden ones too; the data folder of all unit tests lies beside them."""
    return [path for path in folder.iterdir() if path.is_file()]


def test_a_new_file_appears(tmp_path):
    """What was written to the temporary path is at the real one afterwards, and nothing else is left."""
    path = tmp_path / "deep" / "down" / "x.txt"
    with replacing(path) as temporary:
        temporary.write_text("new")
        assert not path.exists()
    assert path.read_text() == "new"
    assert files_in(path.parent) == [path]


def test_an_old_file_is_replaced(tmp_path):
    """A file that was there has the new content afterwards, and the old one until then."""
    path = tmp_path / "x.txt"
    path.write_text("old")
    with replacing(path) as temporary:
        temporary.write_text("new")
        assert path.read_text() == "old"
    assert path.read_text() == "new"


@pytest.mark.parametrize("error", [OSError("disk full"), ValueError(), KeyboardInterrupt()])
def test_a_failing_writer_leaves_the_old_file(tmp_path, error):
    """Where the writer fails, the old file stays, the half-written one goes, and the error is passed on."""
    path = tmp_path / "x.txt"
    path.write_text("old")
    with pytest.raises(type(error)), replacing(path) as temporary:  # noqa: PT012 - the writer fails on its way
        temporary.write_text("ne")
        raise error
    assert path.read_text() == "old"
    assert files_in(tmp_path) == [path]


def test_a_failing_writer_leaves_no_new_file(tmp_path):
    """Where the writer of a new file fails, nothing is left."""
    with pytest.raises(OSError, match="full"), replacing(tmp_path / "x.txt"):
        raise OSError("disk full")
    assert files_in(tmp_path) == []


def test_the_temporary_file_is_beside_and_keeps_its_suffix(tmp_path):
    """The temporary path is in the same folder, hidden, and ends like the real one."""
    with replacing(tmp_path / "model.keras") as temporary:
        assert temporary.parent == tmp_path
        assert temporary.name.startswith(".")
        assert temporary.suffix == ".keras"
        temporary.write_bytes(b"x")


def test_synced_before_moved(tmp_path, monkeypatch):
    """The content is on the disk before the name points to it, so that a crash leaves no empty file."""
    done = []
    for name in ("fsync", "replace"):
        real = getattr(os, name)
        monkeypatch.setattr(os, name, lambda *given, name=name, real=real: (done.append(name), real(*given))[1])
    write_bytes(tmp_path / "x", b"x")
    assert done == ["fsync", "replace"]


def test_others_may_read_it(tmp_path):
    """A written file can be read by a server under another user."""
    write_bytes(tmp_path / "x", b"x")
    assert stat.S_IMODE((tmp_path / "x").stat().st_mode) == 0o644


def test_json(tmp_path):
    """JSON is written indented, with a line's end, and reads back equal."""
    value = {"a": [1, 2.5, None], "b": "ä"}
    write_json(tmp_path / "x.json", value)
    text = (tmp_path / "x.json").read_text()
    assert json.loads(text) == value
    assert text.endswith("}\n")
    assert "\n  " in text


def test_json_that_cannot_be_written(tmp_path):
    """A value that JSON does not know leaves the old file."""
    write_json(tmp_path / "x.json", 1)
    with pytest.raises(TypeError):
        write_json(tmp_path / "x.json", object())
    assert json.loads((tmp_path / "x.json").read_text()) == 1


def test_sha256(tmp_path):
    """The checksum is that of the file's bytes."""
    (tmp_path / "x").write_bytes(b"digit")
    assert sha256_of(tmp_path / "x") == hashlib.sha256(b"digit").hexdigest()


def test_check_writable(tmp_path):
    """A missing folder is created and stays empty; a file in its place is an error."""
    check_writable(tmp_path / "a" / "b")
    assert list((tmp_path / "a" / "b").iterdir()) == []
    (tmp_path / "file").write_text("")
    for wrong in (tmp_path / "file", tmp_path / "file" / "below"):
        with pytest.raises(OSError, match=r"exists|Not a directory"):
            check_writable(wrong)
