"""Estimate how long a run will take from the speed at which its network trains."""

from digitcore.datasets.training_data import VALIDATION_IMAGES, count_training_images
from digitcore.runs.config import TrainConfig

#: A forward pass takes about a third of the time of a training step, which also has a backward pass.
VALIDATION_SHARE = 1 / 3
#: The time to load the data, to build and compile the network, and to evaluate it on the test images.
OTHER_SECONDS = 3.0


def training_seconds(config: TrainConfig, images_per_second: float) -> float:
    """The seconds that a run will take if it is not stopped early."""
    images = count_training_images(**config.data_options)
    validation = VALIDATION_IMAGES.get(config.data, images / 8)
    return config.epochs * (images + VALIDATION_SHARE * validation) / images_per_second + OTHER_SECONDS
