"""How a model's accuracy falls as its images get worse: computed once for each model and set, kept beside the evaluation."""

import json
from dataclasses import asdict, dataclass, field

import numpy as np

from digitcore import files
from digitcore.datasets.evaluation_data import EvaluationSet
from digitcore.errors import DataError
from digitcore.evaluation import store
from digitcore.evaluation.corruptions import CORRUPTIONS, corrupt
from digitcore.evaluation.intervals import Interval, wilson
from digitcore.networks import predict
from digitcore.networks.predict import Progress
from digitcore.networks.registry import ModelEntry

#: Goes up whenever the same model and images would give other figures.
FORMAT = 2
#: Of a larger set, so many images spread evenly over it are distorted: each is read some thirty times.
MAX_IMAGES = 2000


@dataclass(frozen=True, kw_only=True)
class Robustness:
    """One model under every distortion.

    Attributes:
        model: its name.
        data: the set's name.
        count: images that were distorted.
        clean: share right on the same images undistorted.
        accuracy: distortion -> the share right at each of its ``amounts``.
    """

    model: str
    data: str
    count: int
    clean: float
    accuracy: dict[str, tuple[float, ...]] = field(repr=False)

    @property
    def mean(self) -> dict[str, float]:
        """Distortion -> the mean share right over its strengths: a row of the table."""
        return {name: sum(shares) / len(shares) for name, shares in self.accuracy.items()}

    @property
    def overall(self) -> float:
        """The mean over the distortions, each counting alike."""
        return sum(self.mean.values()) / len(self.accuracy)

    def interval(self, name: str, index: int) -> Interval:
        """The share right at one strength, with its 95 % bounds."""
        return wilson(round(self.accuracy[name][index] * self.count), self.count)


def stored(entry: ModelEntry, data: EvaluationSet) -> Robustness | None:
    """The result on disk; None where there is none or it cannot be read."""
    try:
        found = json.loads(store.place(entry, data, "-robustness.json").read_text())
        if found.pop("format") != FORMAT or set(found["accuracy"]) != set(CORRUPTIONS):
            return None
        found["accuracy"] = {name: tuple(found["accuracy"][name]) for name in CORRUPTIONS}
        return Robustness(**found | {"model": entry.name, "data": data.name})
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def robustness(entry: ModelEntry, data: EvaluationSet, *, progress: Progress | None = None) -> Robustness:
    """Let a model read a set's labelled images under every distortion in every strength, and keep the result.

    Raises:
        ModelError: the model is missing, broken, of another shape, or gives no probabilities.
        DataError: no image has a label from 0 to 9.
        OSError: the result cannot be written.
    """
    counted = np.flatnonzero((data.labels >= 0) & (data.labels <= 9))
    if not len(counted):
        raise DataError(f"No image of {data.name!r} has a label from 0 to 9, so there is no accuracy to follow.")
    file = store.place(entry, data, "-robustness.json")
    chosen = counted[np.linspace(0, len(counted) - 1, min(MAX_IMAGES, len(counted))).astype(int)]
    images, labels = data.images[chosen], data.labels[chosen]
    recogniser = predict.load(entry)
    total = 1 + sum(len(distortion.amounts) for distortion in CORRUPTIONS.values())
    done = 0

    def share_right(these: np.ndarray) -> float:
        nonlocal done
        probabilities, _ = predict.read(recogniser, these)
        done += 1
        if progress:
            progress(done, total)
        return float(np.mean(probabilities.argmax(axis=1) == labels))

    result = Robustness(
        model=entry.name,
        data=data.name,
        count=len(labels),
        clean=share_right(images),
        accuracy={
            name: tuple(share_right(corrupt(images, name, amount)) for amount in distortion.amounts)
            for name, distortion in CORRUPTIONS.items()
        },
    )
    files.write_json(file, {"format": FORMAT, **asdict(result)})
    return result
