"""Evaluate a model on labelled images: the one way that training, the command line and the compare page share."""

import time
from typing import TYPE_CHECKING

import numpy as np

from digitcore.datasets.evaluation_data import EvaluationSet
from digitcore.errors import DataError
from digitcore.evaluation.metrics import Metrics, metrics_of
from digitcore.evaluation.store import Evaluation, model_sha256, store
from digitcore.networks import predict
from digitcore.networks.registry import ModelEntry

if TYPE_CHECKING:
    import keras


def evaluate(entry: ModelEntry, data: EvaluationSet, *, progress: predict.Progress | None = None) -> Evaluation:
    """Evaluate a saved model on every image of a set, and keep the result.

    Args:
        entry: the model.
        data: the set; a label other than 0-9 leaves its image out of the metrics.
        progress: called with (done, total) images.

    Raises:
        ModelError: the model is missing, broken or of another shape, or its outputs are not probabilities.
        DataError: the set is empty, or the result cannot be written.
    """
    if not len(data):
        raise DataError(f"The set {data.name!r} has no images, so there is nothing to measure.")
    started = time.perf_counter()
    sha256 = model_sha256(entry)
    probabilities = predict.predict(predict.load(entry), data.images, progress)
    return store(entry, data, probabilities, started=started, sha256=sha256)


def evaluate_model(model: "keras.Model", images: np.ndarray, labels: np.ndarray) -> Metrics:
    """Evaluate a network that is in memory; nothing is kept.

    Args:
        model: ``(None, 28, 28, 1) -> (None, 10)``.
        images: uint8 ``(N, 28, 28)``, white on black, with N at least 1.
        labels: integers ``(N,)``; a label other than 0-9 leaves its image out.

    Raises:
        ModelError: the outputs are not probabilities.
    """
    from digitcore.networks.recogniser import Recogniser  # imports TensorFlow

    return metrics_of(labels, predict.predict(Recogniser(model), images))
