"""Which study gets workers, with real workers that train for a moment."""

import json
import os
import signal
from dataclasses import replace

import psutil
import pytest

from digitcore.jobs import search_dispatcher
from digitcore.jobs.launchers import LocalWorker
from digitcore.jobs.search_dispatcher import SearchDispatcher
from digitcore.jobs.search_slots import is_taken, lock_slot, slot_log
from digitcore.search.location import storage_file
from digitcore.search.study import StudyStatus
from tests.unit.search.studies import BASE, new_study
from tests.unit.short_training import wait_until


@pytest.fixture
def dispatcher():
    """A running dispatcher. It is closed in the end, and the workers that it started are ended."""
    dispatcher = SearchDispatcher()
    dispatcher.start()
    yield dispatcher
    dispatcher.close()
    for worker in dispatcher._workers.values():
        if isinstance(worker, LocalWorker) and worker.poll() is None:
            psutil.Process(worker.process.pid).kill()
            worker.process.wait()


def test_nothing_is_opened_without_a_study(dispatcher):
    """A server whose visitors never searched opens no database."""
    assert dispatcher.problem("tiny") is None
    assert not storage_file().exists()


def test_kill(dispatcher):
    """Two workers share a study; one is killed, and its trial is trained again: none is lost, and none is counted twice."""
    study = new_study(workers=2, trials=6, base=replace(BASE, epochs=20))
    study.start()
    running = wait_until(lambda: [record for record in study.records() if record.state == "running" and record.curve], 120)
    lost = running[0].number
    os.kill(int(running[0].worker.split(":")[1]), signal.SIGKILL)
    wait_until(lambda: study.status == StudyStatus.FINISHED, 240)
    records = study.records()
    assert [record.state for record in records] == ["complete"] * 6
    assert len({json.dumps(record.params) for record in records}) == 6
    retried = [trial.system_attrs["failed_trial"] for trial in study.trials() if "failed_trial" in trial.system_attrs]
    assert retried in ([lost], [])  # the worker may have finished the trial at the moment of the kill
    assert wait_until(lambda: not dispatcher.searching)


def test_worker_that_cannot_work(dispatcher):
    """A worker that ends with an error is started again, and the reason is told."""
    study = new_study(base=replace(BASE, data="folder", folder="/nowhere"))
    study.start()
    problem = wait_until(lambda: dispatcher.problem("tiny"), 120)
    assert problem.startswith("A worker ended with exit status 1: ")
    assert "There is no folder /nowhere" in problem
    assert study.status == StudyStatus.WAITING


def test_slot():
    """A slot is taken while its lock is held."""
    assert not is_taken("tiny", 0)
    with lock_slot("tiny", 0) as is_ours:
        assert is_ours
        assert is_taken("tiny", 0)
    assert not is_taken("tiny", 0)


def test_slot_of_another_worker_is_left_alone(dispatcher, monkeypatch):
    """No worker is started where one works already, such as that of a server that has ended."""
    started = []
    monkeypatch.setattr(search_dispatcher, "start_search_worker", lambda *arguments: started.append(arguments))
    study = new_study()
    with lock_slot("tiny", 0):
        study.start()
        wait_until(lambda: dispatcher.searching == {"tiny"})
        assert started == []
    wait_until(lambda: started)
    assert started[0] == ("tiny", 0, slot_log("tiny", 0))
