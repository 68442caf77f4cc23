"""What a worker on another machine is told, and what it is not told openly."""

import stat

import pytest

from digitcore import paths
from digitcore.errors import ClusterError
from digitcore.jobs import job_environment
from digitcore.search.location import STORAGE_VARIABLE

#: A password with what a file of passwords and an address must escape.
PASSWORD = r"s3:cr\et@/"
STORAGE = "postgresql+psycopg://anna:s3%3Acr%5Cet%40%2F@db.example:5433/studies"
SAME_USER = "postgresql+psycopg://anna@db.example:5433/studies"


@pytest.mark.parametrize(
    "address", [STORAGE, f"{SAME_USER}?password=s3%3Acr%5Cet%40%2F"], ids=["before the host", "at the end"]
)
def test_password(monkeypatch, address):
    """The database's password is in a file that only this user can read, and nowhere that Ray shows."""
    monkeypatch.setenv(STORAGE_VARIABLE, address)
    paths.runs_dir().mkdir()
    environment = job_environment.study_storage()
    file = paths.runs_dir() / ".pgpass"
    assert environment == {"DIGITLAB_STUDY_STORAGE": SAME_USER, "PGPASSFILE": str(file)}
    assert file.read_text() == "*:*:*:*:s3\\:cr\\\\et@/\n"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


@pytest.mark.parametrize("address", [None, "sqlite:////shared/studies.db", "postgresql+psycopg://anna@db.example/studies"])
def test_no_password(monkeypatch, address):
    """An address without a password is passed on as it is."""
    if address:
        monkeypatch.setenv(STORAGE_VARIABLE, address)
    assert job_environment.study_storage() == ({STORAGE_VARIABLE: address} if address else {})


@pytest.mark.parametrize("address", [f"no address: {PASSWORD}", f"mysql://anna:{'s3cret'}@db.example/studies"])
def test_password_that_cannot_be_passed_on(monkeypatch, address):
    """What is no address, or has a password for another database, is refused in a sentence without the password."""
    monkeypatch.setenv(STORAGE_VARIABLE, address)
    with pytest.raises(ClusterError) as refusal:
        job_environment.study_storage()
    assert "DIGITLAB_STUDY_STORAGE" in str(refusal.value)
    assert "s3" not in str(refusal.value)


@pytest.mark.parametrize(("value", "cores"), [(None, 1), ("4", 4), ("0", 1), ("0.5", 1), ("many", 1), ("inf", 1)])
def test_cores(monkeypatch, value, cores):
    """Each job reserves the cores that the variable asks for, at least one, and TensorFlow uses no more."""
    if value:
        monkeypatch.setenv(job_environment.CORES_VARIABLE, value)
    assert job_environment.cores_per_job() == cores
    assert job_environment.folders()["TF_NUM_INTRAOP_THREADS"] == str(cores)
