"""Queue runs, and check which ones may be queued and under which names."""

import contextlib
import itertools
import time
from collections.abc import Iterator

from filelock import FileLock, Timeout

from digitcore import files, paths
from digitcore.datasets.training_data import count_training_images
from digitcore.errors import ConfigError, RunError, summary
from digitcore.networks import registry
from digitcore.runs.config import TrainConfig
from digitcore.runs.registry import create_run, model_names_in_use, new_run_folder, queued_runs
from digitcore.runs.run import Run
from digitcore.runs.state import State, Status
from digitcore.training.limits import check_limits
from digitcore.training.more_epochs import continued_config

#: Keeps visitors from filling a demo server's disk.
MAX_QUEUE = 20
LOCK_WAIT_SECONDS = 30


def check_submission(config: TrainConfig) -> int:
    """Check that a run can be queued.

    Returns:
        The number of training images.

    Raises:
        ConfigError: the name is taken, the network or a batch is too large, or the queue is full.
        DataError: the labelled folder cannot be used.
    """
    check_name_is_free(config.name)
    images = count_training_images(**config.data_options)
    check_limits(config, images)
    _check_queue_has_room()
    return images


def check_name_is_free(name: str, *, replace: bool = False) -> None:
    """Check that no active run will save a model under this name, and that no model has it.

    Args:
        name: the name of the model.
        replace: whether an existing model may be overwritten.

    Raises:
        ConfigError: the name is taken.
    """
    if name in model_names_in_use():  # checked first: a run that ends after this check has saved its model
        raise ConfigError(f"A queued or running run will save a model {name!r}. Choose another name.")
    if not replace and registry.exists(name):
        raise ConfigError(f"There is already a model {name!r}. Choose another name.")


def submit_run(config: TrainConfig) -> Run:
    """Queue a new run.

    Raises:
        ConfigError, DataError: as in ``check_submission``.
        RunError: the folder of runs or models cannot be written to.
    """
    check_submission(config)
    with _queue_lock():  # check again: two processes may have come this far with the same name
        check_name_is_free(config.name)
        _check_queue_has_room()
        return create_run(config)


@contextlib.contextmanager
def begin_run(config: TrainConfig, *, replace: bool = False) -> Iterator[Run]:
    """Create a run that this process trains itself, inside the block; no dispatcher starts it.

    Args:
        config: what to train.
        replace: whether the run may overwrite a model of its name.

    Raises:
        ConfigError: the name is taken.
        RunError: the folder of runs or models cannot be written to.
    """
    with contextlib.ExitStack() as stack:
        with _queue_lock():
            check_name_is_free(config.name, replace=replace)
            run = Run(new_run_folder(config.name))
            run.folder.mkdir()
            stack.enter_context(run.lock())  # before other processes can see the run
            run.initialise(config, State(queued_at=time.time(), replace=replace))
        try:
            yield run
        finally:
            if run.state().status == Status.QUEUED:  # training never began, and a dispatcher would start it
                run.delete()


def resume_run(run: Run) -> None:
    """Queue an interrupted run again.

    Raises:
        ConfigError, RunError: as in ``check_can_resume``.
        RunError: the folder of runs or models cannot be written to.
    """
    with _queue_lock():
        check_can_resume(run)
        run.resume()


def continue_run(run: Run) -> Run:
    """Queue a new run that trains a finished run's network for more epochs, under a name that is free.

    Raises:
        ConfigError: the queue is full, or the run would have too many epochs.
        RunError: the run cannot be continued, or the folder of runs or models cannot be written to.
    """
    with _queue_lock():
        config = continued_config(run, free_name(run.config.name))
        _check_queue_has_room()
        return create_run(config)


def check_can_resume(run: Run) -> None:
    """Check that a run can be resumed, and that no other run has taken its model's name in the meantime.

    Raises:
        ConfigError: another run will save, or has saved, a model of that name.
        RunError: the run is not interrupted, or its settings are damaged.
    """
    run.check_can_resume()
    name = run.config.name
    if name in model_names_in_use():
        raise ConfigError(f"Another run will save a model {name!r}. Cancel that run, or wait for it and delete its model.")
    if registry.exists(name) and not run.state().replace and not registry.is_saved_by(name, run.id):
        raise ConfigError(f"There is already a model {name!r} from another run. Delete or rename it, then resume this run.")


def free_name(name: str) -> str:
    """The name itself if it is free, otherwise the name with the first free number."""
    taken = model_names_in_use() | {entry.name for entry in registry.list_models()}
    candidates = itertools.chain([name], (f"{name[:60]}_{number}" for number in itertools.count(2)))
    return next(candidate for candidate in candidates if candidate not in taken)


def _check_queue_has_room() -> None:
    if len(queued_runs()) >= MAX_QUEUE:
        raise ConfigError(f"{MAX_QUEUE} runs are queued already. Try again when some of them have finished.")


@contextlib.contextmanager
def _queue_lock() -> Iterator[None]:
    """Inside the block, no other process or thread changes the queue, so that two runs cannot take the same name.

    Raises:
        RunError: the folder of runs or models cannot be written to, or the lock is not released in time.
    """
    _check_writable()
    try:
        with FileLock(paths.runs_dir() / ".queue.lock", timeout=LOCK_WAIT_SECONDS):
            yield
    except Timeout as error:
        raise RunError(f"The queue has been busy for {LOCK_WAIT_SECONDS} seconds. Try again.") from error
    except OSError as error:
        raise RunError(f"The run cannot be written to {paths.runs_dir()}: {error.strerror or summary(error)}.") from error


def _check_writable() -> None:
    """Check the folders before a run starts rather than after it has been trained."""
    for folder, variable in ((paths.runs_dir(), "DIGITLAB_RUNS"), (paths.models_dir(), "DIGITLAB_MODELS")):
        try:
            files.check_writable(folder)
        except OSError as error:
            reason = "it is a file" if folder.is_file() else error.strerror
            raise RunError(
                f"The folder {folder} cannot be written to: {reason}. Make it a folder in which this program may create files, "
                f"or set the environment variable {variable} to another folder."
            ) from error
