"""The database that holds the studies: Optuna's, in a file beside the runs, or on a server that many machines reach."""

import contextlib
import threading
import warnings
from collections.abc import Iterator

import optuna
from optuna.storages import BaseStorage, RDBStorage, RetryHeartbeatStaleTrialCallback, get_storage
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, SQLAlchemyError

from digitcore import paths
from digitcore.errors import StorageError, summary
from digitcore.search.location import STORAGE_VARIABLE, storage_url, uses_file

#: A worker says so often that it lives; a trial whose worker has been silent for longer is tried again.
HEARTBEAT_SECONDS, SILENT_SECONDS = 10, 30
#: A trial that has ended so many workers is not tried again.
MAX_RETRIES = 3
#: How long to wait for a server, and for a file that another process writes to.
CONNECT_SECONDS, BUSY_SECONDS = 3, 30

# Heartbeats and retries are "experimental" since 2021; requirements.txt pins Optuna's version.
warnings.filterwarnings("ignore", category=optuna.exceptions.ExperimentalWarning)

_storages: dict[str, BaseStorage] = {}
_opening = threading.Lock()


def shown_url() -> str:
    """The address of the database without its password, for a page or a log."""
    try:
        return make_url(storage_url()).render_as_string(hide_password=True)
    except ArgumentError:
        return f"the address in {STORAGE_VARIABLE}"


def open_storage() -> BaseStorage:
    """The database, opened once for each process and address, with heartbeats and retries.

    Raises:
        StorageError: it cannot be reached, refuses the password, or was written by a newer Optuna.
    """
    url = storage_url()
    with _opening:
        if url not in _storages:
            if uses_file():
                _make_folder()
            with reaching_storage():
                # Optuna caches finished trials, which never change.
                _storages[url] = get_storage(_connect(url))
        return _storages[url]


def _make_folder() -> None:
    folder = paths.runs_dir()
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StorageError(
            f"The folder {folder} for the studies cannot be made: {error.strerror}. Set DIGITLAB_RUNS."
        ) from None


def _connect(url: str) -> RDBStorage:
    is_file = url.startswith("sqlite")
    timeout = {"timeout": BUSY_SECONDS} if is_file else {"connect_timeout": CONNECT_SECONDS}
    # The pool tests a connection before it is used, so that a restarted server is reached again.
    pool = {} if is_file else {"pool_size": 2, "max_overflow": 8}
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    return RDBStorage(
        url,
        engine_kwargs={"connect_args": timeout, "pool_pre_ping": True, **pool},
        heartbeat_interval=HEARTBEAT_SECONDS,
        grace_period=SILENT_SECONDS,
        heartbeat_stale_trial_callback=RetryHeartbeatStaleTrialCallback(max_retry=MAX_RETRIES),
    )


@contextlib.contextmanager
def reaching_storage() -> Iterator[None]:
    """Turn what can go wrong with the database inside the block into one sentence without its password.

    Raises:
        StorageError: the database could not be used.
    """
    try:
        yield
    except (SQLAlchemyError, NoSuchModuleError, ModuleNotFoundError, optuna.exceptions.StorageInternalError) as error:
        raise StorageError(_reason(error)) from None  # a traceback could print the address
    except RuntimeError as error:
        if "version" not in str(error):
            raise
        raise StorageError(
            f"The studies in {shown_url()} were written by another version of Optuna than {optuna.__version__}, which is "
            "installed here. Install the versions of requirements.txt on every machine, or choose another database."
        ) from None


def _reason(error: BaseException) -> str:
    cause = error
    while cause.__cause__ is not None or getattr(cause, "orig", None) is not None:
        cause = getattr(cause, "orig", None) or cause.__cause__
    text = str(cause).lower()
    if isinstance(error, ArgumentError | NoSuchModuleError | ModuleNotFoundError):
        return (
            f"{STORAGE_VARIABLE} does not name a database that can be used here. Expected an address such as "
            "postgresql+psycopg://user:password@host/database."
        )
    if "password" in text or "authentication" in text:
        return f"The database {shown_url()} refuses the user or the password. Correct {STORAGE_VARIABLE} and restart."
    if "full" in text or "no space" in text:
        return f"The disk of the database {shown_url()} is full. Free some space; the study then goes on."
    if "readonly" in text or "read-only" in text or "unable to open" in text:
        return f"The database {shown_url()} cannot be written to. Check the permissions of its folder."
    if "not a database" in text or "malformed" in text:
        return f"The file of the database {shown_url()} is damaged. Move it away, and a new one is created."
    if "locked" in text:
        return f"The database {shown_url()} is busy. Try again."
    reason = _without_secret(summary(cause))
    return f"The database {shown_url()} cannot be reached ({reason}). It is tried again."


def _without_secret(text: str) -> str:
    with contextlib.suppress(ArgumentError):
        secret = make_url(storage_url()).password
        if secret:
            text = text.replace(str(secret), "***")
    return text if len(text) <= 160 else f"{text[:160]}…"
