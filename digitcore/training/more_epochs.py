"""The settings of a run that trains the network of a finished one for more epochs."""

from dataclasses import replace

from digitcore.errors import RunError
from digitcore.runs.config import TrainConfig
from digitcore.runs.run import Run

MORE_EPOCHS = 10
#: Schedules whose rate has fallen to nearly zero by the last epoch.
ENDING_SCHEDULES = ("one_cycle", "cosine")
#: After one of them, the rate starts again from this share of its peak and falls along a cosine: a warm restart, as in
#: Loshchilov and Hutter, "SGDR" (2017), but lower, so that the network keeps what it has learned.
RESTART_SHARE = 0.1


def continued_config(run: Run, name: str) -> TrainConfig:
    """The settings of a run that continues a finished one for ``MORE_EPOCHS`` epochs.

    Args:
        run: the finished run.
        name: the name of the new model.

    Raises:
        RunError: the run has not finished, has kept no checkpoint, or its settings are damaged.
        ConfigError: it would have too many epochs.
    """
    if not run.can_continue:
        raise RunError("This run cannot be continued: it has not finished, or it has not kept what is needed for it.")
    config = run.config
    changes = {"name": name, "epochs": len(run.history()) + MORE_EPOCHS, "continued_from": run.id}
    if restarts_rate(config):
        share = 1 if config.continued_from else RESTART_SHARE  # the rate of a continued run is lowered already
        changes |= {"schedule": "cosine", "learning_rate": share * config.learning_rate}
        changes["plateau_min_rate"] = min(config.plateau_min_rate, changes["learning_rate"])
    return replace(config, **changes)


def restarts_rate(config: TrainConfig) -> bool:
    """Whether a continued run starts its learning rate again, because it had fallen to nearly zero."""
    return config.schedule in ENDING_SCHEDULES
