"""What a run trains on: above all, folders of labelled pictures as people have them."""

import numpy as np
import pytest
from PIL import Image

from digitcore import paths
from digitcore.datasets import mnist, training_data
from digitcore.datasets.dataset import image_checksums
from digitcore.datasets.training_data import (
    count_training_images,
    labelled_folders,
    load,
    load_labelled_folder,
    missing_classes,
)
from digitcore.errors import DataError
from digitcore.runs.config import TrainConfig
from tests.pictures import as_file, draw_digit


def fill(folder, counts, suffix=".png", kind="PNG"):
    """Put so many drawn pictures of each digit in a folder."""
    for digit, count in counts.items():
        (folder / str(digit)).mkdir(parents=True, exist_ok=True)
        picture = as_file(draw_digit(digit), kind)
        for i in range(count):
            (folder / str(digit) / f"{i:03}{suffix}").write_bytes(picture)
    return folder


def config_of(folder, **changes):
    return TrainConfig(name="own", architecture="sprint", data="folder", folder=str(folder), batch_size=1, **changes)


def parts(dataset):
    return [(getattr(dataset, f"x_{part}"), getattr(dataset, f"y_{part}")) for part in ("train", "validation", "test")]


def test_labelled_folder(tmp_path):
    """Pictures come as MNIST's do, uint8 28x28 white on black with their labels, split 80/10/10."""
    folder = fill(tmp_path / "mine", {3: 20, 7: 20, 1: 10})
    dataset = load_labelled_folder(folder)
    assert [len(y) for _, y in parts(dataset)] == [40, 5, 5]
    for x, y in parts(dataset):
        assert (x.dtype, x.shape[1:], y.dtype) == (np.uint8, (28, 28), np.uint8)
        assert set(y) <= {1, 3, 7}
        assert (x[:, 0] == 0).all()  # black around
        assert (x.reshape(len(x), -1).max(axis=1) > 200).all()
        rows, columns = np.nonzero(x[0] > 100)
        assert 16 <= max(np.ptp(rows), np.ptp(columns)) + 1 <= 22
    assert (dataset.name, dataset.source, dataset.is_sample) == ("mine", str(folder), False)


def test_pictures_keep_their_labels(tmp_path):
    """Shuffling and splitting leave each picture with the label of its folder."""
    dataset = load_labelled_folder(fill(tmp_path, dict.fromkeys(range(10), 5)))
    seen = {}
    for x, y in parts(dataset):
        for image, label in zip(x, y, strict=True):
            assert seen.setdefault(int(label), image.tobytes()) == image.tobytes()
    assert len(set(seen.values())) == 10


def test_all_classes_are_held_out(tmp_path):
    """Each part has each digit's share."""
    dataset = load_labelled_folder(fill(tmp_path, {4: 20, 9: 60}))
    assert [np.bincount(y, minlength=10)[[4, 9]].tolist() for _, y in parts(dataset)] == [[16, 48], [2, 6], [2, 6]]


def test_training_images_are_mixed(tmp_path):
    """The first so many training images are not all of one digit, so that a limit leaves all of them."""
    x = load("folder", folder=str(fill(tmp_path, {0: 30, 1: 30, 2: 30})), limit=20)
    assert len(x.x_train) == len(x.y_train) == 20
    assert set(x.y_train) == {0, 1, 2}


def test_same_split_twice(tmp_path):
    """The same folder gives the same split and the same checksum; a changed picture another checksum."""
    folder = fill(tmp_path, {2: 10, 5: 10})
    first, second = load_labelled_folder(folder), load_labelled_folder(folder)
    assert first.checksum == second.checksum
    for (x1, y1), (x2, y2) in zip(parts(first), parts(second), strict=True):
        assert np.array_equal(x1, x2)
        assert np.array_equal(y1, y2)
    (folder / "2" / "000.png").rename(folder / "5" / "x.png")
    assert load_labelled_folder(folder).checksum != first.checksum


@pytest.mark.parametrize("count", [10, 11, 14, 15, 16, 24, 25, 26, 37])
def test_counting_and_loading_agree(tmp_path, count):
    """The training images are counted without being read, and none is in two parts."""
    folder = fill(tmp_path, {6: count - 3, 8: 3})
    dataset = load_labelled_folder(folder)
    sizes = [len(y) for _, y in parts(dataset)]
    assert sum(sizes) == count
    assert min(sizes) >= 1
    assert count_training_images("folder", folder=str(folder)) == sizes[0]
    assert count_training_images("folder", folder=str(folder), limit=5) == 5


