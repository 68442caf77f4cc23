"""The latency of each model on this machine, measured on request in the background while nothing else runs."""

import time
from typing import TYPE_CHECKING

import streamlit as st

from server.services import services
from ui.compare.results import POLL_SECONDS, Results

if TYPE_CHECKING:
    from digitcore.evaluation.latency import Latency
    from digitcore.networks.registry import ModelEntry
    from server.evaluator import Evaluator


def known_latencies(results: Results) -> "dict[str, Latency]":
    """The latency of each evaluated model that has been measured on this machine."""
    known = {}
    for name in results.evaluations:
        try:
            known[name] = _stored(results.entries[name].version, results.entries[name])
        except LookupError:
            continue
    return known


@st.cache_resource(max_entries=1000, show_spinner=False)
def _stored(version: tuple, _entry: "ModelEntry") -> "Latency":
    from digitcore.evaluation import latency

    measured = latency.stored(_entry)
    if measured is None:
        raise LookupError(version)  # an exception is not cached
    return measured


def measure_button(results: Results, known: "dict[str, Latency]", *, key: str) -> None:
    """A button that starts the missing measurements, and a bar while they wait and run."""
    missing = [name for name in results.evaluations if name not in known]
    errors = latency_evaluator().errors(results.data)
    for name in missing:
        if name in errors:
            st.warning(f"The speed of **{name}** could not be measured: {errors[name]}", icon=":material/timer_off:")
    if _left(results):
        st.fragment(_wait, run_every=POLL_SECONDS)(results)
    elif missing:
        models = "1 model" if len(missing) == 1 else f"{len(missing):,} models"
        st.button(
            f"Measure the speed of {models}",
            icon=":material/timer:",
            key=key,
            on_click=latency_evaluator().retry,
            args=(missing, results.data),
        )


def show_where_measured(results: Results, known: "dict[str, Latency]") -> None:
    """On which machine the latencies were measured, and when."""
    if known:
        machine = next(iter(known.values())).machine
        days = sorted({time.strftime("%Y-%m-%d", time.localtime(one.measured_at)) for one in known.values()})
        when = days[0] if len(days) == 1 else f"between {days[0]} and {days[-1]}"
        st.caption(f"Milliseconds, measured on this machine ({machine}; {when}) while nothing was trained or evaluated.")


def latency_evaluator() -> "Evaluator":
    """The evaluator that measures latencies in this server."""
    return services().latency_evaluator


def _wait(results: Results) -> None:
    left = _left(results)
    if not left:
        st.rerun()
    done = 1 - len(left) / len(results.evaluations)
    st.progress(done, text=f"Measuring, as soon as nothing is being trained or evaluated; models left: {len(left)}")


def _left(results: Results) -> list[str]:
    return [name for name in latency_evaluator().progress(results.data) if name in results.evaluations]
