"""The settings of a training run: checked when they are created, immutable, and equal after a round trip through JSON."""

import json
from dataclasses import asdict, dataclass, field, fields
from typing import Any, Self

from digitcore.datasets.training_data import DATA_SETS
from digitcore.errors import ConfigError, SettingError
from digitcore.paths import check_name

OPTIMIZERS = ("adam", "adamw", "sgd", "rmsprop")
SCHEDULES = ("plateau", "one_cycle", "cosine", "constant")
MONITORS = ("val_loss", "val_accuracy")

#: More epochs than anyone would wait for; without this limit, a typing error could block a shared machine for days.
MAX_EPOCHS = 1000


#: The largest amount of each distortion that leaves most digits readable.
LIMITS = {
    **{"shift": 8, "rotation": 45, "scale": 0.5, "shear": 45, "elastic": 4, "thickness": 1, "noise": 0.5},
    **{"styles": 1, "pens": 1, "stretch": 1, "damage": 1, "outliers": 0.5},
}


UNITS = {
    "shift": "pixels",
    "rotation": "degrees",
    "scale": "× the size",
    "shear": "degrees",
    "elastic": "pixels",
    "thickness": "pixels on either side",
    "noise": "× full brightness",
    "styles": "of the images",
    "pens": "of the images",
    "stretch": "of the images",
    "damage": "of the images",
    "outliers": "× the images, added",
}


@dataclass(frozen=True, kw_only=True)
class Augmentation:
    """How training images are varied. Each amount up to ``noise`` is drawn uniformly for each image up to the number given
    here; from ``styles`` on, the number is the share of the images that are changed. 0 turns a variation off.

    Attributes:
        shift: largest shift along each axis, pixels.
        rotation: largest rotation in either direction, degrees.
        scale: largest relative change of size, per axis; 0.1 means 0.9 to 1.1.
        shear: largest horizontal shear in either direction, degrees.
        elastic: largest displacement of a control point along each axis, pixels.
        thickness: how far strokes grow at most, 0-1; 1 is one pixel on either side. They shrink at most half as far.
        noise: largest standard deviation of Gaussian noise, on the scale 0-1.
        styles: digits that are written in a way rare in MNIST, such as a crossed 7 or a slashed 0.
        pens: digits that are inked anew with another pen.
        stretch: digits that are stretched towards a square, as some scanners do.
        damage: images with blur, noise, faint ink, gaps, stains, neighbours or compression.
        outliers: images without a digit that are added to each batch, in relation to its size. The network learns to give all
            ten digits the same probability for them.
    """

    shift: float = 0.0
    rotation: float = 0.0
    scale: float = 0.0
    shear: float = 0.0
    elastic: float = 0.0
    thickness: float = 0.0
    noise: float = 0.0
    styles: float = 0.0
    pens: float = 0.0
    stretch: float = 0.0
    damage: float = 0.0
    outliers: float = 0.0

    def __post_init__(self) -> None:
        for amount in fields(self):
            value, limit = getattr(self, amount.name), LIMITS[amount.name]
            if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= limit:
                raise SettingError(f"Augmentation {amount.name}", value, f"give a number from 0 to {limit}")

    def __bool__(self) -> bool:
        return any(asdict(self).values())


