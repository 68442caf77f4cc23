"""Images to compare models on, good and bad."""

import io

import numpy as np
import pytest
from PIL import Image, ImageDraw

from digitcore.datasets import evaluation_data
from digitcore.datasets.evaluation_data import EvaluationSet, folder_set, label_of
from digitcore.errors import DataError
from digitcore.evaluation.corruptions import corrupted_set


def some_set(**changes):
    """Three blank images."""
    settings = {"name": "three", "images": np.zeros((3, 28, 28), np.uint8), "labels": np.array([1, 2, -1])}
    return EvaluationSet(**settings | changes)


def picture(path, blank=False):
    """Write a stroke of black ink on white paper."""
    image = Image.new("L", (60, 60), 255)
    if not blank:
        ImageDraw.Draw(image).line([(30, 10), (26, 50)], fill=0, width=5)
    path.parent.mkdir(parents=True, exist_ok=True)
    content = io.BytesIO()
    image.save(content, path.suffix[1:].upper().replace("JPG", "JPEG"))
    path.write_bytes(content.getvalue())


# Checksums.


def test_checksum_is_of_images_and_labels():
    """The name and the type of the labels do not count, an image or a label does."""
    changed = np.zeros((3, 28, 28), np.uint8)
    changed[2, 5, 5] = 1
    same = {some_set().checksum, some_set(name="other").checksum, some_set(labels=np.array([1, 2, -1], np.int8)).checksum}
    others = {some_set(images=changed).checksum, some_set(labels=np.array([1, 2, 3])).checksum}
    assert len(same) == 1
    assert len(same | others) == 3


@pytest.mark.parametrize(
    "changes",
    [
        {"images": np.zeros((3, 28, 28), np.float32)},
        {"images": np.zeros((3, 20, 28), np.uint8)},
        {"images": np.zeros((3, 28, 28, 1), np.uint8)},
        {"labels": np.array([1, 2])},
    ],
)
def test_other_shapes(changes):
    """Images of another shape or type, or labels that do not match, are an error that gives both shapes."""
    with pytest.raises(DataError, match=r"expected uint8 images \(N, 28, 28\)"):
        some_set(**changes)


# MNIST.


def test_sample_says_that_it_is_one(sample, monkeypatch):
    """Where MNIST cannot be had the sample's test part is used under its own name."""
    monkeypatch.setattr(evaluation_data.mnist, "load_mnist", lambda: sample)
    found = evaluation_data.mnist_test()
    assert "sample" in found.name
    assert len(found) == 500
    assert (found.images == sample.x_test).all()


def test_distorted(sample):
    """A distorted set has the labels of the first one, other images, and a name that says what was done."""
    first = EvaluationSet(name="first", images=sample.x_test[:5], labels=sample.y_test[:5])
    found = corrupted_set(first, "blur", 1.5)
    assert found.name == "first, blur 1.5"
    assert (found.labels == first.labels).all()
    assert found.checksum != first.checksum


# Folders.


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("3/x.png", 3),
        ("3_x.png", 3),
        ("a/7_b_c.png", 7),
        ("4/7_b.png", 4),
        ("x.png", -1),
        ("3.png", -1),
        ("_3.png", -1),
        ("12/x.png", 12),
        ("²/x.png", -1),
        ("3/deep/x.png", -1),
        ("9999999999/x.png", -1),
    ],
)
def test_label(name, label):
    """The folder's name counts first, then what stands before the first underscore."""
    assert label_of(name) == label


def test_folder(tmp_path):
    """Pictures in folders named by digits, with a digit before their names, or without a label, are all read."""
    for name in ("3/a.png", "3/b.jpg", "7_c.webp", "d.png"):
        picture(tmp_path / name)
    found = folder_set(tmp_path)
    assert dict(zip(found.files, found.labels.tolist(), strict=True)) == {
        "3/a.png": 3,
        "3/b.jpg": 3,
        "7_c.webp": 7,
        "d.png": -1,
    }
    assert found.name == tmp_path.name
    assert found.images.max() > 200
    assert found.problems == ()


def test_good_ones_among_bad_ones(tmp_path):
    """An unreadable picture, a blank one and a label outside 0-9 become sentences; the rest is read."""
    picture(tmp_path / "3" / "good.png")
    picture(tmp_path / "3" / "blank.png", blank=True)
    picture(tmp_path / "12" / "many.png")
    (tmp_path / "3" / "broken.png").write_bytes(b"not a picture")
    (tmp_path / "notes.txt").write_text("hello")
    picture(tmp_path / ".hidden" / "x.png")
    steps = []
    found = folder_set(tmp_path, progress=lambda done, total: steps.append((done, total)))
    assert found.files == ("12/many.png", "3/good.png")
    assert found.labels.tolist() == [-1, 3]
    assert [problem.split(":")[0].split(" ")[0] for problem in found.problems] == ["12/many.png", "3/blank.png", "3/broken.png"]
    assert steps[-1] == (4, 4)


def test_nothing_to_read(tmp_path):
    """A folder that is not there, is empty, or holds nothing readable is an error that says so."""
    with pytest.raises(DataError, match="There is no folder"):
        folder_set(tmp_path / "none")
    with pytest.raises(DataError, match="has no pictures"):
        folder_set(tmp_path)
    (tmp_path / "x.png").write_bytes(b"nothing")
    with pytest.raises(DataError, match="None of the 1 pictures"):
        folder_set(tmp_path)


def test_too_many(tmp_path, monkeypatch):
    """A folder with more pictures than are read is an error before any is opened."""
    monkeypatch.setattr(evaluation_data, "MAX_PICTURES", 1)
    for name in ("a.png", "b.png"):
        (tmp_path / name).write_bytes(b"")
    with pytest.raises(DataError, match="2 pictures; 1 at most"):
        folder_set(tmp_path)
