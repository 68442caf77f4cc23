"""How fast a network will train on this machine: a short measurement."""

import time
from dataclasses import dataclass

import numpy as np

from digitcore.datasets.training_data import VALIDATION_IMAGES, count_training_images
from digitcore.networks import architectures
from digitcore.runs.config import TrainConfig
from digitcore.training.batches import Batches
from digitcore.training.optimizers import build_optimizer

MEASURED_SECONDS = 0.8
BATCHES = 4
#: A step forward alone takes about a third of a training step, which goes back too.
VALIDATION_SHARE = 1 / 3
#: Loading the data, building and compiling the network, the final measurement.
AROUND_SECONDS = 3.0


@dataclass(frozen=True, kw_only=True)
class Speed:
    """Training images per second."""

    images_per_second: float

    def seconds_for(self, config: TrainConfig) -> float:
        """How long a run will take, if it is not stopped early."""
        images = count_training_images(**config.data_options)
        validation = VALIDATION_IMAGES.get(config.data, images / 8)
        return config.epochs * (images + VALIDATION_SHARE * validation) / self.images_per_second + AROUND_SECONDS


def measure_speed(config: TrainConfig) -> Speed:
    """Train on random pictures for about a second; what is trained is thrown away.

    Raises:
        ConfigError: the network cannot be built.
    """
    generator = np.random.default_rng(0)
    batches = Batches(
        generator.integers(0, 256, (BATCHES * config.batch_size, 28, 28), np.uint8),
        generator.integers(0, 10, BATCHES * config.batch_size, np.uint8),
        batch_size=config.batch_size,
        augmentation=config.augmentation,
        seed=0,
    )
    model = architectures.build(config.architecture, **config.arguments)
    model.compile(optimizer=build_optimizer(config, steps=1000), loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    for index in range(2):  # the first pays for compiling
        model.train_on_batch(*batches[index])
    started, done = time.perf_counter(), 0
    while (seconds := time.perf_counter() - started) < MEASURED_SECONDS:
        model.train_on_batch(*batches[done % BATCHES])
        done += 1
    return Speed(images_per_second=done * config.batch_size / seconds)