@pytest.mark.parametrize("name", ["mnist", "sample"])
def test_counts_of_mnist(name):
    """MNIST and its sample need not be read to be counted; a limit beyond them changes nothing."""
    count = count_training_images(name)
    assert count == training_data.TRAINING_IMAGES[name]
    assert count_training_images(name, limit=10**6) == count
    assert count_training_images(name, limit=200) == 200


@pytest.mark.parametrize("name", ["mnist", "sample"])
def test_counts_are_right(name):
    """MNIST and its sample have as many images as the counts say, and no checksums of seen images."""
    dataset = load(name)
    assert len(dataset.x_train) == training_data.TRAINING_IMAGES[name]
    assert len(dataset.x_validation) == training_data.VALIDATION_IMAGES[name]
    assert len(dataset.x_test) == 10_000
    assert dataset.seen == dataset.left_out == dataset.missing_classes == ()


def test_limit_cuts_training_alone(sample, monkeypatch):
    """A limit leaves the images to validate and to measure on as they are."""
    monkeypatch.setattr(mnist, "load_sample", lambda: sample)
    dataset = load("sample", limit=48)
    assert (len(dataset.x_train), len(dataset.y_train)) == (48, 48)
    assert np.array_equal(dataset.x_validation, sample.x_validation)
    assert np.array_equal(dataset.x_test, sample.x_test)


@pytest.mark.parametrize(("suffix", "kind"), [(".jpg", "JPEG"), (".JPEG", "JPEG"), (".webp", "WEBP"), (".PNG", "PNG")])
def test_other_formats(tmp_path, suffix, kind):
    """JPEG and WebP are read too, and capital letters do not matter."""
    assert sum(len(y) for _, y in parts(load_labelled_folder(fill(tmp_path, {3: 12}, suffix, kind)))) == 12


def test_one_class_only(tmp_path):
    """A folder of one digit can be read."""
    dataset = load_labelled_folder(fill(tmp_path, {8: 10}))
    assert [y.tolist() for _, y in parts(dataset)] == [[8] * 8, [8], [8]]


def test_one_picture_of_each_digit(tmp_path):
    """Ten pictures of ten digits can be read."""
    assert [len(y) for _, y in parts(load_labelled_folder(fill(tmp_path, dict.fromkeys(range(10), 1))))] == [8, 1, 1]


def test_small_mnist_images(tmp_path, sample):
    """MNIST's own images, saved as files, come back nearly as they were."""
    (tmp_path / "5").mkdir()
    fives = sample.x_train[sample.y_train == 5][:20]
    for i, image in enumerate(fives):
        Image.fromarray(image).save(tmp_path / "5" / f"{i:02}.png")
    dataset = load_labelled_folder(tmp_path)
    for image in np.concatenate([x for x, _ in parts(dataset)]):
        assert np.abs(fives.astype(int) - image).mean(axis=(1, 2)).min() < 20


def test_a_digit_of_two_pieces(tmp_path):
    """A picture that is known to show one digit is not split: all its pieces are kept."""
    picture = Image.new("L", (300, 100), 255)
    for left in (20, 240):
        picture.paste(0, (left, 10, left + 20, 90))
    (tmp_path / "4").mkdir()
    for i in range(10):
        (tmp_path / "4" / f"{i}.png").write_bytes(as_file(picture))
    image = load_labelled_folder(tmp_path).x_train[0]
    columns = np.flatnonzero((image > 50).any(axis=0))
    assert np.ptp(columns) >= 17


def test_missing_digits(tmp_path):
    """The digits that a folder has no picture of are known without reading it, and from what was read."""
    folder = fill(tmp_path, {3: 10, 7: 10})
    assert missing_classes(folder) == load_labelled_folder(folder).missing_classes == (0, 1, 2, 4, 5, 6, 8, 9)
    assert missing_classes(fill(tmp_path, dict.fromkeys(range(10), 1))) == ()


def test_seen_images(tmp_path):
    """The images of the training and validation parts are known by their checksums, those beyond a limit are not."""
    folder = fill(tmp_path, {3: 20, 7: 20})
    dataset = load_labelled_folder(folder)
    assert dataset.seen == image_checksums(dataset.x_train) + image_checksums(dataset.x_validation)
    limited = load("folder", folder=str(folder), limit=5)
    assert limited.seen == image_checksums(dataset.x_train[:5]) + image_checksums(dataset.x_validation)


