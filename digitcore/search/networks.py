"""Networks that are compiled once for each shape and used again by later trials with fresh weights."""

from collections import OrderedDict
from dataclasses import replace

import keras

from digitcore.networks import architectures
from digitcore.runs.config import TrainConfig
from digitcore.training.losses import loss_and_metrics
from digitcore.training.optimizers import build_optimizer, learning_rate

#: A compiled network of two convolutions takes about 20 MB.
MAX_KEPT = 16
UNIT_RATE = 1.0


class ScaledSchedule(keras.optimizers.schedules.LearningRateSchedule):
    """A schedule whose peak can be changed without compiling again.

    Args:
        shape: the schedule for a peak of 1.
    """

    def __init__(self, shape: keras.optimizers.schedules.LearningRateSchedule) -> None:
        self.shape = shape
        self.peak = keras.Variable(UNIT_RATE, trainable=False, name="peak")

    def __call__(self, step: int) -> keras.KerasTensor:
        return self.peak * self.shape(step)

    def get_config(self) -> dict:
        return {"shape": self.shape}


class CompiledNetworks:
    """Keeps the networks that were used last, compiled."""

    def __init__(self) -> None:
        self._networks: OrderedDict[tuple, keras.Model] = OrderedDict()

    def fresh(self, config: TrainConfig, *, batch_size: int, steps: int) -> keras.Model:
        """A compiled network as if it had just been built from the config's seed.

        Args:
            config: the trial's settings.
            batch_size: images in a batch.
            steps: the number of training steps in all.

        Raises:
            ConfigError: the network cannot be built.
        """
        keras.utils.set_random_seed(config.seed)
        built = architectures.build(config.architecture, **config.arguments)
        has_schedule = not isinstance(learning_rate(config, steps=steps), float)
        key = (
            config.architecture,
            repr(sorted(config.arguments.items())),
            config.optimizer,
            batch_size,
            (config.schedule, steps) if has_schedule else None,
            bool(config.augmentation.outliers),
        )
        model = self._networks.pop(key, None)
        if model is None:
            model = built
            _compile(model, config, steps, has_schedule)
        else:
            _reset(model, built)
        self._networks[key] = model
        if len(self._networks) > MAX_KEPT:
            self._networks.popitem(last=False)
        if has_schedule:
            model.optimizer._learning_rate.peak.assign(config.learning_rate)
        else:
            model.optimizer.learning_rate = config.learning_rate
        return model


def _compile(model: keras.Model, config: TrainConfig, steps: int, has_schedule: bool) -> None:
    optimizer = build_optimizer(config, steps=steps)
    if has_schedule:
        shape = learning_rate(replace(config, learning_rate=UNIT_RATE), steps=steps)
        optimizer = type(optimizer).from_config(optimizer.get_config() | {"learning_rate": ScaledSchedule(shape)})
    model.compile(optimizer=optimizer, **loss_and_metrics(config))
    optimizer.build(model.trainable_variables)


def _reset(model: keras.Model, built: keras.Model) -> None:
    """Give a network the variables of one that was just built, and forget what its optimiser has learned."""
    for variable, new in zip(model.variables, built.variables, strict=True):
        variable.assign(new)
    for variable in model.optimizer.variables:
        variable.assign(keras.ops.zeros(variable.shape, variable.dtype))
    model.stop_training = False
