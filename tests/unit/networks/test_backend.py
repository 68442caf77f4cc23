"""Importing TensorFlow with a paused collector, and silently."""

import gc
import subprocess
import sys

import pytest

from digitcore.networks import backend
from tests.server import PROJECT


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
    """TensorFlow and Keras are imported without output, and their objects are exempt from later collections."""
    code = (
        "import gc, sys; from digitcore.networks.backend import import_tensorflow; import_tensorflow(quiet=True); "
        "print([name for name in ('tensorflow', 'keras') if name in sys.modules], gc.get_freeze_count() > 100_000)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=PROJECT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "['tensorflow', 'keras'] True"
    assert done.stderr == ""