# What is refused.


def test_missing_folder(tmp_path):
    """A folder that does not exist is a sentence that says what is expected."""
    with pytest.raises(DataError, match=r"There is no folder .*nowhere\. Expected folders named 0 to 9"):
        load("folder", folder=str(tmp_path / "nowhere"))


@pytest.mark.parametrize("count", [0, 1, 9])
def test_too_few_pictures(tmp_path, count):
    """Fewer than ten pictures are refused with their number."""
    with pytest.raises(DataError, match=f"holds {count} labelled pictures; at least 10 are needed"):
        load_labelled_folder(fill(tmp_path, {1: count}))
    with pytest.raises(DataError, match="at least 10"):
        count_training_images("folder", folder=str(tmp_path))


@pytest.mark.parametrize("name", ["10", "seven", "-1", "07", "٣", "３", "1 "])
def test_mislabelled_folder(tmp_path, name):
    """Pictures in a folder that names no digit are refused with the folder's name."""
    fill(tmp_path, {1: 10})
    (tmp_path / name).mkdir()
    (tmp_path / name / "a.png").write_bytes(as_file(draw_digit(7)))
    with pytest.raises(DataError, match=r"1 picture in .* cannot be used: .*a\.png: .* is not a digit") as caught:
        load_labelled_folder(tmp_path)
    assert repr(name) in str(caught.value)
    with pytest.raises(DataError, match="is not a digit"):
        count_training_images("folder", folder=str(tmp_path))
    assert count_training_images("folder", folder=str(tmp_path), leave_out_unreadable=True) == 8


