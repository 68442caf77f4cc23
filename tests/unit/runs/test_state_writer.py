"""The worker's reports on its run."""

import threading
import time
from dataclasses import replace

from digitcore import files
from digitcore.runs import state_writer
from digitcore.runs.state import Status
from tests.unit.short_training import wait_until


def test_heartbeat_goes_on(monkeypatch, run):
    """The state is written again and again while nothing changes, so that the run is not taken for dead."""
    monkeypatch.setattr(state_writer, "SHORTEST_PAUSE_SECONDS", 0.01)
    monkeypatch.setattr(state_writer, "LONGEST_PAUSE_SECONDS", 0.02)
    with state_writer.StateWriter(run):
        first = run.state()
        assert first.status == Status.RUNNING
        wait_until(lambda: run.state().heartbeat > first.heartbeat)
    assert run.folder.joinpath(state_writer.BALLAST_FILE).exists() is False


def slow_replace(state, **changes):
    """``dataclasses.replace``, during which other threads get their turn."""
    time.sleep(0)
    return replace(state, **changes)


def test_updates_from_many_threads(monkeypatch, run):
    """No event is lost when several threads report at once."""
    monkeypatch.setattr(state_writer, "replace", slow_replace)
    monkeypatch.setattr(state_writer, "SHORTEST_PAUSE_SECONDS", 0.001)
    with state_writer.StateWriter(run) as reports:

        def say():
            for _ in range(50):
                reports.say(1, "x")

        threads = [threading.Thread(target=say) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        reports.end(Status.FINISHED)
    assert len(run.state().events) == 200


def test_a_full_disk(monkeypatch, run):
    """A state that cannot be written for a while is written when there is room again."""
    monkeypatch.setattr(state_writer, "SHORTEST_PAUSE_SECONDS", 0.01)
    monkeypatch.setattr(state_writer, "LONGEST_PAUSE_SECONDS", 0.02)
    with state_writer.StateWriter(run) as reports:
        with monkeypatch.context() as patch:
            failed = []

            def full(*_):
                failed.append(True)
                raise OSError(28, "No space left on device")

            patch.setattr(files, "write_json", full)
            reports.update(epoch=3)
            wait_until(lambda: len(failed) > 1)
            assert run.state().epoch == 0
        wait_until(lambda: run.state().epoch == 3)
