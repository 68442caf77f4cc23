"""How a model's accuracy falls on corrupted images: measured once for each model and set, and stored with the evaluation."""

import json
from dataclasses import asdict, dataclass, field

import numpy as np

from digitcore import files
from digitcore.datasets.dataset import has_label
from digitcore.datasets.evaluation_data import EvaluationSet
from digitcore.errors import DataError, summary
from digitcore.evaluation import store
from digitcore.evaluation.corruptions import CORRUPTIONS, corrupt
from digitcore.evaluation.intervals import Interval, wilson
from digitcore.networks import predict
from digitcore.networks.predict import Progress
from digitcore.networks.registry import ModelEntry

#: Increased whenever the same model, images and amounts would give different figures.
FORMAT = 2
#: At most this many images, spread evenly over the set, are corrupted: the model reads each of them over thirty times.
MAX_IMAGES = 2000


@dataclass(frozen=True, kw_only=True)
class Robustness:
    """One model under every corruption.

    Attributes:
        model: its name.
        data: the set's name.
        count: the number of images that were corrupted.
        clean: accuracy on the same images without corruption, 0-1.
        accuracy: corruption -> the accuracy at each of its ``amounts``, 0-1.
    """

    model: str
    data: str
    count: int
    clean: float
    accuracy: dict[str, tuple[float, ...]] = field(repr=False)

    @property
    def mean(self) -> dict[str, float]:
        """Corruption -> the mean accuracy over its amounts: a row of the table."""
        return {name: sum(shares) / len(shares) for name, shares in self.accuracy.items()}

    @property
    def overall(self) -> float:
        """The mean over the corruptions, with equal weights."""
        return sum(self.mean.values()) / len(self.accuracy)

    def interval(self, name: str, index: int) -> Interval:
        """The accuracy at one amount, with its 95 % confidence interval."""
        return wilson(round(self.accuracy[name][index] * self.count), self.count)


def stored(entry: ModelEntry, data: EvaluationSet) -> Robustness | None:
    """The result on disk; None if there is none, it cannot be read, or it was measured at other amounts."""
    try:
        values = json.loads(store.place(entry, data, "-robustness.json").read_text())
        if values.pop("format") != FORMAT or values.pop("amounts") != _amounts():
            return None
        values["accuracy"] = {name: tuple(values["accuracy"][name]) for name in CORRUPTIONS}
        return Robustness(**values | {"model": entry.name, "data": data.name})
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def robustness(entry: ModelEntry, data: EvaluationSet, *, progress: Progress | None = None) -> Robustness:
    """Measure a model's accuracy on a set's labelled images under every corruption, at every amount, and store the result.

    Args:
        entry: the model.
        data: the set.
        progress: called with (done, total) passes over the images.

    Raises:
        ModelError: the model is missing, is broken or has the wrong shape, or its outputs are not probabilities.
        DataError: no image has a label from 0 to 9, or the result cannot be written.
    """
    counted = np.flatnonzero(has_label(data.labels))
    if not len(counted):
        raise DataError(f"No image of {data.name!r} has a label from 0 to 9, so there is no accuracy to measure.")
    file = store.place(entry, data, "-robustness.json")
    chosen = counted[np.linspace(0, len(counted) - 1, min(MAX_IMAGES, len(counted))).astype(int)]
    images, labels = data.images[chosen], data.labels[chosen]
    recogniser = predict.load(entry)
    total = 1 + sum(len(corruption.amounts) for corruption in CORRUPTIONS.values())
    done = 0

    def accuracy(these: np.ndarray) -> float:
        nonlocal done
        probabilities = predict.predict(recogniser, these)
        done += 1
        if progress:
            progress(done, total)
        return float(np.mean(probabilities.argmax(axis=1) == labels))

    result = Robustness(
        model=entry.name,
        data=data.name,
        count=len(labels),
        clean=accuracy(images),
        accuracy={
            name: tuple(accuracy(corrupt(images, name, amount)) for amount in corruption.amounts)
            for name, corruption in CORRUPTIONS.items()
        },
    )
    try:
        files.write_json(file, {"format": FORMAT, "amounts": _amounts(), **asdict(result)})
    except OSError as error:
        raise DataError(f"The robustness of {entry.name!r} cannot be saved: {summary(error)}") from error
    return result


def _amounts() -> dict[str, list[float]]:
    return {name: list(corruption.amounts) for name, corruption in CORRUPTIONS.items()}
