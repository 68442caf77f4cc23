"""Where the studies are kept; told without loading Optuna."""

import os
from pathlib import Path

from digitcore import paths

#: Names a database server, as in ``postgresql+psycopg://user:password@host/database``; without it, a file is used.
STORAGE_VARIABLE = "DIGITLAB_STUDY_STORAGE"


def storage_file() -> Path:
    """The file that holds the studies, unless a database server is named."""
    return paths.runs_dir() / "studies.db"


def storage_url() -> str:
    """The address of the database; it may hold a password."""
    return os.environ.get(STORAGE_VARIABLE) or f"sqlite:///{storage_file().absolute()}"


def uses_file() -> bool:
    """Whether the studies are kept in a file."""
    return not os.environ.get(STORAGE_VARIABLE)


def has_storage() -> bool:
    """Whether there may be studies: a database server is named, or the file exists. Nothing is opened."""
    return not uses_file() or storage_file().exists()
