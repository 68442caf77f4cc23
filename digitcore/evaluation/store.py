"""What each saved model says to each image of a set: computed once, kept on disk, read back fast.

An evaluation is kept under the SHA-256 of the model's file and the checksum of the images, so a model or a set that changes is
measured anew. The figures are a small JSON file; the arrays lie beside it and are read when they are asked for.
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
from digitcore.datasets.evaluation_data import EvaluationSet
from digitcore.errors import DataError, ModelError
from digitcore.evaluation.intervals import Interval, bootstrap_intervals
from digitcore.evaluation.metrics import Metrics, metrics_of
from digitcore.networks.predict import BATCH_SIZE, Progress, latency, load, read
from digitcore.networks.registry import ModelEntry

log = logging.getLogger(__name__)

#: Goes up whenever the same model and images would give other figures.
FORMAT = 1
#: Calls of which the latency is the median.
ONE_IMAGE_CALLS, BATCH_CALLS = 15, 3


@dataclass(frozen=True, kw_only=True, eq=False)
class Evaluation:
    """One model on one set of images, N of them.

    Attributes:
        model: its name.
        model_sha256: of its file.
        data: the set's name.
        checksum: of the set.
        metrics: over the images with a label from 0 to 9.
        intervals: metric -> its value with 95 % bounds.
        latency_one_ms: to read one image, the median of some calls, milliseconds.
        latency_batch_ms_per_image: to read ``BATCH_SIZE`` images at once, milliseconds for each.
        seconds: how long the evaluation took, the loading included.
        file: the arrays' file.
    """

    model: str
    model_sha256: str
    data: str
    checksum: str
    metrics: Metrics
    intervals: dict[str, Interval] = field(repr=False)
    latency_one_ms: float
    latency_batch_ms_per_image: float
    seconds: float
    file: Path = field(repr=False)

    @cached_property
    def labels(self) -> np.ndarray:
        """int8 ``(N,)``, -1 for none."""
        return self._array("labels")

    @cached_property
    def probabilities(self) -> np.ndarray:
        """float32 ``(N, 10)``."""
        return self._array("probabilities")

    @cached_property
    def answers(self) -> np.ndarray:
        """int8 ``(N,)``, the most probable digit; read without the probabilities."""
        return self._array("answers")

    @property
    def correct(self) -> np.ndarray:
        """For each of the M images with a label from 0 to 9 whether it is read right: bool ``(M,)``."""
        counted = (self.labels >= 0) & (self.labels <= 9)
        return (self.answers == self.labels)[counted]

    def _array(self, name: str) -> np.ndarray:
        try:
            with np.load(self.file) as arrays:
                return arrays[name]
        except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
            self.file.unlink(missing_ok=True)  # so that the next look finds nothing, and it is computed anew
            raise DataError(
                f"The evaluation of {self.model!r} on {self.data} was damaged. Evaluate the model again."
            ) from error


def model_sha256(entry: ModelEntry) -> str:
    """The SHA-256 of a model's file, computed when the file is new or has changed."""
    return _sha256(*entry.version)


@lru_cache(maxsize=4096)
def _sha256(path: str, _modified: int, _size: int) -> str:
    return files.sha256_of(Path(path))


def place(entry: ModelEntry, data: EvaluationSet, suffix: str) -> Path:
    """Where something about a model and a set is kept."""
    return paths.evaluations_dir() / data.checksum[:32] / f"{model_sha256(entry)[:32]}{suffix}"


def stored(entry: ModelEntry, data: EvaluationSet) -> Evaluation | None:
    """The evaluation on disk; None where there is none, it is damaged, or the model's file cannot be read."""
    try:
        file = place(entry, data, ".json")
        found = json.loads(file.read_text())
        if found.pop("format") != FORMAT or not file.with_suffix(".npz").is_file():
            return None
        found["metrics"] = Metrics(**found["metrics"])
        found["intervals"] = {name: Interval(**bounds) for name, bounds in found["intervals"].items()}
        return Evaluation(**found | {"model": entry.name, "data": data.name, "file": file.with_suffix(".npz")})
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        log.warning("The stored evaluation of %s on %s is damaged: %s", entry.name, data.name, error)
        return None


def evaluate(entry: ModelEntry, data: EvaluationSet, *, progress: Progress | None = None) -> Evaluation:
    """Load a model, let it read every image, measure it and keep the result.

    Raises:
        ModelError: the model is missing, broken, of another shape, or gives no probabilities.
        DataError: the set is empty.
        OSError: the result cannot be written.
    """
    if not len(data):
        raise DataError(f"The set {data.name!r} has no images, so there is nothing to measure.")
    started = time.perf_counter()
    sha256 = model_sha256(entry)
    recogniser = load(entry)
    probabilities, batch_seconds = read(recogniser, data.images, progress)
    if batch_seconds is None:  # too few images for a whole batch
        batch_seconds = latency(recogniser, np.resize(data.images, (BATCH_SIZE, 28, 28)), BATCH_CALLS)
    return store(
        entry,
        data,
        probabilities,
        latency_one_ms=1000 * latency(recogniser, data.images[:1], ONE_IMAGE_CALLS),
        latency_batch_ms_per_image=1000 * batch_seconds / BATCH_SIZE,
        started=started,
        sha256=sha256,
    )


def store(
    entry: ModelEntry,
    data: EvaluationSet,
    probabilities: np.ndarray,
    *,
    latency_one_ms: float,
    latency_batch_ms_per_image: float,
    started: float | None = None,
    sha256: str | None = None,
) -> Evaluation:
    """Measure probabilities ``(N, 10)`` that a model gave for a set, and keep them with the figures.

    Args:
        entry: the model.
        data: the set.
        probabilities: float32 ``(N, 10)``.
        latency_one_ms: see ``Evaluation``.
        latency_batch_ms_per_image: see ``Evaluation``.
        started: ``time.perf_counter()`` when the evaluation began; now where None.
        sha256: of the model's file when it was loaded; computed where None.

    Raises:
        ModelError: the model's file has changed meanwhile.
        OSError: the files cannot be written.
    """
    started = time.perf_counter() if started is None else started
    metrics = metrics_of(data.labels, probabilities)
    intervals = bootstrap_intervals(data.labels, probabilities)
    file = place(entry, data, ".json")
    if sha256 not in (None, model_sha256(entry)):
        raise ModelError(f"The file of the model {entry.name!r} changed while it was evaluated. Evaluate it again.")
    with files.replacing(file.with_suffix(".npz")) as new:
        np.savez(
            new,
            labels=data.labels.astype(np.int8),
            probabilities=probabilities.astype(np.float32),
            answers=probabilities.argmax(axis=1).astype(np.int8),
        )
    figures = {
        "model": entry.name,
        "model_sha256": model_sha256(entry),
        "data": data.name,
        "checksum": data.checksum,
        "metrics": asdict(metrics),
        "intervals": {name: asdict(interval) for name, interval in intervals.items()},
        "latency_one_ms": latency_one_ms,
        "latency_batch_ms_per_image": latency_batch_ms_per_image,
        "seconds": time.perf_counter() - started,
    }
    files.write_json(file, {"format": FORMAT, **figures})  # last: where it is, all is
    return Evaluation(**figures | {"metrics": metrics, "intervals": intervals, "file": file.with_suffix(".npz")})
