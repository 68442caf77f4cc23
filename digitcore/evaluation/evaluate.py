"""Evaluate a model on labelled images. Training, the command line and the compare page all use this module."""

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
    """Evaluate a saved model on every image of a set, and store the result.

    Args:
        entry: the model.
        data: the set; images with a label outside 0-9 are left out of the metrics.
        progress: called with (done, total) images.

    Raises:
        ModelError: the model is missing, is broken or has the wrong shape, or its outputs are not probabilities.
        DataError: the set is empty, or the result cannot be written.
    """
    if not len(data):
        raise DataError(f"The set {data.name!r} has no images, so there is nothing to measure.")
    started = time.perf_counter()
    sha256 = model_sha256(entry)
    probabilities = predict.predict(predict.load(entry), data.images, progress)
    return store(entry, data, probabilities, started=started, sha256=sha256)


def evaluate_model(model: "keras.Model", images: np.ndarray, labels: np.ndarray) -> Metrics:
    """Evaluate a network in memory; nothing is stored.

    Args:
        model: ``(None, 28, 28, 1) -> (None, 10)``.
        images: uint8 ``(N, 28, 28)``, white on black, with N at least 1.
        labels: integers ``(N,)``; images with a label outside 0-9 are left out.

    Raises:
        ModelError: the outputs are not probabilities.
    """
    from digitcore.networks.recogniser import Recogniser  # imports TensorFlow

    return metrics_of(labels, predict.predict(Recogniser(model), images))
