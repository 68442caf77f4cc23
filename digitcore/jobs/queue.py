"""Which runs may wait to be trained, and under which names."""

import itertools

from digitcore.datasets.training_data import count_training_images
from digitcore.errors import ConfigError
from digitcore.networks import registry
from digitcore.runs.config import TrainConfig
from digitcore.runs.registry import create_run, model_names_in_use, queued_runs
from digitcore.runs.run import Run
from digitcore.training.limits import check_limits

#: A demo host's visitors cannot fill its disk.
MAX_QUEUE = 20


def check_submission(config: TrainConfig) -> int:
    """Check that a run can be put in the queue.

    Returns:
        How many images it would train on.

    Raises:
        ConfigError: the name is taken, the network or a batch is too large, or the queue is full.
        DataError: the labelled folder cannot be used.
    """
    check_name_is_free(config.name)
    images = count_training_images(config.data, folder=config.folder, limit=config.limit)
    check_limits(config, images)
    if len(queued_runs()) >= MAX_QUEUE:
        raise ConfigError(f"{MAX_QUEUE} runs are waiting already. Try again when some of them are done.")
    return images


def check_name_is_free(name: str) -> None:
    """Check that no model has the name, and no run will give one.

    Raises:
        ConfigError: one has, or will.
    """
    if registry.exists(name):
        raise ConfigError(f"There is already a model {name!r}. Choose another name.")
    if name in model_names_in_use():
        raise ConfigError(f"A run that waits or runs will already give a model {name!r}. Choose another name.")


def submit_run(config: TrainConfig) -> Run:
    """Put a new run in the queue; what it raises is ``check_submission``'s."""
    check_submission(config)
    return create_run(config)


def free_name(name: str) -> str:
    """The name itself where no model or run has it, else with a number."""
    taken = model_names_in_use() | {entry.name for entry in registry.list_models()}
    candidates = itertools.chain([name], (f"{name[:60]}_{number}" for number in itertools.count(2)))
    return next(candidate for candidate in candidates if candidate not in taken)
