"""The latency of each model on this machine, measured in the background while nothing else runs."""

import time
from typing import TYPE_CHECKING

import streamlit as st

from server.services import services
from ui.compare.results import POLL_SECONDS, Results

if TYPE_CHECKING:
    from digitcore.evaluation.latency import Latency
    from digitcore.networks.registry import ModelEntry
    from server.evaluator import Evaluator


def latencies(results: Results) -> "dict[str, Latency]":
    """The known latencies; missing ones are requested."""
    known, missing = {}, []
    for name in results.evaluations:
        try:
            known[name] = _stored(results.entries[name].version, results.entries[name])
        except LookupError:
            missing.append(name)
    if missing:
        latency_evaluator().request(missing, results.data)
    return known


@st.cache_resource(max_entries=1000, show_spinner=False)
def _stored(version: tuple, _entry: "ModelEntry") -> "Latency":
    from digitcore.evaluation import latency

    measured = latency.stored(_entry)
    if measured is None:
        raise LookupError(version)  # an exception is not cached
    return measured


def show_latency(results: Results, measured: "dict[str, Latency]") -> None:
    """Where and when the latencies were measured, and which are missing."""
    if measured:
        machine = next(iter(measured.values())).machine
        days = sorted({time.strftime("%Y-%m-%d", time.localtime(one.measured_at)) for one in measured.values()})
        when = days[0] if len(days) == 1 else f"between {days[0]} and {days[-1]}"
        st.caption(f"Milliseconds, measured on this machine ({machine}; {when}) while nothing was trained or evaluated.")
    errors = latency_evaluator().errors(results.data)
    for name in results.evaluations:
        if name in errors:
            st.caption(f"The latency of **{name}** could not be measured: {errors[name]}")
    if _left(results):
        st.fragment(_wait, run_every=POLL_SECONDS)(results)


def latency_evaluator() -> "Evaluator":
    """The evaluator that measures latencies in this server."""
    return services().latency_evaluator


def _wait(results: Results) -> None:
    left = _left(results)
    if not left:
        st.rerun()
    st.caption(f"The latency of {', '.join(left)} will be measured as soon as nothing is being trained or evaluated.")


def _left(results: Results) -> list[str]:
    return [name for name in latency_evaluator().progress(results.data) if name in results.evaluations]
