"""Epoch 0: how the network reads before it has learned anything, so that one sees what training changes."""

import keras
import numpy as np

from digitcore.files import replacing
from digitcore.networks.predict import as_input
from digitcore.runs.history import UNTRAINED_COLUMNS, write_rows
from digitcore.runs.run import UNTRAINED_FILE
from digitcore.training.session import TrainingSession

#: Training and validation images that epoch 0 is measured on, each. An accuracy near 10 % is known to within 1.9 points (95 %)
#: from so many, and they delay the sprint network by 0.3 s on two cores; all of them would cost a quarter of an epoch.
IMAGES = 1000
BATCH_SIZE = 250
#: As Keras does before it takes the logarithm.
SMALLEST = 1e-7


def record_untrained(session: TrainingSession) -> None:
    """Measure the network before its first epoch, without distortions, and keep it as epoch 0."""
    dataset = session.dataset
    loss, accuracy = _measure(session.model, dataset.x_train[:IMAGES], dataset.y_train[:IMAGES])
    val_loss, val_accuracy = _measure(session.model, dataset.x_validation[:IMAGES], dataset.y_validation[:IMAGES])
    row = dict(zip(UNTRAINED_COLUMNS, (0, loss, accuracy, val_loss, val_accuracy), strict=True))
    write_rows(session.run.folder / UNTRAINED_FILE, list(UNTRAINED_COLUMNS), [row])
    with replacing(session.run.epoch_file(0)) as temporary:
        session.bare_copy().save(temporary)


def _measure(model: keras.Model, images: np.ndarray, labels: np.ndarray) -> tuple[float, float]:
    """Cross-entropy and accuracy. ``model.evaluate`` would compile the network, which takes longer than the reading."""
    parts = [model(as_input(images[start : start + BATCH_SIZE]), training=False) for start in range(0, len(images), BATCH_SIZE)]
    probabilities = np.concatenate([keras.ops.convert_to_numpy(part) for part in parts])
    likelihood = probabilities[np.arange(len(labels)), labels].clip(SMALLEST)
    return float(-np.log(likelihood).mean()), float((probabilities.argmax(axis=1) == labels).mean())
