"""What the tests of studies share: a study whose trials take a moment, and trials that were never trained."""

from dataclasses import replace
from datetime import datetime, timedelta

import optuna
from optuna.distributions import FloatDistribution, IntDistribution
from optuna.trial import TrialState

from digitcore.runs.config import TrainConfig
from digitcore.search.config import SearchConfig
from digitcore.search.study import create_study

BASE = TrainConfig(
    name="tiny",
    architecture="lenet",
    arguments={"filters": [2, 4]},
    data="sample",
    limit=48,
    batch_size=16,
    epochs=2,
    early_stopping_patience=None,
)
SPACE = {"filters_1": IntDistribution(1, 3), "learning_rate": FloatDistribution(1e-3, 1e-2, log=True)}
CONFIG = SearchConfig(name="tiny", base=BASE, space=SPACE, trials=3, pruner="none")


def new_study(**changes):
    """A study that was created but not started."""
    return create_study(replace(CONFIG, **changes))


def add_trial(study, value=None, *, state=TrialState.COMPLETE, seconds=2.0, **attributes):
    """Add a trial that was never trained."""
    begun = datetime.now() - timedelta(seconds=seconds)
    values = [value] if isinstance(value, float | int) else value
    trial = optuna.trial.create_trial(
        state=state,
        values=values if state == TrialState.COMPLETE else None,
        params={"filters_1": 2, "learning_rate": 0.002},
        distributions=SPACE,
        user_attrs=attributes,
    )
    trial.datetime_start = None if state == TrialState.WAITING else begun
    trial.datetime_complete = datetime.now() if state.is_finished() else None
    study.optuna.add_trial(trial)
