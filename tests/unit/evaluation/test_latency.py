"""Latency is measured apart from the evaluation, and kept for each model and machine."""

import json

import numpy as np
import pytest

from digitcore.datasets.evaluation_data import EvaluationSet
from digitcore.errors import DataError
from digitcore.evaluation import latency

#: Keras with NumPy 2, at every weight that it reads.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")

DATA = EvaluationSet(name="blank", images=np.zeros((3, 28, 28), np.uint8), labels=np.array([0, 1, 2]))


def test_measured_and_read_back(entry):
    """A latency has its machine and its time, and is read back as it was measured."""
    assert latency.stored(entry) is None
    measured = latency.measure_latency(entry, DATA)
    assert measured.one_ms > 0
    assert measured.batch_ms_per_image > 0
    assert measured.machine == latency.this_machine()
    assert measured.measured_at > 1.7e9
    assert latency.stored(entry) == measured


def test_another_machine(entry, monkeypatch):
    """What was measured on another machine does not stand beside this one's figures."""
    latency.measure_latency(entry, DATA)
    monkeypatch.setattr(latency, "this_machine", lambda: "Z80, 1 core")
    assert latency.stored(entry) is None


@pytest.mark.parametrize("content", ["", "{", "[]", '{"format": 0}', '{"format": 1}'])
def test_damaged(entry, content):
    """A file that cannot be read is as good as none."""
    latency.measure_latency(entry, DATA)
    latency._file(entry).write_text(content)
    assert latency.stored(entry) is None


def test_the_file_says_when_and_where(entry):
    """The file on disk says on what machine, and when, the latency was measured."""
    measured = latency.measure_latency(entry, DATA)
    values = json.loads(latency._file(entry).read_text())
    assert (values["machine"], values["measured_at"]) == (measured.machine, measured.measured_at)


def test_no_images(entry):
    """Without an image there is nothing to measure on."""
    nothing = EvaluationSet(name="none", images=np.empty((0, 28, 28), np.uint8), labels=np.empty(0, int))
    with pytest.raises(DataError, match="no images"):
        latency.measure_latency(entry, nothing)
