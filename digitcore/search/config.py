"""The settings of a study: checked when they are created, immutable, and equal after a round trip through JSON."""

from dataclasses import dataclass, fields, replace
from typing import Any, Self

from optuna.distributions import distribution_to_json, json_to_distribution

from digitcore.errors import ConfigError, SettingError
from digitcore.paths import check_name
from digitcore.runs.config import TrainConfig
from digitcore.search.space import Space, check_space, combinations, default_space, grid
from digitcore.training.recipes import RECIPES

SAMPLERS = ("tpe", "random", "grid", "cma_es")
PRUNERS = ("median", "hyperband", "none")
OBJECTIVES = ("loss", "accuracy", "accuracy_and_parameters")
MAX_TRIALS = 10_000
MAX_WORKERS = 64
#: A grid is written into the database when the study is created.
MAX_GRID = 1_000
#: More minutes than anyone would wait for.
MAX_MINUTES = 7 * 24 * 60


@dataclass(frozen=True, kw_only=True)
class SearchConfig:
    """Everything that determines a study.

    Attributes:
        name: the study's name; letters, digits, ``_`` and ``-``, at most 64.
        base: the settings of every trial that are not searched; ``limit`` and ``epochs`` say how long a trial takes.
        space: parameter -> the range that is searched; see ``space``.
        sampler: ``"tpe"`` (learns from the trials so far), ``"random"``, ``"grid"`` (every combination in random order) or
            ``"cma_es"`` (an evolution strategy for numbers).
        pruner: ``"median"`` (ends a trial that is worse than the median of the others at the same epoch), ``"hyperband"`` or
            ``"none"``.
        objective: ``"loss"`` (lowest cross-entropy on the validation images), ``"accuracy"`` (highest accuracy on them) or
            ``"accuracy_and_parameters"`` (high accuracy and few parameters).
        trials: the number of trials.
        minutes: no trial begins later than this after Start; None for no limit.
        workers: the number of processes that train at the same time.
        seed: the seed of the sampler; a study with one worker that nobody interrupts makes the same choices again.
    """

    name: str
    base: TrainConfig
    space: Space
    sampler: str = "tpe"
    pruner: str = "median"
    objective: str = "loss"
    trials: int = 20
    minutes: float | None = None
    workers: int = 1
    seed: int = 0

    def __post_init__(self) -> None:
        check_name(self.name)
        for name, allowed in (("sampler", SAMPLERS), ("pruner", PRUNERS), ("objective", OBJECTIVES)):
            value = getattr(self, name)
            if value not in allowed:
                raise SettingError(name, value, f"choose one of {', '.join(allowed)}")
        check_budget(self.trials, self.minutes)
        _check_whole("workers", self.workers, 1, MAX_WORKERS)
        _check_whole("seed", self.seed, 0, 2**32 - 1)
        check_space(self.space, self.base)
        if self.has_two_objectives and self.pruner != "none":
            raise SettingError("pruner", self.pruner, "a search for two objectives cannot prune. Choose none")
        if self.has_two_objectives and self.sampler == "cma_es":
            raise SettingError("sampler", self.sampler, "CMA-ES searches for one objective. Choose tpe")
        if self.sampler == "grid" and (points := combinations_of_grid(self.space)) > MAX_GRID:
            raise SettingError("sampler", self.sampler, f"the grid has {points:,} points, at most {MAX_GRID:,} are allowed")

    @property
    def has_two_objectives(self) -> bool:
        """Whether there is a Pareto front instead of one best trial."""
        return self.objective == "accuracy_and_parameters"

    @property
    def directions(self) -> tuple[str, ...]:
        """For each objective, ``"minimize"`` or ``"maximize"``."""
        return {"loss": ("minimize",), "accuracy": ("maximize",), "accuracy_and_parameters": ("maximize", "minimize")}[
            self.objective
        ]

    @property
    def architecture(self) -> str:
        """The architecture of every trial."""
        return self.base.architecture

    def same_search(self, other: Self) -> bool:
        """Whether both search the same: everything but the budget and the number of workers is equal."""
        return replace(self, trials=1, minutes=None, workers=1) == replace(other, trials=1, minutes=None, workers=1)

    def to_json(self) -> dict[str, Any]:
        """The settings as a value that ``json.dumps`` accepts and ``from_json`` turns back into an equal config."""
        value = {field.name: getattr(self, field.name) for field in fields(self)}
        space = {name: distribution_to_json(distribution) for name, distribution in self.space.items()}
        return value | {"base": self.base.to_json(), "space": space}

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> Self:
        """Read the settings that ``to_json`` returned.

        Raises:
            ConfigError: an unknown setting or a bad value.
        """
        try:
            space = {name: json_to_distribution(text) for name, text in value["space"].items()}
            return cls(**{**value, "base": TrainConfig.from_json(value["base"]), "space": space})
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise ConfigError(f"The settings of the study cannot be read: {error!r}.") from error


def default_search(architecture: str = "lenet", name: str | None = None) -> SearchConfig:
    """A study of 20 short trials, for ``lenet`` less than five minutes on two cores."""
    base = replace(
        RECIPES[architecture], name=name or f"{architecture}_search", limit=2_000, epochs=4, early_stopping_patience=None
    )
    return SearchConfig(name=base.name, base=base, space=default_space(architecture))


def combinations_of_grid(space: Space) -> int:
    """The number of points of a grid search."""
    points = combinations(space)
    if points is not None:
        return points
    product = 1
    for values in grid(space).values():
        product *= len(values)
    return product


def check_budget(trials: int, minutes: float | None) -> None:
    """Check the number of trials and the time limit.

    Raises:
        SettingError: one of them is out of range.
    """
    _check_whole("trials", trials, 1, MAX_TRIALS)
    is_number = isinstance(minutes, int | float) and not isinstance(minutes, bool)
    if minutes is not None and not (is_number and 0 < minutes <= MAX_MINUTES):
        raise SettingError("minutes", minutes, f"give a number above 0, at most {MAX_MINUTES:,}, or none")


def _check_whole(name: str, value: Any, low: int, high: int) -> None:
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise SettingError(name, value, f"give a whole number from {low:,} to {high:,}")
