"""What a worker on another machine has to be told: where everything lies, and how to reach the database of studies."""

import math
import os
from pathlib import Path

from digitcore import paths
from digitcore.errors import ClusterError
from digitcore.search.location import STORAGE_VARIABLE

#: The number of cores that each job reserves and uses.
CORES_VARIABLE = "DIGITLAB_RAY_CPUS"
#: libpq, the library below every PostgreSQL client in Python, reads passwords from such a file.
PASSWORD_FILE = ".pgpass"


def cores_per_job() -> int:
    """The number of cores that each job reserves, at least one."""
    try:
        return max(1, math.ceil(float(os.environ.get(CORES_VARIABLE, "1"))))
    except (ValueError, OverflowError):
        return 1


def folders() -> dict[str, str]:
    """The variables that name the code and the folders, with absolute paths, and the number of TensorFlow's threads."""
    return {
        "PYTHONPATH": paths.child_environment()["PYTHONPATH"],
        "DIGITLAB_MODELS": str(paths.models_dir().resolve()),
        "DIGITLAB_RUNS": str(paths.runs_dir().resolve()),
        "DIGITLAB_DATA": str(paths.data_dir().resolve()),
        "DIGITLAB_EVALUATIONS": str(paths.evaluations_dir().resolve()),
        # Otherwise each worker takes as many threads as the machine has cores, whatever it reserved.
        "TF_NUM_INTRAOP_THREADS": str(cores_per_job()),
    }


def study_storage() -> dict[str, str]:
    """The variables for the database of studies, without its password.

    Ray shows a job's variables on its dashboard and writes them to its logs. The password therefore goes into a file in the
    folder of runs that only this user can read, and libpq finds it there.

    Raises:
        ClusterError: the address cannot be read, or the password belongs to another kind of database.
        OSError: the file cannot be written.
    """
    value = os.environ.get(STORAGE_VARIABLE)
    if not value:
        return {}
    from sqlalchemy.engine import URL, make_url
    from sqlalchemy.exc import ArgumentError

    try:
        url = make_url(value)
    except (ArgumentError, ValueError):
        raise ClusterError(f"{STORAGE_VARIABLE} is not the address of a database.") from None
    password = url.query.get("password", url.password)
    query = {name: entry for name, entry in url.query.items() if name != "password"}
    open_url = URL.create(url.drivername, url.username, None, url.host, url.port, url.database, query)
    shown = open_url.render_as_string(hide_password=False)
    if not password:
        return {STORAGE_VARIABLE: shown}
    if url.get_backend_name() != "postgresql":
        raise ClusterError(f"The password in {STORAGE_VARIABLE} can be passed on to Ray jobs for PostgreSQL alone.")
    file = (paths.runs_dir() / PASSWORD_FILE).resolve()
    _write_password(file, str(password))
    return {STORAGE_VARIABLE: shown, "PGPASSFILE": str(file)}


def _write_password(file: Path, password: str) -> None:
    escaped = password.replace("\\", "\\\\").replace(":", "\\:")
    draft = file.with_name(f"{PASSWORD_FILE}-{os.getpid()}")
    draft.unlink(missing_ok=True)
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)  # libpq ignores a file that others can read
    with os.fdopen(descriptor, "w") as draft_file:
        draft_file.write(f"*:*:*:*:{escaped}\n")
    os.replace(draft, file)
