"""How long a run will take: measured in another process, once, and never while a run trains."""

import dataclasses
import sys
import time

import pytest

from digitcore.datasets.training_data import VALIDATION_IMAGES
from digitcore.errors import DataError, TrainingError
from digitcore.jobs import launchers
from digitcore.runs.config import TrainConfig
from digitcore.runs.registry import create_run
from digitcore.runs.state import State, Status
from digitcore.training.duration import OTHER_SECONDS, VALIDATION_SHARE
from server import estimates
from server.estimates import SpeedEstimates
from tests.unit.short_training import wait_until

CONFIG = TrainConfig(name="new", architecture="sprint", data="sample", epochs=2)
#: Answers each line with the batch size as the speed.
ANSWERS = """
import json, sys
for line in sys.stdin:
    print(json.dumps({"images_per_second": json.loads(line)["batch_size"]}), flush=True)
"""
DIES = "import sys; sys.stdin.readline(); sys.exit(3)"
IS_SILENT = "import sys, time; sys.stdin.readline(); time.sleep(600)"
REFUSES = 'import sys; sys.stdin.readline(); print(\'{"error": "No such network."}\', flush=True)'


@pytest.fixture
def speeds(monkeypatch):
    """Estimates whose process is a short script; it is gone afterwards."""
    become(monkeypatch, ANSWERS)
    made = SpeedEstimates()
    yield made
    made.close()


def become(monkeypatch, script):
    monkeypatch.setattr(launchers, "MEASURE", [sys.executable, "-c", script])


def measured(speeds, config=CONFIG):
    return wait_until(lambda: speeds.seconds_for(config))


def test_seconds_of_a_run(speeds):
    """The estimate counts training and validation images of all epochs, and what is done besides."""
    images = 4_000 + VALIDATION_SHARE * VALIDATION_IMAGES["sample"]
    assert measured(speeds) == pytest.approx(2 * images / CONFIG.batch_size + OTHER_SECONDS)


def test_a_network_is_measured_once(speeds):
    """Another number of epochs needs no other measurement; another batch size does."""
    measured(speeds)
    assert speeds.seconds_for(dataclasses.replace(CONFIG, epochs=9)) is not None
    assert speeds.seconds_for(dataclasses.replace(CONFIG, batch_size=64)) is None


def test_one_process(speeds):
    """All measurements are taken by the same process."""
    measured(speeds)
    first = speeds._process.pid
    measured(speeds, dataclasses.replace(CONFIG, batch_size=64))
    assert speeds._process.pid == first


def test_a_batch_larger_than_the_data(speeds):
    """The batch that is measured is the one that the run will have."""
    limited = dataclasses.replace(CONFIG, limit=40, batch_size=128)
    images = 40 + VALIDATION_SHARE * VALIDATION_IMAGES["sample"]
    assert measured(speeds, limited) == pytest.approx(2 * images / 40 + OTHER_SECONDS)


def test_nothing_is_measured_while_a_run_trains(speeds):
    """While a run trains there is no estimate; afterwards there is one."""
    run = create_run(CONFIG)
    run.write_state(State(status=Status.RUNNING, heartbeat=time.time(), host="elsewhere"))
    assert speeds.seconds_for(CONFIG) is None
    assert not speeds._measured
    run.write_state(State(status=Status.FINISHED))
    assert measured(speeds)


@pytest.mark.parametrize(
    ("script", "message"),
    [(DIES, "could not be measured. You can still start"), (REFUSES, "No such network.")],
    ids=["dies", "refuses"],
)
def test_a_measurement_that_fails(speeds, monkeypatch, script, message):
    """A process that ends or refuses gives a sentence, and the next network is measured all the same."""
    become(monkeypatch, script)
    with pytest.raises(TrainingError, match=message):
        measured(speeds)
    become(monkeypatch, ANSWERS)
    speeds._process.kill()
    speeds._process.wait()
    assert measured(speeds, dataclasses.replace(CONFIG, batch_size=64))


def test_a_process_that_ends_once(speeds, monkeypatch, tmp_path):
    """Where the process ends before it answers, another one measures the same network."""
    mark = tmp_path / "ended"
    once = f"import pathlib, sys\nmark = pathlib.Path({str(mark)!r})\nif not mark.exists():\n    mark.touch()\n    sys.exit()\n"
    become(monkeypatch, once + ANSWERS)
    assert measured(speeds)
    assert mark.exists()


def test_closed_while_another_waits(speeds, monkeypatch):
    """A network that waited for its measurement when the server closed has no estimate, and raises nothing."""
    become(monkeypatch, IS_SILENT)
    waiting = dataclasses.replace(CONFIG, batch_size=64)
    assert speeds.seconds_for(CONFIG) is None
    assert speeds.seconds_for(waiting) is None
    wait_until(lambda: speeds._process)
    speeds.close()
    assert speeds.seconds_for(waiting) is None


def test_a_process_that_is_silent(speeds, monkeypatch):
    """A process that never answers is ended."""
    become(monkeypatch, IS_SILENT)
    monkeypatch.setattr(estimates, "TIMEOUT_SECONDS", 0.5)
    with pytest.raises(TrainingError, match="could not be measured"):
        measured(speeds)
    assert speeds._process.poll() is not None


def test_no_process_is_left(speeds):
    """Closing ends the process, and nothing is measured afterwards."""
    measured(speeds)
    process = speeds._process
    speeds.close()
    assert process.poll() is not None
    assert speeds.seconds_for(dataclasses.replace(CONFIG, batch_size=64)) is None


def test_closed_while_it_measures(speeds, monkeypatch):
    """Closing does not wait for a measurement."""
    become(monkeypatch, IS_SILENT)
    assert speeds.seconds_for(CONFIG) is None
    process = wait_until(lambda: speeds._process)
    speeds.close()
    assert process.poll() is not None


def test_few_are_kept(speeds, monkeypatch):
    """Of many measurements the last ones are kept."""
    monkeypatch.setattr(estimates, "MAX_KEPT", 2)
    for size in (16, 32, 64):
        measured(speeds, dataclasses.replace(CONFIG, batch_size=size))
    assert len(speeds._measured) == 2


def test_a_folder_that_is_gone(speeds):
    """A run on data that cannot be used is refused before anything is measured."""
    with pytest.raises(DataError, match="There is no folder"):
        speeds.seconds_for(dataclasses.replace(CONFIG, data="folder", folder="/nowhere"))


def test_a_real_measurement():
    """The real process measures a real network."""
    speeds = SpeedEstimates()
    try:
        tiny = dataclasses.replace(CONFIG, arguments={"filters": [2, 2]})
        assert wait_until(lambda: speeds.seconds_for(tiny), seconds=120) > OTHER_SECONDS
    finally:
        speeds.close()
