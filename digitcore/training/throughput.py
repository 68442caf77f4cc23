"""Measure briefly how fast a network trains on this machine."""

import time

import keras
import numpy as np

from digitcore.networks import architectures
from digitcore.runs.config import TrainConfig
from digitcore.training.batches import Batches
from digitcore.training.losses import loss_and_metrics
from digitcore.training.optimizers import build_optimizer

#: The fastest of several short measurements counts: other work on the machine can only slow one down.
MEASUREMENTS, MEASURED_SECONDS = 4, 0.25
BATCHES = 4


def images_per_second(config: TrainConfig) -> float:
    """The training speed, measured on random images for about a second; the network is discarded.

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
    model.compile(optimizer=build_optimizer(config, steps=1000), **loss_and_metrics(config))
    for index in range(2):  # the first includes compiling
        model.train_on_batch(*batches[index])
    return max(_measure(model, batches) for _ in range(MEASUREMENTS))


def _measure(model: keras.Model, batches: Batches) -> float:
    started, done = time.perf_counter(), 0
    while (seconds := time.perf_counter() - started) < MEASURED_SECONDS or not done:
        model.train_on_batch(*batches[done % BATCHES])
        done += 1
    return done * batches.batch_size / seconds
