"""The search space: which settings a study varies, and in which ranges. The ranges are Optuna's distributions.

A parameter is named like the setting that it varies: an argument of the architecture (``kernel_size``), an entry of a list of
arguments, counted from 1 (``filters_1``), a setting of ``TrainConfig`` (``learning_rate``) or an amount of its augmentation
(``rotation``).
"""

import math
import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from optuna.distributions import BaseDistribution, CategoricalDistribution, FloatDistribution, IntDistribution
from optuna.trial import Trial

from digitcore.errors import ConfigError, SettingError
from digitcore.networks.cost import default_arguments, network_cost
from digitcore.runs.config import LIMITS, OPTIMIZERS, SCHEDULES, TrainConfig

Space = dict[str, BaseDistribution]

#: The default range of each setting that can join.
SETTINGS: Space = {
    "learning_rate": FloatDistribution(3e-4, 3e-2, log=True),
    "batch_size": CategoricalDistribution((32, 64, 128, 256)),
    "epochs": IntDistribution(2, 8),
    "limit": IntDistribution(2_000, 10_000, step=1_000),
    "optimizer": CategoricalDistribution(OPTIMIZERS),
    "schedule": CategoricalDistribution(SCHEDULES),
    "plateau_patience": IntDistribution(1, 4),
    "plateau_factor": FloatDistribution(0.1, 0.9),
    "plateau_min_rate": FloatDistribution(1e-6, 1e-4, log=True),
    "early_stopping_patience": IntDistribution(1, 5),
    "early_stopping_min_delta": FloatDistribution(0.0, 0.01),
    "seed": IntDistribution(0, 99),
}
AMOUNTS: Space = {
    "shift": FloatDistribution(0.0, 3.0),
    "rotation": FloatDistribution(0.0, 20.0),
    "scale": FloatDistribution(0.0, 0.25),
    "shear": FloatDistribution(0.0, 20.0),
    "elastic": FloatDistribution(0.0, 2.0),
    "thickness": FloatDistribution(0.0, 1.0),
    "noise": FloatDistribution(0.0, 0.2),
    **{name: FloatDistribution(0.0, 0.6) for name in ("styles", "pens", "stretch", "damage")},
    "outliers": FloatDistribution(0.0, 0.3),
}
ARGUMENTS: Space = {
    "kernel_size": IntDistribution(3, 7, step=2),
    "dense_units": IntDistribution(32, 256, step=32),
    "dropout": FloatDistribution(0.0, 0.7),
    "blocks": IntDistribution(1, 3),
}
#: The ranges of a layer's filters go from a quarter of the default to twice it, in steps of a quarter.
FILTER_SHARE = 4
#: The number of values that a grid takes from a continuous range.
GRID_LEVELS = 5
WHOLE_SETTINGS = (
    *("batch_size", "epochs", "limit", "plateau_patience", "early_stopping_patience", "seed", "kernel_size", "dense_units"),
    *("filters", "blocks"),
)


