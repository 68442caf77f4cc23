"""After training: make a network's confidence honest, and find from which confidence on it shall answer."""

from dataclasses import asdict, dataclass, replace
from typing import Any

import keras
import numpy as np

from digitcore.datasets.dataset import Dataset
from digitcore.evaluation.calibration import fit_temperature
from digitcore.networks.predict import predict
from digitcore.networks.recogniser import Recogniser
from digitcore.runs.config import TrainConfig
from digitcore.training.augmentation.augment import augment
from digitcore.training.augmentation.outliers import make_outliers

#: The images, of each kind, that the threshold is measured on.
MEASURED = 2000
#: The threshold refuses this share of the varied validation digits ...
REFUSED_SHARE = 0.01
#: ... but it is never outside these.
LOWEST_THRESHOLD, HIGHEST_THRESHOLD = 0.5, 0.95


@dataclass(frozen=True, kw_only=True)
class Calibration:
    """How a network was calibrated; it stands in the model's card.

    Attributes:
        temperature: the network's logits were divided by this; above 1, it was too sure.
        threshold: below this confidence the model names no digit; None for the usual one.
        digits_refused: the share of varied validation digits below the threshold; None without a threshold of its own.
        outliers_accepted: the share of generated images without a digit above it; None without a threshold of its own.
    """

    temperature: float
    threshold: float | None = None
    digits_refused: float | None = None
    outliers_accepted: float | None = None

    def to_json(self) -> dict[str, Any]:
        """The card's entry."""
        return {name: value for name, value in asdict(self).items() if value is not None}


def calibrate(network: keras.Model, dataset: Dataset, config: TrainConfig) -> Calibration:
    """Divide the network's logits by the temperature that fits the validation images best, and choose a threshold.

    Only a network that has learned from images without a digit gets a threshold of its own: on digits that are varied as in
    training, but not damaged.

    Args:
        network: ends with a dense softmax layer, whose weights are changed.
        dataset: its validation images are used.
        config: how the network was trained.
    """
    reader = Recogniser(network)
    images, labels = dataset.x_validation, dataset.y_validation
    temperature = fit_temperature(labels, predict(reader, images))
    output = network.layers[-1]
    output.set_weights([weights / temperature for weights in output.get_weights()])
    if not config.augmentation.outliers:
        return Calibration(temperature=round(temperature, 4))

    generator = np.random.default_rng(config.seed)
    chosen = generator.choice(len(images), min(MEASURED, len(images)), replace=False)
    digits = images[chosen].astype(np.float32) / 255
    outliers = make_outliers(len(digits), digits, labels[chosen], generator)
    varied = augment(digits, replace(config.augmentation, damage=0), generator, labels[chosen])
    sure, unsure = (predict(reader, np.round(255 * each).astype(np.uint8)).max(axis=1) for each in (varied, outliers))
    threshold = float(np.clip(np.quantile(sure, REFUSED_SHARE), LOWEST_THRESHOLD, HIGHEST_THRESHOLD))
    return Calibration(
        temperature=round(temperature, 4),
        threshold=round(threshold, 4),
        digits_refused=round(float(np.mean(sure < threshold)), 4),
        outliers_accepted=round(float(np.mean(unsure >= threshold)), 4),
    )
