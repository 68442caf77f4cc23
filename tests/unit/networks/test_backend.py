"""Importing TensorFlow in half the time, and in silence."""

import gc
import importlib
import subprocess
import sys

import pytest

from digitcore.networks import backend
from tests.server import PROJECT


@pytest.mark.parametrize("name", ["wave", "no_such_module"])
def test_hidden(monkeypatch, name):
    """Inside the block a module looks as if it were not installed; afterwards it is as it was."""
    monkeypatch.delitem(sys.modules, name, raising=False)
    with backend.hidden(name), pytest.raises(ImportError):
        importlib.import_module(name)
    assert name not in sys.modules


def test_what_is_imported_already_is_not_hidden():
    """A module that is in use stays."""
    import json

    with backend.hidden("json"):
        assert importlib.import_module("json") is json
    assert sys.modules["json"] is json


def test_hidden_modules_come_back_after_an_error():
    """A failed import leaves nothing hidden."""
    with pytest.raises(ZeroDivisionError), backend.hidden("wave"):
        raise ZeroDivisionError
    assert importlib.import_module("wave")


def test_the_collector_is_on_again(monkeypatch):
    """Garbage is collected as before, also where the import fails."""

    def fail(_):
        assert not gc.isenabled()
        raise ImportError("no TensorFlow")

    monkeypatch.setattr(backend.importlib, "import_module", fail)
    with pytest.raises(ImportError):
        backend.import_tensorflow()
    assert gc.isenabled()


def test_silence(capfd):
    """Inside the block nothing reaches stderr, not even from C; afterwards everything does."""
    with backend.silence():
        subprocess.run(["sh", "-c", "echo hidden >&2"], check=True)
    subprocess.run(["sh", "-c", "echo shown >&2"], check=True)
    assert capfd.readouterr().err == "shown\n"


def test_silence_ends_with_an_error(capfd):
    """An error inside the block does not leave the process silent."""
    with pytest.raises(ZeroDivisionError), backend.silence():
        raise ZeroDivisionError
    subprocess.run(["sh", "-c", "echo shown >&2"], check=True)
    assert capfd.readouterr().err == "shown\n"


def test_a_quiet_start():
    """TensorFlow and Keras are imported without a word, and what Keras does not need is left out."""
    code = (
        "import sys; from digitcore.networks.backend import import_tensorflow; import_tensorflow(quiet=True); "
        "print([name for name in ('tensorflow', 'keras', 'matplotlib', 'sklearn') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=PROJECT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "['tensorflow', 'keras']"
    assert done.stderr == ""
