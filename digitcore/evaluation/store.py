"""Evaluations on disk: each model's predictions for each image of a set, computed once and read back fast.

An evaluation is stored under the SHA-256 of the model's file and the checksum of the images, so that a changed model or set is
evaluated again. The figures are in a small JSON file; the arrays are beside it and are read when they are needed.
"""

import json
import logging
import time
import zipfile
from dataclasses import asdict, dataclass, field
from functools import cached_property, lru_cache
from pathlib import Path

import numpy as np

from digitcore import files, paths
from digitcore.datasets.dataset import has_label
from digitcore.datasets.evaluation_data import EvaluationSet
from digitcore.errors import DataError, ModelError, summary
from digitcore.evaluation.intervals import Interval, confidence_intervals
from digitcore.evaluation.metrics import Metrics, metrics_of
from digitcore.networks.registry import ModelEntry

log = logging.getLogger(__name__)

#: Increased whenever the same model and images would give different figures.
FORMAT = 3


@dataclass(frozen=True, kw_only=True, eq=False)
class Evaluation:
    """One model on one set of images, N of them.

    Attributes:
        model: its name.
        model_sha256: the SHA-256 of its file.
        data: the set's name.
        checksum: the set's checksum.
        metrics: over the images with a label from 0 to 9.
        intervals: metric -> its value with a 95 % confidence interval.
        seconds: how long the evaluation took, loading included.
        file: the arrays' file.
    """

    model: str
    model_sha256: str
    data: str
    checksum: str
    metrics: Metrics
    intervals: dict[str, Interval] = field(repr=False)
    seconds: float
    file: Path = field(repr=False)

    @cached_property
    def labels(self) -> np.ndarray:
        """int8 ``(N,)``; -1 for an image without a label."""
        return self._array("labels")

    @cached_property
    def probabilities(self) -> np.ndarray:
        """float32 ``(N, 10)``."""
        return self._array("probabilities")

    @cached_property
    def predictions(self) -> np.ndarray:
        """int8 ``(N,)``, the most probable digits; stored on their own, so that the probabilities need not be read."""
        return self._array("predictions")

    @property
    def correct(self) -> np.ndarray:
        """Whether the prediction is right, for each of the M images with a label from 0 to 9: bool ``(M,)``."""
        return (self.predictions == self.labels)[has_label(self.labels)]

    def _array(self, name: str) -> np.ndarray:
        try:
            with np.load(self.file) as arrays:
                return arrays[name]
        except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
            self.file.unlink(missing_ok=True)  # so that the model is evaluated again
            raise DataError(
                f"The stored evaluation of {self.model!r} on {self.data} is damaged. Evaluate the model again."
            ) from error


def model_sha256(entry: ModelEntry) -> str:
    """The SHA-256 of a model's file; it is computed again only when the file has changed."""
    return _sha256(*entry.version)


@lru_cache(maxsize=4096)
def _sha256(path: str, _modified: int, _size: int) -> str:
    return files.sha256_of(Path(path))


def place(entry: ModelEntry, data: EvaluationSet, suffix: str) -> Path:
    """The path of a stored result for a model and a set."""
    return paths.evaluations_dir() / data.checksum[:32] / f"{model_sha256(entry)[:32]}{suffix}"


def stored(entry: ModelEntry, data: EvaluationSet) -> Evaluation | None:
    """The evaluation on disk; None if there is none, it is damaged, or the model's file cannot be read."""
    try:
        file = place(entry, data, ".json")
        values = json.loads(file.read_text())
        if values.pop("format") != FORMAT or not file.with_suffix(".npz").is_file():
            return None
        values["metrics"] = Metrics(**values["metrics"])
        values["intervals"] = {name: Interval(**bounds) for name, bounds in values["intervals"].items()}
        return Evaluation(**values | {"model": entry.name, "data": data.name, "file": file.with_suffix(".npz")})
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        log.warning("The stored evaluation of %s on %s is damaged: %s", entry.name, data.name, error)
        return None


def store(
    entry: ModelEntry,
    data: EvaluationSet,
    probabilities: np.ndarray,
    *,
    started: float | None = None,
    sha256: str | None = None,
) -> Evaluation:
    """Compute the figures of a model's probabilities for a set, and store both.

    Args:
        entry: the model.
        data: the set, N images.
        probabilities: float32 ``(N, 10)``.
        started: ``time.perf_counter()`` when the evaluation began; now if None.
        sha256: the SHA-256 of the model's file when it was loaded; computed if None.

    Raises:
        ModelError: the model's file has changed since it was loaded.
        DataError: the files cannot be written.
    """
    started = time.perf_counter() if started is None else started
    metrics = metrics_of(data.labels, probabilities)
    intervals = confidence_intervals(data.labels, probabilities)
    file = place(entry, data, ".json")
    if sha256 not in (None, model_sha256(entry)):
        raise ModelError(f"The file of the model {entry.name!r} changed while it was evaluated. Evaluate it again.")
    figures = {
        "model": entry.name,
        "model_sha256": model_sha256(entry),
        "data": data.name,
        "checksum": data.checksum,
        "metrics": asdict(metrics),
        "intervals": {name: asdict(interval) for name, interval in intervals.items()},
        "seconds": time.perf_counter() - started,
    }
    try:
        with files.replacing(file.with_suffix(".npz")) as new:
            np.savez(
                new,
                labels=data.labels.astype(np.int8),
                probabilities=probabilities.astype(np.float32),
                predictions=probabilities.argmax(axis=1).astype(np.int8),
            )
        files.write_json(file, {"format": FORMAT, **figures})  # last: if this file exists, both do
    except OSError as error:
        raise DataError(f"The evaluation of {entry.name!r} cannot be saved: {summary(error)}") from error
    return Evaluation(**figures | {"metrics": metrics, "intervals": intervals, "file": file.with_suffix(".npz")})
