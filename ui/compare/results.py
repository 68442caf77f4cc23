"""What the compare page shows: each model's evaluation on the chosen data, computed in the background if it is missing."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from digitcore.datasets.dataset import has_label
from digitcore.errors import DataError
from digitcore.networks import registry
from digitcore.networks.registry import ModelEntry
from server.services import services
from ui.shared.titles import title_of

if TYPE_CHECKING:
    from digitcore.datasets.evaluation_data import EvaluationSet
    from digitcore.evaluation.store import Evaluation
    from digitcore.evaluation.unseen import Unseen
    from server.evaluator import Evaluator

POLL_SECONDS = 1.0
NO_MODEL = "There is no model yet. Train one on the page **Train**, or with: `python -m digitcore train`"
NO_LABELS = "These pictures have no labels, so it is not known which predictions are right."


@dataclass(frozen=True, kw_only=True, eq=False)
class Results:
    """The chosen data, every model that can be compared on it, what is known of each, and why others are missing.

    Attributes:
        data: the pictures that the models are compared on.
        entries: the models that can be compared.
        evaluations: of those that have been evaluated.
        failures: model -> why its evaluation failed; it can be tried again.
        problems: model -> why it cannot be compared.
        waiting: the models that are not evaluated yet.
        note: which pictures the models are compared on; None for the whole set.
    """

    data: "EvaluationSet"
    entries: dict[str, ModelEntry]
    evaluations: dict[str, "Evaluation"]
    failures: dict[str, str]
    problems: dict[str, str]
    waiting: tuple[str, ...]
    note: str | None

    @property
    def is_labelled(self) -> bool:
        """Whether any image has a label; without one, no prediction is right or wrong."""
        return self.count > 0

    @property
    def count(self) -> int:
        """The number of labelled images."""
        return int(has_label(self.data.labels).sum())

    @property
    def key(self) -> str:
        """A key for caches, which changes when the evaluations do."""
        known = (f"{name} {evaluation.model_sha256}" for name, evaluation in self.evaluations.items())
        return "\n".join([self.data.name, self.data.checksum, *known])


def results_on(data: "EvaluationSet") -> Results:
    """The available evaluations; missing ones are requested."""
    entries = registry.list_models()
    good = {entry.name: entry for entry in entries if not entry.problem}
    unseen = _unseen(data, good)
    problems = {entry.name: entry.problem for entry in entries if entry.problem} | unseen.left_out
    compared = {name: entry for name, entry in good.items() if name not in unseen.left_out}
    known, waiting = {}, []
    for name, entry in compared.items():
        try:
            known[name] = _stored(entry.version, unseen.data.checksum, entry, unseen.data)
        except LookupError:
            waiting.append(name)
    failures = {}
    if waiting:
        evaluator().request(waiting, unseen.data)
        errors = evaluator().errors(unseen.data)
        failures = {name: errors[name] for name in waiting if name in errors}
        waiting = [name for name in waiting if name not in errors]
    return Results(
        data=unseen.data,
        entries=compared,
        evaluations=known,
        failures=failures,
        problems=problems,
        waiting=tuple(waiting),
        note=_note(unseen, len(data)),
    )


def _unseen(data: "EvaluationSet", entries: dict[str, ModelEntry]) -> "Unseen":
    from digitcore.evaluation.unseen import has_record, unseen_part

    cards = {name: entry.card for name, entry in entries.items()}
    if not any(has_record(card) for card in cards.values()):  # as with all models trained on MNIST: nothing is cut off
        return unseen_part(data, cards)
    versions = tuple((name, entry.version) for name, entry in entries.items())
    return _unseen_part(data.name, data.checksum, versions, data, cards)


@st.cache_resource(max_entries=20, show_spinner=False)
def _unseen_part(name: str, checksum: str, versions: tuple, _data: "EvaluationSet", _cards: dict[str, dict]) -> "Unseen":
    from digitcore.evaluation.unseen import unseen_part

    return unseen_part(_data, _cards)


def _note(unseen: "Unseen", total: int) -> str | None:
    if not unseen.seen:
        return None
    counts = ", ".join(f"**{name}** was trained on {count:,}" for name, count in unseen.trained_on.items())
    return (
        f"Compared on the {len(unseen.data):,} of {total:,} pictures that no model was trained on. Of the whole set, {counts}."
    )


@st.cache_resource(max_entries=1000, show_spinner=False)
def _stored(version: tuple, checksum: str, _entry: ModelEntry, _data: "EvaluationSet") -> "Evaluation":
    from digitcore.evaluation import store

    evaluation = store.stored(_entry, _data)
    if evaluation is None:
        raise LookupError(version)  # an exception is not cached
    return evaluation


def evaluator() -> "Evaluator":
    """The evaluator of this server."""
    return services().evaluator


def show(results: Results, view: Callable[[Results], None], row: DeltaGenerator) -> None:
    """Draw a view of what is known, and the progress of what is missing: in the row above, so that nothing moves."""
    _show_progress(results, row)
    if results.note:
        st.caption(results.note)
    if results.evaluations:
        try:
            with st.spinner("Comparing …"):
                view(results)
        except DataError as error:
            _stored.clear()  # a damaged evaluation is computed again at the next run
            st.error(str(error))
    elif results.waiting:
        st.info("No model has read these images before, so they are read now. The results appear here, model by model.")
    elif not results.entries and not results.problems:
        st.info(NO_MODEL)
    _show_problems(results)


def _show_progress(results: Results, row: DeltaGenerator) -> None:
    """Show a progress bar while models are evaluated, then rerun the page."""
    if results.waiting:
        with row, st.container(key="compare_status"):
            st.fragment(_wait, run_every=POLL_SECONDS)(results)


def _show_problems(results: Results) -> None:
    """Name each model that is left out, and why."""
    for name, problem in {**results.problems, **results.failures}.items():
        st.warning(f"The model **{name}** is left out: {problem}", icon=":material/broken_image:")
    if results.failures:
        st.button(
            "Try again",
            icon=":material/refresh:",
            key="compare_retry",
            help=f"Evaluate {', '.join(results.failures)} again.",
            on_click=evaluator().retry,
            args=(list(results.failures), results.data),
        )


def _wait(results: Results) -> None:
    shares = evaluator().progress(results.data)
    left = [name for name in shares if name in results.waiting]
    if not left:
        st.rerun()
    done = 1 - sum(1 - shares[name] for name in left) / len(results.waiting)
    st.progress(done, text=f"Evaluating {title_of(left[0])}, n = {len(results.data):,}; models left: {len(left)}")


def by_accuracy(results: Results) -> list[str]:
    """The evaluated models, the most accurate first; on unlabelled data by name."""
    return sorted(results.evaluations, key=lambda name: (-(results.evaluations[name].metrics.accuracy or 0), name))
