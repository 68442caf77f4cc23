"""Images to compare models on, good and bad."""

import io

import numpy as np
import pytest
from PIL import Image, ImageDraw

from digitcore.datasets import evaluation_data
from digitcore.datasets.evaluation_data import EvaluationSet, folder_set, held_out_part
from digitcore.datasets.training_data import load
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


def test_mnist_test_is_loaded_once(sample, monkeypatch):
    """MNIST's test images are loaded the first time, and kept for whoever needs them next."""
    loaded = []
    evaluation_data._mnist_test.cache_clear()
    monkeypatch.setattr(evaluation_data.mnist, "load_mnist", lambda: loaded.append(1) or sample)
    data = evaluation_data.mnist_test()
    assert evaluation_data.mnist_test() is data
    assert loaded == [1]
    assert (data.name, data.labels.dtype) == ("MNIST test", np.int8)
    assert (data.images == sample.x_test).all()
    assert (data.labels == sample.y_test).all()


def test_without_mnist(monkeypatch):
    """Where MNIST cannot be loaded there is an error, never other images under its name; it is tried again the next time."""
    tries = []

    def fail():
        tries.append(1)
        raise DataError("MNIST cannot be loaded.")

    evaluation_data._mnist_test.cache_clear()
    monkeypatch.setattr(evaluation_data.mnist, "load_mnist", fail)
    for _ in range(2):
        with pytest.raises(DataError, match="MNIST cannot be loaded"):
            evaluation_data.mnist_test()
    assert tries == [1, 1]


def test_distorted(sample):
    """A distorted set has the labels of the first one, other images, and a name that says what was done."""
    first = EvaluationSet(name="first", images=sample.x_test[:5], labels=sample.y_test[:5])
    found = corrupted_set(first, "blur", 1.5)
    assert found.name == "first, blur 1.5"
    assert (found.labels == first.labels).all()
    assert found.checksum != first.checksum


# Folders.


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


def test_nested_sets(tmp_path):
    """The pictures of sets in sets are read with the labels of their own folders, and what systems leave is passed over."""
    for name in ("1/a.png", "theirs/2/b.png", "3/batch/c.png"):
        picture(tmp_path / name)
    for name in ("__MACOSX/1/a.png", "1/._a.png", "1/Thumbs.db", ".DS_Store"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(b"nothing")
    data = folder_set(tmp_path)
    assert (data.files, data.labels.tolist(), data.problems) == (("1/a.png", "3/batch/c.png", "theirs/2/b.png"), [1, 3, 2], ())


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
    with pytest.raises(DataError, match="2 pictures; the limit is 1"):
        folder_set(tmp_path)


# What a model has seen.


def different(count):
    """So many images, no two of them alike."""
    return np.random.default_rng(0).integers(0, 256, (count, 28, 28), np.uint8)


def test_images_that_a_model_was_trained_on_are_left_out():
    """What a model was trained or validated on is left out, files and labels with it, in a set of any name."""
    data = EvaluationSet(name="five", images=different(5), labels=np.arange(5), files=tuple("abcde"), problems=("f is blank.",))
    part, left_out = held_out_part(data, {"data": {"seen": [data.image_checksums[1], data.image_checksums[4], "0" * 16]}})
    assert left_out == 2
    assert (part.name, part.files, part.labels.tolist(), part.problems) == ("five", ("a", "c", "d"), [0, 2, 3], data.problems)
    assert np.array_equal(part.images, data.images[[0, 2, 3]])


def test_all_images_were_trained_on():
    """Nothing is left of a set that a model has seen all of."""
    data = EvaluationSet(name="two", images=different(2), labels=np.arange(2))
    part, left_out = held_out_part(data, {"data": {"seen": list(data.image_checksums)}})
    assert (len(part), left_out) == (0, 2)


@pytest.mark.parametrize(
    "card",
    [None, {}, {"data": None}, {"data": {}}, {"data": {"seen": []}}, {"data": {"seen": "x"}}, {"data": {"seen": [[1]]}}, []],
)
def test_a_card_that_says_nothing_of_it(card):
    """Where a model has seen none of a set, or its card does not say, the set stays as it is."""
    data = some_set()
    assert held_out_part(data, card) == (data, 0)


def test_the_folder_of_a_run(tmp_path):
    """Of the folder that a run was trained on, the pictures of its test part remain, and those beyond its limit."""
    for number in range(20):
        image = Image.new("L", (60, 60), 255)
        ImageDraw.Draw(image).line([(30, 10), (10 + 2 * number, 50)], fill=0, width=5)
        (tmp_path / "1").mkdir(exist_ok=True)
        image.save(tmp_path / "1" / f"{number:02}.png")
    data = folder_set(tmp_path)
    assert len(set(data.image_checksums)) == 20
    dataset = load("folder", folder=str(tmp_path))
    part, left_out = held_out_part(data, {"data": {"seen": list(dataset.seen)}})
    assert left_out == 18
    assert {image.tobytes() for image in part.images} == {image.tobytes() for image in dataset.x_test}
    limited = load("folder", folder=str(tmp_path), limit=5)
    assert held_out_part(data, {"data": {"seen": list(limited.seen)}})[1] == 5 + 2