@dataclass(frozen=True, kw_only=True)
class TrainConfig:
    """Everything that determines a training run.

    Attributes:
        name: the name of the trained model; letters, digits, ``_`` and ``-``, at most 64.
        architecture: a name in ``architectures.ARCHITECTURES``.
        arguments: the architecture's arguments that differ from its defaults.
        data: ``"mnist"``, ``"sample"`` for the 5,000-image sample, or ``"folder"`` for labelled pictures of your own.
        folder: with ``data="folder"``, the folder that holds them as ``<digit>/*.png``.
        limit: train only on this many images, the first ones; None for all.
        batch_size: images per training step.
        epochs: maximum number of passes over the training images.
        optimizer: ``"adam"``, ``"adamw"``, ``"sgd"`` (Nesterov momentum 0.9) or ``"rmsprop"``.
        learning_rate: initial learning rate; for ``one_cycle``, its peak.
        schedule: ``"plateau"`` (multiplied by ``plateau_factor`` when the monitored metric stalls), ``"one_cycle"`` (linear
            warm-up, then a cosine to nearly zero), ``"cosine"`` (falls from the start) or ``"constant"``.
        monitor: ``"val_loss"`` or ``"val_accuracy"``: the metric for the best epoch, early stopping and the plateau schedule.
        early_stopping_patience: epochs without improvement before training stops; None never stops early.
        early_stopping_min_delta: the smallest change that early stopping counts as an improvement.
        plateau_patience: epochs without improvement before the plateau schedule lowers the learning rate.
        plateau_factor: the factor by which it multiplies the rate, between 0 and 1.
        plateau_min_rate: the lowest rate to which it falls.
        augmentation: distortions of the training images.
        leave_out_unreadable: with ``data="folder"``, train without the pictures that cannot be read.
        tensorboard: also write logs for TensorBoard.
        continued_from: the id of a finished run whose network is trained further; its epochs count among ``epochs``.
        seed: the seed of the weights, the order of images and the augmentation.
    """

    name: str
    architecture: str
    arguments: dict[str, Any] = field(default_factory=dict)
    data: str = "mnist"
    folder: str | None = None
    limit: int | None = None
    batch_size: int = 128
    epochs: int = 10
    optimizer: str = "adam"
    learning_rate: float = 0.001
    schedule: str = "plateau"
    monitor: str = "val_loss"
    early_stopping_patience: int | None = 5
    early_stopping_min_delta: float = 0.0
    plateau_patience: int = 2
    plateau_factor: float = 0.5
    plateau_min_rate: float = 0.0
    augmentation: Augmentation = field(default_factory=Augmentation)
    leave_out_unreadable: bool = False
    tensorboard: bool = False
    seed: int = 0
    continued_from: str | None = None

    def __post_init__(self) -> None:
        check_name(self.name)
        _check(isinstance(self.arguments, dict), "arguments", self.arguments, "give the architecture's arguments by name")
        try:
            # As JSON returns them: lists instead of tuples.
            object.__setattr__(self, "arguments", json.loads(json.dumps(self.arguments, allow_nan=False)))
        except (TypeError, ValueError):
            _check(False, "arguments", self.arguments, "give numbers, texts or lists of them")
        named = isinstance(self.architecture, str) and self.architecture
        _check(named, "architecture", self.architecture, "give a name")
        for name, choices in (
            ("data", DATA_SETS),
            ("optimizer", OPTIMIZERS),
            ("schedule", SCHEDULES),
            ("monitor", MONITORS),
        ):
            value = getattr(self, name)
            _check(value in choices, name, value, f"choose one of {', '.join(choices)}")
        named = isinstance(self.folder, str) and self.folder
        fits = named if self.data == "folder" else self.folder is None
        _check(fits, "folder", self.folder, 'give a path if data is "folder", and only then')
        for name in ("batch_size", "epochs", "early_stopping_patience", "plateau_patience", "limit"):
            value = getattr(self, name)
            optional = name in ("early_stopping_patience", "limit") and value is None
            _check(optional or (_is_whole(value) and value >= 1), name, value, "give a whole number of at least 1")
        _check(self.epochs <= MAX_EPOCHS, "epochs", self.epochs, f"give at most {MAX_EPOCHS}")
        _check(_is_whole(self.seed) and 0 <= self.seed < 2**32, "seed", self.seed, "give a whole number from 0 to 4294967295")
        rate, factor, floor = self.learning_rate, self.plateau_factor, self.plateau_min_rate
        _check(_is_number(rate) and 0 < rate <= 10, "learning_rate", rate, "give a number above 0, at most 10")
        _check(_is_number(factor) and 0 < factor < 1, "plateau_factor", factor, "give a number between 0 and 1")
        _check(_is_number(floor) and 0 <= floor <= rate, "plateau_min_rate", floor, "give a number from 0 to the learning rate")
        delta = self.early_stopping_min_delta
        _check(_is_number(delta) and 0 <= delta <= 1, "early_stopping_min_delta", delta, "give a number from 0 to 1")
        source = self.continued_from
        _check(source is None or (isinstance(source, str) and source), "continued_from", source, "give the id of a run")
        for name in ("leave_out_unreadable", "tensorboard"):
            _check(isinstance(getattr(self, name), bool), name, getattr(self, name), "give true or false")

    @property
    def data_options(self) -> dict[str, Any]:
        """The arguments of ``training_data.load`` and ``training_data.count_training_images``."""
        return {
            "data": self.data,
            "folder": self.folder,
            "limit": self.limit,
            "leave_out_unreadable": self.leave_out_unreadable,
        }

    def to_json(self) -> dict[str, Any]:
        """The settings as a value that ``json.dumps`` accepts and ``from_json`` turns back into an equal config."""
        return asdict(self)

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> Self:
        """Read the settings that ``to_json`` returned.

        Raises:
            ConfigError: an unknown setting or a bad value.
        """
        known = {f.name for f in fields(cls)}
        if unknown := sorted(set(value) - known):
            raise ConfigError(f"There is no training setting {unknown[0]!r}. The settings are: {', '.join(sorted(known))}.")
        for name in ("name", "architecture"):
            _check(name in value, name, None, "it is required")
        distortions = value.get("augmentation", {})
        _check(isinstance(distortions, dict), "augmentation", distortions, "give amounts by name")
        if unknown := sorted(set(distortions) - set(LIMITS)):
            raise ConfigError(f"There is no augmentation {unknown[0]!r}. Choose from: {', '.join(LIMITS)}.")
        return cls(**{**value, "augmentation": Augmentation(**distortions)})


def _check(condition: Any, name: str, value: Any, advice: str) -> None:
    if not condition:
        raise SettingError(name, value, advice)


def _is_whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
