"""Begin a run with the network, the optimiser and the curves of a finished one."""

import shutil
from dataclasses import replace

import keras

from digitcore.errors import CheckpointError, RunError
from digitcore.runs.config import TrainConfig
from digitcore.runs.registry import find_run
from digitcore.runs.run import CHECKPOINT_FILE, EPOCHS_DIR, PROGRESS_FILE, UNTRAINED_FILE, Run
from digitcore.training import checkpoint
from digitcore.training.checkpoint import TrainingProgress
from digitcore.training.more_epochs import MORE_EPOCHS, restarts_rate


def continue_from(config: TrainConfig, run: Run) -> tuple[keras.Model, TrainingProgress]:
    """Read the finished run's network and progress, and copy its curves and kept networks.

    Args:
        config: the settings of the new run, from ``continued_config``.
        run: the new run.

    Returns:
        The network, which is compiled only if its optimiser goes on as well, and the progress.

    Raises:
        RunError: the finished run or its checkpoint is gone.
        CheckpointError: its checkpoint is damaged.
    """
    source = find_run(config.continued_from)
    if not source.can_continue:
        raise RunError(f"The run {source.id} cannot be continued: it has not kept what is needed for it.")
    try:
        model, progress = checkpoint.load(source.folder / CHECKPOINT_FILE)
    except CheckpointError as error:
        raise CheckpointError(f"The run {source.id} cannot be continued. {error}") from error
    shutil.copytree(source.folder / EPOCHS_DIR, run.folder / EPOCHS_DIR, dirs_exist_ok=True)
    for name in (PROGRESS_FILE, UNTRAINED_FILE):
        if (source.folder / name).exists():
            shutil.copyfile(source.folder / name, run.folder / name)
    if restarts_rate(config):
        network = type(model).from_config(model.get_config())
        network.set_weights(model.get_weights())
        model = network
    sentence = f"Continued from here for {MORE_EPOCHS} more epochs."
    if restarts_rate(config):
        sentence += (
            f" The learning rate had fallen to nearly zero, so it starts again at {config.learning_rate:g} and falls once more."
        )
    event = (len(progress.rows), sentence)
    return model, replace(
        progress, complete=False, callbacks=_anew(progress.callbacks), events=[*map(tuple, progress.events), event]
    )


def _anew(callbacks: dict[str, dict[str, float | None]]) -> dict[str, dict[str, float | None]]:
    """The callbacks' state with the patience of early stopping counted anew, or it would end training at once."""
    stopping = callbacks.get("EarlyStopping")
    return callbacks if stopping is None else callbacks | {"EarlyStopping": stopping | {"wait": 0, "stopped_epoch": 0}}
