"""What training minimises and reports, also for images that show no digit."""

from typing import Any

import keras
from keras import ops

from digitcore.networks.cost import NUM_CLASSES
from digitcore.runs.config import TrainConfig

#: The label of an image that shows no digit.
NO_DIGIT = NUM_CLASSES
#: An image without a digit is answered right if no digit is more probable than this.
UNSURE = 0.5


@keras.saving.register_keras_serializable(package="digitcore")
def outlier_exposure(y_true: Any, y_pred: Any) -> Any:
    """Cross-entropy; for an image without a digit, with the uniform distribution as the target.

    Args:
        y_true: labels ``(N,)`` or ``(N, 1)``: 0-9, or ``NO_DIGIT``.
        y_pred: probabilities ``(N, 10)``.

    Source: Hendrycks, Mazeika and Dietterich, "Deep anomaly detection with outlier exposure" (ICLR 2019).
    """
    labels = ops.cast(ops.reshape(y_true, (-1,)), "int32")
    uniform = ops.full_like(y_pred, 1 / NUM_CLASSES)
    targets = ops.where((labels == NO_DIGIT)[:, None], uniform, ops.one_hot(labels, NUM_CLASSES))
    return keras.losses.categorical_crossentropy(targets, y_pred)


@keras.saving.register_keras_serializable(package="digitcore")
def accuracy(y_true: Any, y_pred: Any) -> Any:
    """For each image 1 if it is answered right, else 0: the right digit, or no probable digit where there is none."""
    labels = ops.cast(ops.reshape(y_true, (-1,)), "int32")
    right = ops.cast(ops.argmax(y_pred, axis=-1), "int32") == labels
    unsure = ops.max(y_pred, axis=-1) < UNSURE
    return ops.cast(ops.where(labels == NO_DIGIT, unsure, right), "float32")


def loss_and_metrics(config: TrainConfig) -> dict[str, Any]:
    """The arguments of ``compile`` that say what is minimised and what is reported."""
    if config.augmentation.outliers:
        return {"loss": outlier_exposure, "metrics": [accuracy]}
    return {"loss": "sparse_categorical_crossentropy", "metrics": ["accuracy"]}
