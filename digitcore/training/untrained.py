"""Epoch 0: how the network reads before it has learned anything, so that one sees what training changes."""

import numpy as np

from digitcore.files import replacing
from digitcore.networks.predict import as_input
from digitcore.runs.history import UNTRAINED_COLUMNS, write_rows
from digitcore.runs.run import UNTRAINED_FILE
from digitcore.training.session import TrainingSession

#: Training and validation images that epoch 0 is measured on, each. They cost the sprint network about 0.2 s on two cores and
#: give an accuracy near 10 % to within 1.3 points (95 %); all of them would cost as much as a quarter of an epoch.
IMAGES = 2000
BATCH_SIZE = 500


def record_untrained(session: TrainingSession) -> None:
    """Measure the network before its first epoch, without distortions, and keep it as epoch 0."""
    dataset = session.dataset
    loss, accuracy = _measure(session, dataset.x_train, dataset.y_train)
    val_loss, val_accuracy = _measure(session, dataset.x_validation, dataset.y_validation)
    row = dict(zip(UNTRAINED_COLUMNS, (0, loss, accuracy, val_loss, val_accuracy), strict=True))
    write_rows(session.run.folder / UNTRAINED_FILE, list(UNTRAINED_COLUMNS), [row])
    with replacing(session.run.epoch_file(0)) as temporary:
        session.bare_copy().save(temporary)


def _measure(session: TrainingSession, images: np.ndarray, labels: np.ndarray) -> tuple[float, float]:
    """Loss and accuracy on the first images."""
    images, labels = as_input(images[:IMAGES]), labels[:IMAGES]
    result = session.model.evaluate(images, labels, batch_size=BATCH_SIZE, verbose=0, return_dict=True)
    return result["loss"], result["accuracy"]
