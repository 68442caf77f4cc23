"""Training one network: ``train(config, run_dir) -> TrainResult``."""

import math
import time
from dataclasses import dataclass
from pathlib import Path

import keras
import numpy as np

from digitcore import architectures, data, registry
from digitcore.augmentation import Augmentation, augment
from digitcore.config import TrainConfig
from digitcore.errors import ConfigError, TrainingError
from digitcore.evaluation import as_input, evaluate_model
from digitcore.files import write_json
from digitcore.preprocessing import PREPROCESSING_VERSION

HISTORY_FILE = "history.csv"
CHECKPOINT_FILE = "checkpoint.keras"

#: The one-cycle rate climbs to its peak during this share of the steps.
WARM_UP_SHARE = 0.25


@dataclass(frozen=True, kw_only=True)
class TrainResult:
    """What a run gave: the best network by validation loss, saved as a model."""

    config: TrainConfig
    card: dict
    model_dir: Path


class Batches(keras.utils.PyDataset):
    """Shuffled, distorted batches; each depends on (seed, epoch, index) alone, whichever thread makes it.

    Gives ``(float32 (B, 28, 28, 1) in 0-1, uint8 (B,))``.
    """

    def __init__(self, x: np.ndarray, y: np.ndarray, *, batch_size: int, augmentation: Augmentation, seed: int) -> None:
        super().__init__()
        self.x, self.y = x, y
        self.batch_size, self.augmentation, self.seed = batch_size, augmentation, seed
        self.epoch = -1
        self.on_epoch_begin()

    def __len__(self) -> int:
        return math.ceil(len(self.x) / self.batch_size)

    def __getitem__(self, index: int) -> tuple[np.ndarray, np.ndarray]:
        chosen = self.order[index * self.batch_size : (index + 1) * self.batch_size]
        images = as_input(self.x[chosen])
        if self.augmentation:
            generator = np.random.default_rng((self.seed, self.epoch, index))
            images = augment(images[..., 0], self.augmentation, generator)[..., None]
        return images, self.y[chosen]

    def on_epoch_begin(self) -> None:
        self.epoch += 1
        self.order = np.random.default_rng((self.seed, self.epoch)).permutation(len(self.x))


def train(config: TrainConfig, run_dir: Path, *, verbose: int | str = "auto", replace: bool = False) -> TrainResult:
    """Train a network, keep its best epoch by validation loss and save that as the model ``config.name``.

    The same config on the same machine gives the same history.

    Args:
        config: what to train and how.
        run_dir: gets ``config.json``, ``history.csv`` and the best checkpoint.
        verbose: as in ``keras.Model.fit``.
        replace: overwrite a model of that name.

    Raises:
        ConfigError: the name is taken or the network cannot be built.
        DataError: the data cannot be had.
        TrainingError: the loss is not a number any more.
    """
    if registry.exists(config.name) and not replace:
        raise ConfigError(
            f"There is already a model {config.name!r}. Choose another name (--name), or replace it on purpose (--replace)."
        )
    dataset = data.load_sample() if config.data == "sample" else data.load_mnist()
    x, y = dataset.x_train[: config.limit], dataset.y_train[: config.limit]

    keras.utils.set_random_seed(config.seed)
    batches = Batches(x, y, batch_size=config.batch_size, augmentation=config.augmentation, seed=config.seed)
    model = architectures.build(config.architecture, **config.arguments)
    model.compile(
        optimizer=keras.optimizers.Adam(_learning_rate(config, steps=config.epochs * len(batches))),
        loss="sparse_categorical_crossentropy",
        metrics=["accuracy"],
    )

    run_dir.mkdir(parents=True, exist_ok=True)
    write_json(run_dir / "config.json", config.to_json())
    started = time.perf_counter()
    history = model.fit(
        batches,
        validation_data=(as_input(dataset.x_validation), dataset.y_validation),
        validation_batch_size=512,
        epochs=config.epochs,
        callbacks=_callbacks(config, run_dir),
        verbose=verbose,
    ).history
    seconds = time.perf_counter() - started
    if not np.isfinite(history["loss"][-1]):
        raise TrainingError(
            f"The loss is not a number any more after epoch {len(history['loss'])}: the learning rate {config.learning_rate} "
            "is too high. Try a tenth of it."
        )

    best = keras.saving.load_model(run_dir / CHECKPOINT_FILE, compile=False)
    metrics = evaluate_model(best, dataset.x_test, dataset.y_test)
    card = {
        "architecture": config.architecture,
        "arguments": config.arguments,
        "config": config.to_json(),
        "data": {
            "name": dataset.name,
            "is_sample": dataset.is_sample,
            "checksum": dataset.checksum,
            "split": {"train": len(x), "validation": len(dataset.x_validation), "test": len(dataset.x_test)},
            "split_seed": data.SPLIT_SEED,
        },
        "metrics": {"test_accuracy": metrics.accuracy, "test_loss": metrics.loss, "test_images": metrics.count},
        "best_epoch": int(np.argmin(history["val_loss"])) + 1,
        "epochs_trained": len(history["loss"]),
        "training_seconds": round(seconds, 1),
        "preprocessing_version": PREPROCESSING_VERSION,
    }
    model_dir = registry.save_model(best, config.name, card, history=run_dir / HISTORY_FILE)
    return TrainResult(config=config, card=registry.read_card(model_dir), model_dir=model_dir)


def _learning_rate(config: TrainConfig, *, steps: int) -> float | keras.optimizers.schedules.LearningRateSchedule:
    if config.schedule != "one_cycle":
        return config.learning_rate
    warm_up = max(1, int(WARM_UP_SHARE * steps))
    return keras.optimizers.schedules.CosineDecay(
        initial_learning_rate=config.learning_rate / 10,
        warmup_target=config.learning_rate,
        warmup_steps=warm_up,
        decay_steps=max(1, steps - warm_up),
        alpha=0.001,
    )


def _callbacks(config: TrainConfig, run_dir: Path) -> list[keras.callbacks.Callback]:
    callbacks = [
        keras.callbacks.TerminateOnNaN(),
        keras.callbacks.EarlyStopping(monitor="val_loss", patience=config.early_stopping_patience),
        keras.callbacks.ModelCheckpoint(str(run_dir / CHECKPOINT_FILE), monitor="val_loss", save_best_only=True),
        keras.callbacks.CSVLogger(str(run_dir / HISTORY_FILE)),
    ]
    if config.schedule == "plateau":
        # Before the logger, so that a row holds the rate that the next epoch will use only if it changed after this one.
        callbacks.insert(
            0,
            keras.callbacks.ReduceLROnPlateau(
                monitor="val_loss", factor=config.plateau_factor, patience=config.plateau_patience, verbose=1
            ),
        )
    return callbacks
