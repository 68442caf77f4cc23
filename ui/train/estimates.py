"""How large a network is and how long it will train; measured in the background, once for each network."""

from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import streamlit as st

from digitcore.runs.config import TrainConfig
from digitcore.runs.registry import list_runs
from digitcore.runs.state import Status

MAX_MEASURED = 200


@st.cache_data(max_entries=200, show_spinner=False)
def parameter_count(architecture: str, arguments: dict[str, Any]) -> int:
    """The number of trainable and other weights.

    Raises:
        ConfigError: the network cannot be built.
    """
    from digitcore.networks import architectures

    return architectures.build(architecture, **arguments).count_params()


def training_seconds(config: TrainConfig) -> float | None:
    """How long a run will take on this machine; None while that is being measured.

    Raises:
        DigitcoreError: the run is impossible.
    """
    executor, measured = _measurements()
    key = _key(config)
    if key not in measured:
        if len(measured) >= MAX_MEASURED:
            measured.clear()
        if any(run.state().status == Status.RUNNING for run in list_runs()):
            return None  # a measurement would disturb it, and be disturbed
        measured[key] = executor.submit(_measure, config)
    return measured[key].result().seconds_for(config) if measured[key].done() else None


@st.cache_resource
def _measurements() -> tuple[ThreadPoolExecutor, dict[str, Future]]:
    return ThreadPoolExecutor(1, thread_name_prefix="speed"), {}


def _measure(config: TrainConfig):  # noqa: ANN202 - its type would import TensorFlow
    from digitcore.training.throughput import measure_speed

    return measure_speed(config)


def _key(config: TrainConfig) -> str:
    """What decides the speed."""
    return repr((config.architecture, config.arguments, config.batch_size, config.optimizer, config.augmentation))
