"""Optuna's figures of a study, one at a time, each with a sentence that says how to read it."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import streamlit as st

from digitcore.figures import search as figures
from digitcore.figures.drawn_study import DrawnStudy, choose_drawn
from digitcore.search.study import Study
from ui.search.words import parameter_title
from ui.shared.glossary import explain

KEY = "search_figure"
PLAIN = {"displayModeBar": False}


class Figure(NamedTuple):
    """A figure of a study.

    Attributes:
        sentence: how to read it.
        draw: draws it, from the study and the titles of its parameters.
        needs: from so many trials on it says something.
        states: the trials that count for that.
        at_most: so many trials are drawn, so that the figure stays fast.
        terms: of the glossary.
    """

    sentence: str
    draw: Callable[[DrawnStudy, Sequence[str]], None]
    needs: int
    states: tuple[str, ...] = ("complete",)
    at_most: int = 1000
    terms: tuple[str, ...] = ("trial",)


def _plot(chart: Callable[[DrawnStudy], object]) -> Callable[[DrawnStudy, Sequence[str]], None]:
    def draw(drawn: DrawnStudy, titles: Sequence[str]) -> None:
        st.plotly_chart(chart(drawn), key="search_figure_chart", config=PLAIN)

    return draw


def _parallel(drawn: DrawnStudy, titles: Sequence[str]) -> None:
    st.plotly_chart(figures.parallel_chart(drawn, titles), key="search_figure_chart", config=PLAIN)


def _slices(drawn: DrawnStudy, titles: Sequence[str]) -> None:
    with st.grid(2, min_column_width=280):
        for title in titles:
            st.plotly_chart(figures.slice_chart(drawn, title), key=f"search_slice_{title}", config=PLAIN)


def _contour(drawn: DrawnStudy, titles: Sequence[str]) -> None:
    if len(titles) < 2:
        st.caption("This figure needs two parameters; the search has one.")
        return
    left, right = st.columns(2)
    for key in ("search_contour_up", "search_contour_across"):
        if st.session_state.get(key) not in titles:
            st.session_state.pop(key, None)
    across = left.selectbox("Left to right", titles, index=0, key="search_contour_across")
    others = [title for title in titles if title != across]
    if st.session_state.get("search_contour_up") not in others:
        st.session_state.pop("search_contour_up", None)
    up = right.selectbox("Bottom to top", others, index=0, key="search_contour_up")
    st.plotly_chart(figures.contour_chart(drawn, across, up), key="search_figure_chart", config=PLAIN)


FIGURES = {
    "Progress": Figure(
        "Each grey point is a complete trial, from the first to the last; the blue line is the best value so far. Where the "
        "line stays level, more trials no longer help.",
        _plot(figures.history_chart),
        needs=2,
    ),
    "What matters": Figure(
        "The longer a bar, the more this setting decides whether a trial is good. One with a short bar can stay as it is.",
        _plot(figures.importances_chart),
        needs=10,
        states=("complete", "pruned"),
        terms=("importance",),
    ),
    "All settings": Figure(
        "Each line is a trial: it crosses every axis at the trial's setting. The blue lines are the best trials: where "
        "they come together, the settings are good.",
        _parallel,
        needs=2,
        at_most=300,
    ),
    "One setting": Figure(
        "Each point is a trial: its setting from left to right, its value from bottom to top. Orange trials came early, blue "
        "ones late, so you see where the search went on looking.",
        _slices,
        needs=2,
    ),
    "Two settings": Figure(
        "A map of two settings: black points are trials, and the bluer the ground between them, the better. The ground is "
        "guessed from the points.",
        _contour,
        needs=5,
        at_most=300,
    ),
    "Learning curves": Figure(
        "Each line is a trial, epoch by epoch. Orange ones were pruned: they end early, because they were worse than others.",
        _plot(figures.intermediate_chart),
        needs=1,
        states=("complete", "pruned", "running"),
        at_most=100,
        terms=("pruner", "epoch"),
    ),
    "Timeline": Figure(
        "Each bar is a trial, from its beginning to its end. Bars above each other at the same time ran at once, and short "
        "orange bars are time that pruning saved.",
        _plot(figures.timeline_chart),
        needs=1,
        states=("complete", "pruned", "failed", "running"),
        terms=("trial", "worker"),
    ),
}
PARETO = "Pareto front"
TWO_GOALS = {
    PARETO: Figure(
        "Each point is a trial. No trial is both smaller and more accurate than a blue one: choose among these, by how much "
        "accuracy a smaller network may cost.",
        _plot(figures.pareto_chart),
        needs=2,
        terms=("Pareto front", "parameters"),
    )
}


def figures_of(objective: str) -> dict[str, Figure]:
    """The figures that a study with this objective has, by name."""
    return TWO_GOALS | FIGURES if objective == "accuracy_and_parameters" else FIGURES


def show_figures(study: Study) -> None:
    """Choose a figure and draw it, or say from how many trials on there is something to see."""
    records, available = study.records(), figures_of(study.config.objective)
    if not records:
        return
    if st.session_state.get(KEY) not in available:  # of another study, or whatever a browser sends
        st.session_state[KEY] = next(iter(available))
    st.subheader("Figures", anchor=False)
    name = st.pills("Figure", list(available), required=True, key=KEY, label_visibility="collapsed", wrap=True)
    figure = available[name]
    st.markdown(figure.sentence, help=explain(*figure.terms))
    usable = [record for record in records if record.state in figure.states]
    if len(usable) < figure.needs:
        kind = "complete trial" if figure.states == ("complete",) else "trial"
        st.info(f"This figure needs {figure.needs} {kind}{'s' * (figure.needs != 1)}; there {_count(len(usable))} so far.")
        return
    drawn = choose_drawn(usable, figure.at_most, study.config.objective)
    titles = {parameter: parameter_title(parameter) for parameter in study.config.space}
    values = 2 if name == PARETO else 1
    figure.draw(DrawnStudy(study.config, drawn, titles, values=values), [*titles.values()])
    if len(drawn) < len(usable):
        st.caption(
            f"Drawn from {len(drawn):,} of {len(usable):,} trials: the best ones, and others spread evenly over the search."
        )


def _count(number: int) -> str:
    return "is 1" if number == 1 else f"are {number}" if number else "is none"
