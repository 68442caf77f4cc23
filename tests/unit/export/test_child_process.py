"""Exports in a process of their own: the result comes back, and a failure is one sentence."""

import subprocess
import sys

import pytest

from digitcore.errors import ExportError
from digitcore.export import child_process
from digitcore.export.child_process import export_in_child_process


@pytest.fixture
def ends(monkeypatch):
    """Let the child process run this Python code instead of an export."""
    original = subprocess.run

    def replace(code):
        monkeypatch.setattr(
            child_process.subprocess, "run", lambda _, **options: original([sys.executable, "-c", code], **options)
        )

    return replace


def test_a_command_that_fails(tmp_path):
    """The sentence is the command's own, and no file is left."""
    with pytest.raises(ExportError, match=r"^There is no model 'nobody' in "):
        export_in_child_process("nobody", "onnx", directory=tmp_path / "new")
    assert not (tmp_path / "new").exists()


def test_the_result(tmp_path, ends):
    """What the command prints is the result, whatever it wrote before."""
    ends(
        "import json; print('talk'); print(json.dumps({'path': 'x.zip', 'format': 'onnx', 'largest_difference': 1e-7, "
        "'images': 200, 'data': 'mnist', 'runtime': 'onnxruntime 1'}))"
    )
    result = export_in_child_process("lenet", "onnx", directory=tmp_path)
    assert (result.path.name, result.largest_difference, result.images) == ("x.zip", 1e-7, 200)


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("import os; os.kill(os.getpid(), 9)", "The export of 'lenet' ended with SIGKILL."),
        ("raise ValueError('no such op')", "The export of 'lenet' ended with exit status 1: ValueError: no such op"),
    ],
)
def test_a_crash(tmp_path, ends, code, expected):
    """A crash says how the process ended and the last line that it wrote."""
    ends(code)
    with pytest.raises(ExportError) as error:
        export_in_child_process("lenet", "onnx", directory=tmp_path)
    assert str(error.value) == expected


def test_too_slow(tmp_path, ends, monkeypatch):
    """An export that takes too long is stopped, and the error says so."""
    ends("import time; time.sleep(600)")
    monkeypatch.setattr(child_process, "TIMEOUT_SECONDS", 0.2)
    with pytest.raises(ExportError, match="took longer than 0 seconds and was stopped"):
        export_in_child_process("lenet", "onnx", directory=tmp_path)
