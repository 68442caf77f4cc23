"""A model's card: what was trained, how, on which images, and with what result."""

from typing import Any

from digitcore.datasets.dataset import SPLIT_SEED, Dataset
from digitcore.evaluation.metrics import Metrics
from digitcore.preprocessing.mnist_style import PREPROCESSING_VERSION
from digitcore.training.calibrate import Calibration
from digitcore.training.session import TrainingSession


def build_card(session: TrainingSession, metrics: Metrics, calibration: Calibration) -> dict[str, Any]:
    """The card of the run's best epoch; ``metrics`` are the calibrated network's results on the test images."""
    config = session.config
    return {
        "architecture": config.architecture,
        "arguments": config.arguments,
        "config": config.to_json(),
        "run": session.run.id,
        "data": describe_data(session.dataset),
        "metrics": {"test_accuracy": metrics.accuracy, "test_loss": metrics.loss, "test_images": metrics.count},
        "calibration": calibration.to_json(),
        "best_epoch": session.best_epoch(),
        "epochs_trained": session.epochs_done,
        "training_seconds": round(session.state_writer.state.training_seconds, 1),
        "preprocessing_version": PREPROCESSING_VERSION,
    }


def describe_data(dataset: Dataset) -> dict[str, Any]:
    """The card's entry about the data."""
    return {
        "name": dataset.name,
        "is_sample": dataset.is_sample,
        "checksum": dataset.checksum,
        "split": {
            "train": len(dataset.x_train),
            "validation": len(dataset.x_validation),
            "test": len(dataset.x_test),
        },
        "split_seed": SPLIT_SEED,
        "missing_classes": list(dataset.missing_classes),
        **({"seen": list(dataset.seen), "left_out": list(dataset.left_out)} if dataset.seen else {}),
    }
