"""Studies on a real PostgreSQL server: the same code as with a file."""

import json

import pytest

from digitcore.errors import StorageError
from digitcore.jobs.launchers import LocalWorker, start_search_worker
from digitcore.jobs.search_slots import slot_log
from digitcore.search import storage as storages
from digitcore.search.location import STORAGE_VARIABLE
from digitcore.search.storage import open_storage, shown_url
from digitcore.search.study import StudyStatus, find_study, list_studies
from tests.postgres import MISSING, PASSWORD, PROGRAMS, Postgres
from tests.unit.search.studies import add_trial, new_study
from tests.unit.short_training import wait_until

pytestmark = pytest.mark.skipif(not PROGRAMS, reason=MISSING)


@pytest.fixture(scope="module")
def server():
    server = Postgres()
    yield server
    server.close()


@pytest.fixture(autouse=True)
def use_server(server, monkeypatch):
    monkeypatch.setenv(STORAGE_VARIABLE, server.url())


def test_two_workers_share_a_study():
    """Two workers on one server train each trial once, and the page's code sees their results."""
    study = new_study(name="shared", workers=2, trials=6)
    study.start()
    workers: list[LocalWorker] = [start_search_worker("shared", slot, slot_log("shared", slot)) for slot in range(2)]
    wait_until(lambda: all(worker.poll() is not None for worker in workers), 240)
    assert [worker.poll() for worker in workers] == [0, 0]
    records = study.records()
    assert [record.state for record in records] == ["complete"] * 6
    assert len({json.dumps(record.params) for record in records}) == 6
    assert study.status == StudyStatus.FINISHED


def test_wrong_password(server, monkeypatch):
    """A wrong password is one sentence, in which no password stands."""
    monkeypatch.setenv(STORAGE_VARIABLE, server.url("wrong word"))
    with pytest.raises(StorageError, match="refuses the user or the password") as error:
        open_storage()
    shown = f"{error.value} {shown_url()} {error.value.__cause__}"
    assert "wrong" not in shown
    assert PASSWORD not in shown


def test_server_that_goes_away_and_comes_back(server):
    """While the server is away, a page gets one sentence; once it is back, the same study goes on."""
    study = new_study(name="away")
    add_trial(study, 0.3)
    server.stop()
    with pytest.raises(StorageError, match=r"cannot be reached .* It is tried again") as error:
        study.records()
    assert "secret" not in str(error.value)
    server.start()
    assert [record.value for record in study.records()] == [0.3]
    storages._storages.clear()  # as a process that starts now
    assert find_study("away") in list_studies()


def test_no_server(monkeypatch):
    """An address where nothing listens."""
    monkeypatch.setenv(STORAGE_VARIABLE, "postgresql+psycopg://digits:word@127.0.0.1:1/studies")
    with pytest.raises(StorageError, match=r"digits:\*\*\*@127.0.0.1:1/studies cannot be reached"):
        open_storage()
