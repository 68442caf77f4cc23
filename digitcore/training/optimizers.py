"""The optimiser of a run, and the learning rate over its steps."""

import keras
import numpy as np

from digitcore.runs.config import TrainConfig

#: The one-cycle rate climbs to its peak during this share of the steps.
WARM_UP_SHARE = 0.25
#: The final learning rate of a decaying schedule, as a share of its peak.
FINAL_SHARE = 0.001
MOMENTUM = 0.9

LearningRate = float | keras.optimizers.schedules.LearningRateSchedule


def build_optimizer(config: TrainConfig, *, steps: int) -> keras.optimizers.Optimizer:
    """The optimiser that a config names, with its learning rate over ``steps`` steps in total."""
    rate = learning_rate(config, steps=steps)
    if config.optimizer == "sgd":
        return keras.optimizers.SGD(rate, momentum=MOMENTUM, nesterov=True)
    classes = {"adam": keras.optimizers.Adam, "adamw": keras.optimizers.AdamW, "rmsprop": keras.optimizers.RMSprop}
    return classes[config.optimizer](rate)


def learning_rate(config: TrainConfig, *, steps: int) -> LearningRate:
    """A schedule over the steps, or one number if the rate is constant or falls on a plateau.

    Sources: one cycle after Smith and Topin, "Super-convergence" (2018), with a cosine for the way down; cosine from
    Loshchilov and Hutter, "SGDR" (2017), without restarts.
    """
    if config.schedule == "cosine":
        return keras.optimizers.schedules.CosineDecay(config.learning_rate, decay_steps=steps, alpha=FINAL_SHARE)
    if config.schedule == "one_cycle":
        warm_up = max(1, int(WARM_UP_SHARE * steps))
        return keras.optimizers.schedules.CosineDecay(
            initial_learning_rate=config.learning_rate / 10,
            warmup_target=config.learning_rate,
            warmup_steps=warm_up,
            decay_steps=max(1, steps - warm_up),
            alpha=FINAL_SHARE,
        )
    return float(config.learning_rate)


def planned_rates(config: TrainConfig, *, steps: int, points: int = 120) -> np.ndarray:
    """The planned learning rate at evenly spaced points from the first step to the last: float32 ``(points,)``.

    When ``plateau`` lowers the rate depends on the training, so its plan is constant.
    """
    rate = learning_rate(config, steps=steps)
    if isinstance(rate, float):
        return np.full(points, rate, np.float32)
    return np.array([float(rate(step)) for step in np.linspace(0, steps - 1, points)], np.float32)
