"""How long runs will take: the speed of their networks is measured in a separate process, once for each kind of network.

The server itself neither builds nor trains networks: a large one would take memory and cores that the visitors need.
"""

import json
import logging
import subprocess
import threading
from collections import OrderedDict
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace

from digitcore.datasets.training_data import count_training_images
from digitcore.errors import TrainingError
from digitcore.jobs.launchers import start_measuring
from digitcore.runs.config import TrainConfig
from digitcore.runs.registry import is_training
from digitcore.training.duration import training_seconds
from digitcore.training.limits import fit_batch_size

log = logging.getLogger(__name__)

MAX_KEPT = 200
#: A process that is silent for longer is ended; importing TensorFlow and measuring a slow network take about ten seconds.
TIMEOUT_SECONDS = 90


class ProcessEndedError(TrainingError):
    """The process that measures ended without an answer."""


class SpeedEstimates:
    """Owns the process that measures speeds, and its results; safe to use from several threads."""

    def __init__(self) -> None:
        self._measured: OrderedDict[str, Future[float]] = OrderedDict()
        self._lock = threading.Lock()
        self._executor = ThreadPoolExecutor(1, thread_name_prefix="speed")
        self._process: subprocess.Popen | None = None
        self._is_closed = False

    def seconds_for(self, config: TrainConfig) -> float | None:
        """How long a run will take on this machine, in seconds; None while this is being measured or a run is being trained.

        Raises:
            DataError: the run's data cannot be used.
            TrainingError: the speed could not be measured.
        """
        images = count_training_images(**config.data_options)
        config = replace(config, batch_size=fit_batch_size(config, images))
        key = _key(config)
        with self._lock:
            if self._is_closed:
                return None
            if key not in self._measured:
                if is_training():
                    return None  # a measurement would slow the run down, and be slowed down by it
                self._measured[key] = self._executor.submit(self._measure, config)
            self._measured.move_to_end(key)
            while len(self._measured) > MAX_KEPT:
                self._measured.popitem(last=False)
            measured = self._measured[key]
        return training_seconds(config, measured.result()) if measured.done() else None

    def close(self) -> None:
        """End the process; a measurement in progress fails."""
        with self._lock:
            self._is_closed = True
            if self._process:
                self._process.kill()
        self._executor.shutdown(cancel_futures=True)
        if self._process:
            _end(self._process)

    def _measure(self, config: TrainConfig) -> float:
        """Images per second. If the process ends, which an idle one can do at any moment, a second one is tried."""
        try:
            return self._request(config)
        except ProcessEndedError:
            return self._request(config)

    def _request(self, config: TrainConfig) -> float:
        """Request the images per second from the process."""
        process = self._running_process()
        timer = threading.Timer(TIMEOUT_SECONDS, process.kill)
        timer.start()
        try:
            process.stdin.write(json.dumps(config.to_json()) + "\n")
            process.stdin.flush()
            answer = json.loads(process.stdout.readline())
        except (OSError, ValueError) as error:  # the process has ended
            _end(process)
            log.warning("The process that measures speeds ended with exit status %s.", process.returncode)
            raise ProcessEndedError("The speed could not be measured. You can still start the run.") from error
        finally:
            timer.cancel()
        if "error" in answer:
            raise TrainingError(answer["error"])
        return answer["images_per_second"]

    def _running_process(self) -> subprocess.Popen:
        """The process that measures, started if there is none; an idle one ends by itself."""
        with self._lock:
            if self._is_closed:
                raise TrainingError("The server is shutting down.")
            if self._process is None or self._process.poll() is not None:
                if self._process:
                    _end(self._process)
                self._process = start_measuring()
            return self._process


def _end(process: subprocess.Popen) -> None:
    """End a process and close its pipes."""
    process.kill()
    process.wait()
    process.stdout.close()
    try:
        process.stdin.close()
    except OSError:  # a line that it never read
        pass


def _key(config: TrainConfig) -> str:
    """The settings that determine the speed."""
    return repr((config.architecture, config.arguments, config.batch_size, config.optimizer, config.augmentation))
