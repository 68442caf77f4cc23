"""Settings of a training run: checked when made, unchanged afterwards, the same after a round trip through JSON."""

import json
import re
from dataclasses import asdict, dataclass, field, fields
from typing import Any, Self

from digitcore.augmentation import LIMITS, Augmentation
from digitcore.errors import ConfigError

SCHEDULES = ("plateau", "one_cycle", "constant")
DATA_SETS = ("mnist", "sample")
NAME_PATTERN = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")


@dataclass(frozen=True, kw_only=True)
class TrainConfig:
    """Everything that decides a training run.

    Attributes:
        name: of the model that comes out; letters, digits, ``_`` and ``-``, at most 64.
        architecture: a name in ``architectures.ARCHITECTURES``.
        arguments: of the architecture, where its defaults do not fit.
        data: ``"mnist"``, or ``"sample"`` for the 5,000-image sample.
        limit: train on the first so many images only; None for all.
        batch_size: images per step.
        epochs: passes over the training images, at most.
        learning_rate: Adam's; with ``one_cycle`` its peak.
        schedule: ``"plateau"`` (times ``plateau_factor`` where the validation loss stalls), ``"one_cycle"`` (linear warm-up,
            then a cosine to nearly zero) or ``"constant"``.
        early_stopping_patience: epochs without a better validation loss before training stops.
        plateau_patience: epochs without a better validation loss before the learning rate falls.
        plateau_factor: what it is multiplied by then, 0-1.
        augmentation: distortions of the training images.
        seed: of weights, order and distortions.
    """

    name: str
    architecture: str
    arguments: dict[str, Any] = field(default_factory=dict)
    data: str = "mnist"
    limit: int | None = None
    batch_size: int = 128
    epochs: int = 10
    learning_rate: float = 0.001
    schedule: str = "plateau"
    early_stopping_patience: int = 5
    plateau_patience: int = 2
    plateau_factor: float = 0.5
    augmentation: Augmentation = field(default_factory=Augmentation)
    seed: int = 0

    def __post_init__(self) -> None:
        check_name(self.name)
        _check(isinstance(self.arguments, dict), "arguments", self.arguments, "give the architecture's arguments by name")
        # As JSON will give them back: lists for tuples.
        object.__setattr__(self, "arguments", json.loads(json.dumps(self.arguments)))
        _check(self.schedule in SCHEDULES, "schedule", self.schedule, f"choose one of {', '.join(SCHEDULES)}")
        _check(self.data in DATA_SETS, "data", self.data, f"choose one of {', '.join(DATA_SETS)}")
        for name in ("batch_size", "epochs", "early_stopping_patience", "plateau_patience"):
            value = getattr(self, name)
            _check(_is_whole(value) and value >= 1, name, value, "give a whole number of at least 1")
        _check(_is_whole(self.seed) and 0 <= self.seed < 2**32, "seed", self.seed, "give a whole number from 0 to 4294967295")
        _check(
            self.limit is None or (_is_whole(self.limit) and self.limit >= 1), "limit", self.limit, "give a number of images"
        )
        _check(
            _is_number(self.learning_rate) and 0 < self.learning_rate <= 10, "learning_rate", self.learning_rate, "give 0 to 10"
        )
        _check(
            _is_number(self.plateau_factor) and 0 < self.plateau_factor < 1,
            "plateau_factor",
            self.plateau_factor,
            "give a number between 0 and 1",
        )

    def to_json(self) -> dict[str, Any]:
        """A value that ``json.dumps`` takes and ``from_json`` turns back into an equal config."""
        return asdict(self)

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> Self:
        """The config that ``to_json`` described.

        Raises:
            ConfigError: an unknown setting or a bad value.
        """
        known = {f.name for f in fields(cls)}
        if unknown := sorted(set(value) - known):
            raise ConfigError(f"There is no training setting {unknown[0]!r}. The settings are: {', '.join(sorted(known))}.")
        for name in ("name", "architecture"):
            _check(name in value, name, None, "it has to be given")
        distortions = value.get("augmentation", {})
        _check(isinstance(distortions, dict), "augmentation", distortions, "give amounts by name")
        if unknown := sorted(set(distortions) - set(LIMITS)):
            raise ConfigError(f"There is no augmentation {unknown[0]!r}. There are: {', '.join(LIMITS)}.")
        return cls(**{**value, "augmentation": Augmentation(**distortions)})


def check_name(name: str) -> str:
    """Return a model's name where it is safe as a folder's name.

    Raises:
        ConfigError: it is empty, too long or holds other characters.
    """
    if not isinstance(name, str) or not NAME_PATTERN.fullmatch(name):
        shown = name if len(str(name)) <= 40 else f"{str(name)[:40]}…"
        raise ConfigError(
            f"The name {shown!r} cannot be used: take 1 to 64 letters, digits, '_' or '-', a letter or digit first."
        )
    return name


def _check(condition: bool, name: str, value: Any, advice: str) -> None:
    if not condition:
        raise ConfigError(f"{name} is {value!r}: {advice}.")


def _is_whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