def test_labels_in_names_and_nested_sets(tmp_path):
    """Labels are those of ``labelled_folder``: in file names and in nested sets too; the pictures are counted likewise."""
    folder = fill(tmp_path, {1: 10})
    for name in ("7_a.png", "2/batch/b.png", "theirs/4/c.png"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(as_file(draw_digit(7)))
    dataset = load_labelled_folder(folder)
    assert np.bincount(np.concatenate([y for _, y in parts(dataset)])).tolist() == [0, 10, 1, 0, 1, 0, 0, 1]
    assert count_training_images("folder", folder=str(folder)) == len(dataset.y_train) == 11


def test_other_things_are_passed_over(tmp_path):
    """Notes, empty folders and pictures beside the digits' folders do not disturb."""
    folder = fill(tmp_path, {1: 10})
    (folder / "README.txt").write_text("mine")
    (folder / "1" / "notes.txt").write_text("mine")
    (folder / "drafts").mkdir()
    (folder / "overview.png").write_bytes(as_file(draw_digit(1)))
    assert sum(len(y) for _, y in parts(load_labelled_folder(folder))) == 10


@pytest.mark.parametrize("name", [".thumb.png", "._001.png", ".hidden/x.png", "__MACOSX/1/x.png", "Thumbs.db", ".DS_Store"])
def test_what_systems_leave_is_passed_over(tmp_path, name):
    """Hidden files and what macOS and Windows leave beside pictures are no pictures."""
    folder = fill(tmp_path, {1: 10})
    file = folder / ("" if "/" in name else "1") / name
    file.parent.mkdir(exist_ok=True, parents=True)
    file.write_bytes(b"\0\5\x16\7")
    assert sum(len(y) for _, y in parts(load_labelled_folder(folder))) == 10


BAD = {
    "empty.png": b"",
    "header.png": as_file(draw_digit(3))[:60],
    "nonsense.png": b"nothing",
    "white.png": as_file(Image.new("L", (60, 60), 255)),
}


@pytest.mark.parametrize("name", BAD)
def test_unusable_picture(tmp_path, name):
    """A picture that cannot be read, or is blank, is refused with its path and what to do."""
    (fill(tmp_path, {1: 12}) / "1" / name).write_bytes(BAD[name])
    with pytest.raises(DataError, match=rf"^1 picture in {tmp_path} cannot be used: 1/{name}.* Repair or remove them"):
        load_labelled_folder(tmp_path)


@pytest.mark.parametrize("shade", [0, 128, 255])
def test_blank_picture(tmp_path, shade):
    """A picture of one shade is called blank."""
    (fill(tmp_path, {1: 12}) / "1" / "blank.png").write_bytes(as_file(Image.new("L", (60, 60), shade)))
    with pytest.raises(DataError, match=r"1/blank\.png is blank\."):
        load_labelled_folder(tmp_path)


def test_all_unusable_pictures_are_named_at_once(tmp_path):
    """All that cannot be used is in one message of one line, whatever is wrong with it."""
    fill(tmp_path, {1: 12})
    for name, content in BAD.items():
        (tmp_path / "1" / name).write_bytes(content)
    (tmp_path / "drafts").mkdir()
    (tmp_path / "drafts" / "x.png").write_bytes(as_file(draw_digit(3)))
    with pytest.raises(DataError, match=f"^5 pictures in {tmp_path} cannot be used: ") as caught:
        load_labelled_folder(tmp_path)
    message = str(caught.value)
    assert all(f"1/{name}" in message for name in BAD)
    assert "drafts/x.png: 'drafts' is not a digit" in message
    assert "\n" not in message


def test_many_unusable_pictures(tmp_path):
    """Of very many, the first 20 are named and the others counted."""
    fill(tmp_path, {1: 12})
    for number in range(25):
        (tmp_path / "1" / f"bad{number:02}.png").write_bytes(b"nothing")
    with pytest.raises(DataError, match=r"^25 pictures .* … and 5 more\. Repair") as caught:
        load_labelled_folder(tmp_path)
    assert str(caught.value).count("1/bad") == 20
    assert "bad19.png" in str(caught.value)


def test_unusable_pictures_are_left_out(tmp_path):
    """On request they are left out and listed; the others make the same data as they do alone."""
    fill(tmp_path / "clean", {1: 12, 2: 3})
    folder = fill(tmp_path / "mixed", {1: 12, 2: 3})
    for name, content in BAD.items():
        (folder / "2" / name).write_bytes(content)
    dataset = load("folder", folder=str(folder), leave_out_unreadable=True)
    alone = load("folder", folder=str(tmp_path / "clean"))
    assert [sentence.split(":")[0].split(" ")[0] for sentence in dataset.left_out] == [f"2/{name}" for name in sorted(BAD)]
    assert dataset.checksum == alone.checksum
    assert np.array_equal(dataset.x_train, alone.x_train)
    assert alone.left_out == ()


def test_too_few_readable_pictures(tmp_path):
    """Where too few remain, the error says how many, how many cannot be used, and why the first."""
    folder = fill(tmp_path, {1: 8})
    for number in range(4):
        (folder / "1" / f"bad{number}.png").write_bytes(b"nothing")
    with pytest.raises(DataError, match=r"holds 8 labelled pictures and 4 that cannot be used \(1/bad0\.png: .*at least 10"):
        load_labelled_folder(folder, leave_out_unreadable=True)


def test_folder_with_a_pictures_name(tmp_path):
    """A folder that is called like a picture is a folder."""
    (fill(tmp_path, {1: 12}) / "1" / "old.png").mkdir()
    assert sum(len(y) for _, y in parts(load_labelled_folder(tmp_path))) == 12


@pytest.mark.parametrize("picture", ["noise", "dot", "checks"])
def test_picture_without_a_digit(tmp_path, picture):
    """A picture of something else is either taken as it is or refused with its path."""
    generator = np.random.default_rng(0)
    pixels = {
        "noise": generator.integers(0, 256, (64, 64), np.uint8),
        "dot": np.pad(np.zeros((3, 3), np.uint8), 100, constant_values=255),
        "checks": (np.indices((64, 64)).sum(axis=0) % 2 * 255).astype(np.uint8),
    }[picture]
    (fill(tmp_path, {1: 12}) / "1" / "odd.png").write_bytes(as_file(Image.fromarray(pixels)))
    try:
        load_labelled_folder(tmp_path)
    except DataError as error:
        assert "odd.png" in str(error)  # noqa: PT017 - either is good


# Folders to choose from.


def test_labelled_folders():
    """The data folder, where it holds digits, and the folders in it that do can be chosen; MNIST's own cache cannot."""
    assert labelled_folders() == []
    root = paths.data_dir()
    fill(root / "mine", {1: 1})
    (root / ".hidden" / "1").mkdir(parents=True)
    assert labelled_folders() == [root / "mine"]
    fill(root, {4: 1})
    assert labelled_folders() == [root, root / "mine"]