def searchable(architecture: str) -> Space:
    """Every parameter that a study of this architecture can vary, with its default range; the arguments come first."""
    space: Space = {}
    for name, default in default_arguments(architecture).items():
        if isinstance(default, Sequence):
            for index, value in enumerate(default, start=1):
                step = max(1, value // FILTER_SHARE)
                space[f"{name}_{index}"] = IntDistribution(step, 2 * value, step=step)
        else:
            space[name] = ARGUMENTS[name]
    return space | SETTINGS | AMOUNTS


def default_space(architecture: str) -> Space:
    """The filters of each convolution, the learning rate and the batch size."""
    space = searchable(architecture)
    return {name: space[name] for name in space if name.startswith("filters_") or name in ("learning_rate", "batch_size")}


def is_whole(name: str) -> bool:
    """Whether the values of a parameter are whole numbers."""
    return re.sub(r"_\d+$", "", name) in WHOLE_SETTINGS


def number_range(name: str, low: float, high: float, *, step: float | None = None, log: bool = False) -> BaseDistribution:
    """A range of numbers for a parameter; whole numbers if the setting needs them.

    Args:
        name: the parameter.
        low: the smallest value.
        high: the largest value.
        step: the distance between two values; None for 1, or for no fixed distance if the values are not whole.
        log: whether small values are tried as densely as large ones, on a logarithmic scale.

    Raises:
        SettingError: the range is reversed or of no use.
    """
    for value in (low, high):
        if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
            raise SettingError(name, value, "give a number for each end of the range")
        if is_whole(name) and value != int(value):
            raise SettingError(name, value, "give whole numbers")
    if low > high:
        raise SettingError(name, [low, high], "the range is reversed. Give the smaller number first")
    if log and low <= 0:
        raise SettingError(name, low, "a logarithmic range begins above 0")
    if step is not None and step <= 0:
        raise SettingError(name, step, "give a step above 0")
    if is_whole(name):
        return IntDistribution(int(low), int(high), step=1 if log else int(step or 1), log=log)
    return FloatDistribution(float(low), float(high), step=None if log else step, log=log)


def choices(name: str, values: Sequence[Any]) -> CategoricalDistribution:
    """A choice between values for a parameter.

    Raises:
        SettingError: there are no values, or one stands there twice.
    """
    if not values:
        raise SettingError(name, [], "give at least one value to choose from")
    if len(set(values)) < len(values):
        raise SettingError(name, list(values), "give each value once")
    return CategoricalDistribution(tuple(values))


def check_space(space: Space, base: TrainConfig) -> None:
    """Check that each parameter exists and that both ends of its range, or all its choices, are allowed on their own.

    A combination that cannot be built, such as a kernel larger than its feature map, is pruned when its trial comes.

    Raises:
        SettingError: an unknown parameter, an empty space or a value that is not allowed.
    """
    if not space:
        raise SettingError("space", [], "choose at least one setting to search")
    known = searchable(base.architecture)
    for name, distribution in space.items():
        if name not in known:
            raise ConfigError(f"A search of {base.architecture} has no parameter {name!r}. It can vary: {', '.join(known)}.")
        for value in _ends(distribution):
            try:
                config = trial_config(base, {name: value})
                network_cost(config.architecture, config.arguments)
            except SettingError as error:
                raise SettingError(name, value, error.advice) from error
            except ConfigError:  # too large together with the other arguments' defaults, perhaps not with those of a trial
                continue


def trial_config(base: TrainConfig, values: dict[str, Any]) -> TrainConfig:
    """The settings of a trial: the study's fixed settings with the trial's values in their places.

    Raises:
        SettingError: a value is not allowed.
    """
    arguments, settings, amounts = dict(base.arguments), {}, {}
    defaults = default_arguments(base.architecture)
    for name, value in values.items():
        entry = re.fullmatch(r"(\w+)_(\d+)", name)
        if entry and isinstance(defaults.get(entry[1]), Sequence):
            numbers = list(arguments.get(entry[1], defaults[entry[1]]))
            numbers[int(entry[2]) - 1] = value
            arguments[entry[1]] = numbers
        elif name in defaults:
            arguments[name] = value
        elif name in LIMITS:
            amounts[name] = value
        else:
            settings[name] = value
    # The rate of a trial may be lower than the floor that belongs to the base's rate.
    rate = settings.get("learning_rate", base.learning_rate)
    if "plateau_min_rate" not in settings and isinstance(rate, int | float):
        settings["plateau_min_rate"] = min(base.plateau_min_rate, rate)
    return replace(base, arguments=arguments, augmentation=replace(base.augmentation, **amounts), **settings)


def combinations(space: Space) -> int | None:
    """The number of combinations of values; None if a range is continuous, so that there is no end of them."""
    counts = [_count(distribution) for distribution in space.values()]
    return None if None in counts else math.prod(counts)


def grid(space: Space) -> dict[str, list[Any]]:
    """The values of a grid search: all of a range, or ``GRID_LEVELS`` evenly spaced ones of a continuous range."""
    return {name: _levels(distribution) for name, distribution in space.items()}


def suggest(trial: Trial, space: Space) -> dict[str, Any]:
    """Let the sampler choose a value for each parameter."""
    return {name: _suggest(trial, name, distribution) for name, distribution in space.items()}


def _suggest(trial: Trial, name: str, distribution: BaseDistribution) -> Any:
    if isinstance(distribution, CategoricalDistribution):
        return trial.suggest_categorical(name, distribution.choices)
    limits = {"low": distribution.low, "high": distribution.high, "step": distribution.step, "log": distribution.log}
    return (trial.suggest_int if isinstance(distribution, IntDistribution) else trial.suggest_float)(name, **limits)


def _ends(distribution: BaseDistribution) -> Sequence[Any]:
    if isinstance(distribution, CategoricalDistribution):
        return distribution.choices
    return (distribution.low, distribution.high)


def _count(distribution: BaseDistribution) -> int | None:
    if isinstance(distribution, CategoricalDistribution):
        return len(distribution.choices)
    if distribution.single():
        return 1
    if distribution.step is None:
        return None
    return round((distribution.high - distribution.low) / distribution.step) + 1


def _levels(distribution: BaseDistribution) -> list[Any]:
    if isinstance(distribution, CategoricalDistribution):
        return list(distribution.choices)
    low, high = distribution.low, distribution.high
    count = _count(distribution)
    if count is not None:
        step = 0 if count == 1 else (high - low) / (count - 1)
        return [type(low)(low + step * index) for index in range(count)]
    shares = [index / (GRID_LEVELS - 1) for index in range(GRID_LEVELS)]
    if distribution.log:
        return [low * (high / low) ** share for share in shares]
    return [low + (high - low) * share for share in shares]
