"""How long a model takes to read images on this machine.

A latency is meaningful only if nothing else runs at the same time. It is therefore measured separately from the evaluation, at
a time that the caller chooses. It is stored for each model and machine, because latencies can only be compared on one machine.
"""

import hashlib
import json
import os
import platform
import statistics
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np

from digitcore import files, paths
from digitcore.datasets.evaluation_data import EvaluationSet
from digitcore.errors import DataError, summary
from digitcore.evaluation.store import model_sha256
from digitcore.networks import predict
from digitcore.networks.registry import ModelEntry

#: Increased whenever the measurement changes.
FORMAT = 1
#: The latency is the median of this many calls.
ONE_IMAGE_CALLS, BATCH_CALLS = 15, 3


@dataclass(frozen=True, kw_only=True)
class Latency:
    """How long one model takes on one machine.

    Attributes:
        one_ms: milliseconds for one image.
        batch_ms_per_image: milliseconds for each image of a batch of ``predict.BATCH_SIZE``.
        machine: where it was measured: the processor and its cores.
        measured_at: when, in seconds since 1970.
    """

    one_ms: float
    batch_ms_per_image: float
    machine: str
    measured_at: float


def stored(entry: ModelEntry) -> Latency | None:
    """The latency of a model on this machine; None if it has not been measured or cannot be read."""
    try:
        values = json.loads(_file(entry).read_text())
        if values.pop("format") != FORMAT or values["machine"] != this_machine():
            return None
        return Latency(**values)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def measure_latency(entry: ModelEntry, data: EvaluationSet, *, progress: predict.Progress | None = None) -> Latency:
    """Measure a model's latency on some images, and store it. Call this while nothing else runs.

    Args:
        entry: the model.
        data: the images; at least one.
        progress: called with (done, total) steps.

    Raises:
        ModelError: the model is missing, is broken or has the wrong shape.
        DataError: the set is empty, or the result cannot be written.
    """
    if not len(data):
        raise DataError(f"The set {data.name!r} has no images to measure the latency on.")
    recogniser = predict.load(entry)
    batch = predict.as_input(np.resize(data.images, (predict.BATCH_SIZE, 28, 28)))
    latency = Latency(
        one_ms=1000 * _median_seconds(lambda: recogniser.probabilities(batch[:1]), ONE_IMAGE_CALLS),
        batch_ms_per_image=1000 * _median_seconds(lambda: recogniser.probabilities(batch), BATCH_CALLS) / len(batch),
        machine=this_machine(),
        measured_at=time.time(),
    )
    try:
        files.write_json(_file(entry), {"format": FORMAT, **asdict(latency)})
    except OSError as error:
        raise DataError(f"The latency of {entry.name!r} cannot be saved: {summary(error)}") from error
    if progress:
        progress(1, 1)
    return latency


@lru_cache(maxsize=1)
def this_machine() -> str:
    """The processor's name and its number of cores, such as "AMD EPYC 7B13, 2 cores"."""
    cores = os.cpu_count()
    return f"{_processor()}, {cores} core" + "s" * (cores != 1)


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:  # not Linux
        lines = []
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, "") or platform.processor() or platform.machine() or "unknown processor"


def _median_seconds(call: Callable[[], object], calls: int) -> float:
    """The median duration of ``calls`` calls, after one that is not counted."""
    seconds = []
    for _ in range(calls + 1):
        started = time.perf_counter()
        call()
        seconds.append(time.perf_counter() - started)
    return statistics.median(seconds[1:])


def _file(entry: ModelEntry) -> Path:
    machine = hashlib.sha256(this_machine().encode()).hexdigest()[:16]
    return paths.evaluations_dir() / "latency" / f"{model_sha256(entry)[:32]}-{machine}.json"
