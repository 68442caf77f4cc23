"""Where models, runs, data and evaluations live. An environment variable can move each folder.

============  ====================  =========================
folder        variable              default
============  ====================  =========================
models        DIGITLAB_MODELS       ``<project>/models``
runs          DIGITLAB_RUNS         ``<project>/runs``
data          DIGITLAB_DATA         ``<project>/data``
evaluations   DIGITLAB_EVALUATIONS  ``<project>/evaluations``
============  ====================  =========================

The variables are read at every call, so that a test or a host can change them without a new import.
"""

import os
import re
from pathlib import Path

from digitcore.errors import ConfigError

PROJECT_DIR = Path(__file__).resolve().parent.parent


def models_dir() -> Path:
    """The folder of saved models."""
    return _folder("DIGITLAB_MODELS", "models")


def runs_dir() -> Path:
    """The folder of training runs."""
    return _folder("DIGITLAB_RUNS", "runs")


def evaluations_dir() -> Path:
    """The folder of evaluations and other measurements of saved models; everything in it can be recomputed."""
    return _folder("DIGITLAB_EVALUATIONS", "evaluations")


def data_dir() -> Path:
    """The folder of downloaded data sets and labelled folders."""
    return _folder("DIGITLAB_DATA", "data")


def child_environment() -> dict[str, str]:
    """The environment for a child process: this one's, with ``digitcore`` on Python's search path."""
    search_path = os.pathsep.join(filter(None, (str(PROJECT_DIR), os.environ.get("PYTHONPATH"))))
    return os.environ | {"PYTHONPATH": search_path}


def _folder(variable: str, default: str) -> Path:
    value = os.environ.get(variable)
    return Path(value).expanduser() if value else PROJECT_DIR / default


NAME_PATTERN = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")


def check_name(name: str) -> str:
    """Check that a name is safe for a folder, and return it.

    Raises:
        ConfigError: it is empty, too long or holds other characters.
    """
    if not isinstance(name, str) or not NAME_PATTERN.fullmatch(name):
        shown = name if len(str(name)) <= 40 else f"{str(name)[:40]}…"
        raise ConfigError(
            f"The name {shown!r} cannot be used: choose 1 to 64 letters, digits, '_' or '-', with a letter or digit first."
        )
    return name
