"""The database of the studies, and what can be wrong with it."""

import sqlite3

import pytest

from digitcore import paths
from digitcore.errors import StorageError
from digitcore.search import storage as storages
from digitcore.search.location import STORAGE_VARIABLE, has_storage, storage_file
from digitcore.search.storage import open_storage, reaching_storage, shown_url
from tests.unit.search.studies import new_study


def test_file_in_the_folder_of_runs():
    """Without a server, the studies are kept beside the runs; the file is created with the first of them."""
    assert not has_storage()
    new_study()
    assert has_storage()
    assert storage_file().parent == paths.runs_dir()


def test_opened_once():
    """A process opens a database once."""
    assert open_storage() is open_storage()


def test_damaged_file():
    """A file that is no database is one sentence."""
    paths.runs_dir().mkdir()
    storage_file().write_bytes(b"not a database" * 100)
    with pytest.raises(StorageError, match="is damaged"):
        open_storage()


def test_database_of_a_newer_optuna():
    """A database that a newer Optuna has written is refused with the version that is installed."""
    new_study()
    open_storage().remove_session()
    with sqlite3.connect(storage_file()) as database:
        database.execute("UPDATE alembic_version SET version_num = 'v99.0.0.a'")
    storages._storages.clear()
    with pytest.raises(StorageError, match="another version of Optuna"):
        open_storage()


@pytest.mark.parametrize("address", ["no address", "magic://host/database", "postgresql+magic://host/database"])
def test_address_of_no_database(address, monkeypatch):
    """An address that names no database tells what was expected."""
    monkeypatch.setenv(STORAGE_VARIABLE, address)
    with pytest.raises(StorageError, match=r"Expected an address such as postgresql\+psycopg"):
        open_storage()


def test_folder_in_the_way():
    """A place that cannot be written to is told."""
    paths.runs_dir().mkdir()
    storage_file().mkdir()
    with pytest.raises(StorageError, match="cannot be written to"):
        open_storage()


def test_full_disk():
    """A full disk is told by what the database reports."""
    with pytest.raises(StorageError, match="is full"), reaching_storage():
        raise sqlite3_error("database or disk is full")


def test_busy_file():
    """A file that another process holds for too long."""
    with pytest.raises(StorageError, match="is busy"), reaching_storage():
        raise sqlite3_error("database is locked")


def test_other_errors_stay_loud():
    """A mistake in the code is not taken for a fault of the database."""
    with pytest.raises(RuntimeError, match="a mistake"), reaching_storage():
        raise RuntimeError("a mistake")


def test_password_is_never_shown(monkeypatch):
    """The shown address has no password."""
    monkeypatch.setenv(STORAGE_VARIABLE, "postgresql+psycopg://user:word@host/studies")
    assert shown_url() == "postgresql+psycopg://user:***@host/studies"


def sqlite3_error(text):
    from sqlalchemy.exc import OperationalError

    return OperationalError("INSERT", {}, sqlite3.OperationalError(text))
