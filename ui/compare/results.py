"""What the compare page shows: each model's evaluation on the chosen data, made in the background where there is none."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import streamlit as st

from digitcore.errors import DataError
from digitcore.networks import registry
from digitcore.networks.registry import ModelEntry

if TYPE_CHECKING:
    from digitcore.datasets.evaluation_data import EvaluationSet
    from digitcore.evaluation.store import Evaluation
    from server.evaluator import Evaluator

POLL_SECONDS = 1.0
#: More lines than this in a chart, or columns in a table, are not told apart.
MAX_SHOWN = 8


@dataclass(frozen=True, kw_only=True, eq=False)
class Results:
    """The chosen data, every usable model, what is known of each on that data, and why others are missing."""

    data: "EvaluationSet"
    entries: dict[str, ModelEntry]
    evaluations: dict[str, "Evaluation"]
    problems: dict[str, str]
    waiting: tuple[str, ...]

    @property
    def is_labelled(self) -> bool:
        """Whether any image has a label; without one no answer is right or wrong."""
        return bool((self.data.labels >= 0).any())

    @property
    def key(self) -> str:
        """Changes when the evaluations do: a key for caches."""
        known = (f"{name} {evaluation.model_sha256}" for name, evaluation in self.evaluations.items())
        return "\n".join([self.data.name, self.data.checksum, *known])


def results_on(data: "EvaluationSet") -> Results:
    """The evaluations that are there; of those that are not, the background is asked."""
    entries = registry.list_models()
    good = {entry.name: entry for entry in entries if not entry.problem}
    problems = {entry.name: entry.problem for entry in entries if entry.problem}
    found, waiting = {}, []
    for name, entry in good.items():
        try:
            found[name] = _stored(entry.version, data.checksum, entry, data)
        except LookupError:
            waiting.append(name)
    if waiting:
        evaluator().ask(waiting, data)  # forgets the failure of a model whose file has changed since
        failed = evaluator().errors(data)
        problems |= {name: failed[name] for name in waiting if name in failed}
        waiting = [name for name in waiting if name not in failed]
    return Results(data=data, entries=good, evaluations=found, problems=problems, waiting=tuple(waiting))


@st.cache_resource(max_entries=1000, show_spinner=False)
def _stored(version: tuple, checksum: str, _entry: ModelEntry, _data: "EvaluationSet") -> "Evaluation":
    from digitcore.evaluation import store as evaluations

    stored = evaluations.stored(_entry, _data)
    if stored is None:
        raise LookupError(version)  # what raises is not cached
    return stored


@st.cache_resource
def evaluator() -> "Evaluator":
    """The one background evaluator of this server."""
    from server.evaluator import Evaluator

    return Evaluator()


def show(results: Results, view: Callable[[Results], None]) -> None:
    """Draw a view of what is known, and below it how far the rest is."""
    if results.evaluations:
        try:
            view(results)
        except DataError as error:
            _stored.clear()  # a damaged evaluation is made anew at the next look
            st.error(str(error))
    elif not results.entries and not results.problems:
        st.info("There is no model yet. Train one on the page **Train**, or with: `python -m digitcore train`")
    _show_progress(results)


def _show_progress(results: Results) -> None:
    """A bar while models are evaluated, and after it the page anew; what cannot be compared says why."""
    if results.waiting:
        st.fragment(_wait, run_every=POLL_SECONDS)(results)
    for name, problem in results.problems.items():
        st.warning(f"The model **{name}** is left out: {problem}", icon=":material/broken_image:")


def _wait(results: Results) -> None:
    shares = evaluator().progress(results.data)
    left = [name for name in shares if name in results.waiting]
    if not left:
        st.rerun()
    done = 1 - sum(1 - shares[name] for name in left) / len(results.waiting)
    st.progress(done, text=f"Evaluating {left[0]} on {results.data.name}; models to go: {len(left)}")


def choose_models(results: Results) -> list[str]:
    """Choose up to eight models, at first the best; kept in the address."""
    names = by_accuracy(results)
    chosen = st.multiselect(
        "Models",
        names,
        default=None if "models" in st.session_state else names[:4],
        max_selections=MAX_SHOWN,
        key="models",
        bind="query-params",
    )
    if not chosen:
        st.info("Choose a model.")
    return chosen


def choose_pair(results: Results) -> tuple[str, str]:
    """Choose two models, at first the best two; kept in the address."""
    names = by_accuracy(results)
    columns = st.columns(2)
    left = columns[0].selectbox("First model", names, key="first", bind="query-params")
    right = columns[1].selectbox("Second model", names, index=min(1, len(names) - 1), key="second", bind="query-params")
    return left, right


def by_accuracy(results: Results) -> list[str]:
    """The evaluated models, the best first; on unlabelled data by name."""
    return sorted(results.evaluations, key=lambda name: (-(results.evaluations[name].metrics.accuracy or 0), name))
