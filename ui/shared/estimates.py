"""How long a training will take, which is measured in the background."""

import streamlit as st

from digitcore.errors import DigitcoreError
from digitcore.runs.config import TrainConfig
from server.services import services
from ui.shared.durations import roughly

POLL_SECONDS = 0.5
MEASURING = "being measured …"


def time_in_words(config: TrainConfig) -> str:
    """The expected time, or that it is being measured; why it cannot be, in a sentence."""
    try:
        seconds = services().speed_estimates.seconds_for(config)
    except DigitcoreError as error:
        return str(error)
    return MEASURING if seconds is None else roughly(seconds)


def wait_for_times(*configs: TrainConfig) -> None:
    """Draw the page again whenever one more of these times is known."""
    times = [time_in_words(config) for config in configs]
    if MEASURING in times:
        st.fragment(_wait, run_every=POLL_SECONDS)(configs, times)


def _wait(configs: tuple[TrainConfig, ...], times: list[str]) -> None:
    if [time_in_words(config) for config in configs] != times:
        st.rerun()
