"""The trials of a study -> Optuna's own Plotly figures, in our colours; and the curves of trials that are running."""

from collections.abc import Mapping, Sequence
from typing import Any

import plotly.graph_objects as go
from optuna import visualization
from optuna.importance import PedAnovaImportanceEvaluator

from digitcore.figures import palette
from digitcore.figures.drawn_study import QUANTITIES, STATES, DrawnStudy
from digitcore.figures.training import Rows

#: From worse to better, or from early to late: readable as lines and points on a light and on a dark page.
SCALE = ((0.0, palette.ORANGE), (0.5, palette.REFERENCE), (1.0, palette.ACCENT_ON_DARK))
#: The same as an area, on which black points stand.
AREA = ((0.0, palette.ORANGE), (0.5, palette.WHITE), (1.0, palette.SKY))
STATE_COLOURS = {
    "COMPLETE": palette.BLUE,
    "PRUNED": palette.ORANGE,
    "FAIL": palette.VERMILION,
    "RUNNING": palette.GREEN,
    "WAITING": palette.REFERENCE,
}
STATE_NAMES = {state.name: name for name, state in STATES.items()}
HEIGHT = 420


def history_chart(study: DrawnStudy) -> go.Figure:
    """Each trial's value in the order of the trials, and the best value so far."""
    numbers = [trial.number for trial in study.get_trials()]
    figure = visualization.plot_optimization_history(study.numbered_from_zero(), target_name=_title(study))
    for trace in figure.data:
        trace.x = [numbers[place] for place in trace.x]
    if not figure.data:
        return _finish(figure)
    _name(figure.data[0], "a trial")
    figure.data[0].marker.update(color=palette.OTHERS, size=7)
    best = [trace for trace in figure.data if trace.mode == "lines"]
    for trace in best:
        _name(trace, "best so far")
        trace.line.update(color=palette.ACCENT, width=2.5, shape="hv")
    figure.update_xaxes(title="trial")
    return _finish(figure, legend=bool(best), y=_format(study))


def importances_chart(study: DrawnStudy) -> go.Figure:
    """How much of the difference between trials each parameter explains (PED-ANOVA, Watanabe et al., 2023).

    Pruned trials count with their last value.
    """
    study = study.with_pruned_as_complete()
    evaluator = PedAnovaImportanceEvaluator()
    figure = visualization.plot_param_importances(study, evaluator=evaluator, target_name=_title(study))
    figure.update_traces(marker_color=palette.BEST, hovertemplate="%{y}: %{x:.0%}<extra></extra>")
    figure.update_layout(yaxis_title=None, xaxis_title="importance")
    figure.update_xaxes(range=[0, 1.12], tickformat=".0%")
    bars = max((len(trace.y) for trace in figure.data), default=0)
    return _finish(figure, height=110 + 44 * bars)


def parallel_chart(study: DrawnStudy, parameters: Sequence[str]) -> go.Figure:
    """Each trial as a line through its parameters, the better ones on top.

    Args:
        study: the trials.
        parameters: the titles of those to draw.
    """
    figure = visualization.plot_parallel_coordinate(study, params=list(parameters), target_name=_title(study))

    def quality(trace: go.Scatter) -> float:
        """0 for the worst value to 1 for the best; the scale at the side has no value and stays last."""
        height = trace.y[0]  # on the axis of the values, 0-1
        return 2 if height is None else height if study.more_is_better else 1 - height

    # Optuna draws the trials in several orders, depending on the kinds of parameters.
    figure.data = sorted(figure.data, key=quality)
    for trace in figure.data:
        if (share := quality(trace)) <= 1:
            trace.line.update(color=_colour(share), width=1.6)
            trace.opacity = 0.85
    _rescale(figure, not study.more_is_better, SCALE, _format(study))
    figure.update_layout(plot_bgcolor=palette.TRANSPARENT)
    labels = [label.replace(" ", "<br>") for label in figure.layout.xaxis.ticktext or ()]
    figure.update_xaxes(fixedrange=True, tickangle=0, ticktext=labels)
    return _finish(figure).update_layout(margin={"l": 32, "b": 48})


def slice_chart(study: DrawnStudy, parameter: str) -> go.Figure:
    """The value of each trial against one of its parameters, given by its title."""
    figure = visualization.plot_slice(study, params=[parameter], target_name=_title(study))
    _rescale(figure, False, SCALE, "d")
    figure.update_traces(marker={"line": {"width": 0}, "size": 8, "colorbar": {"title": "trial"}})
    return _finish(figure, height=300, y=_format(study))


def contour_chart(study: DrawnStudy, across: str, up: str) -> go.Figure:
    """Two parameters, given by their titles, and as colour the value between the trials."""
    figure = visualization.plot_contour(study, params=[across, up], target_name=_title(study))
    _rescale(figure, not study.more_is_better, AREA, _format(study))
    for trace in figure.data:
        if trace.type == "contour":
            trace.colorbar.title = ""
        else:
            trace.marker.update(color=palette.BLACK, size=6, line={"width": 1, "color": palette.WHITE})
    return _finish(figure)


def intermediate_chart(study: DrawnStudy) -> go.Figure:
    """The value of each trial after each epoch; a pruned trial's line ends early."""
    figure = visualization.plot_intermediate_values(study)
    states = {f"Trial{trial.number}": trial.state.name for trial in study.get_trials()}
    for trace in figure.data:
        state = states[trace.name]
        number = trace.name.removeprefix("Trial")
        trace.update(
            name=f"trial {number}, {STATE_NAMES[state]}",
            line={"color": STATE_COLOURS[state], "width": 1.5},
            marker={"color": STATE_COLOURS[state], "size": 5},
            opacity=0.85,
            hovertemplate=f"trial {number}, {STATE_NAMES[state]}, epoch %{{x}}: %{{y:.4~g}}<extra></extra>",
        )
    last = max((epoch for trial in study.get_trials() for epoch in trial.intermediate_values), default=1)
    figure.update_xaxes(title="epoch", tickformat="d", dtick=max(1, last // 10))
    figure.update_yaxes(title=_title(study))
    return _finish(figure, y=_format(study))


def timeline_chart(study: DrawnStudy) -> go.Figure:
    """When each trial began and ended, and how."""
    figure = visualization.plot_timeline(study)
    for trace in figure.data:
        trace.marker.color = STATE_COLOURS.get(trace.name, palette.REFERENCE)
        trace.name = STATE_NAMES.get(trace.name, trace.name.lower())
        trace.hovertemplate = f"trial %{{y}}: {trace.name}<extra></extra>"
    figure.update_xaxes(title=None)
    figure.update_yaxes(title="trial", tickformat="d")
    return _finish(figure, legend=True)


def pareto_chart(study: DrawnStudy) -> go.Figure:
    """Accuracy against parameters of each trial; those that no other trial beats in both are the Pareto front."""
    figure = visualization.plot_pareto_front(study, target_names=["validation accuracy", "parameters"])
    for trace, name, colour, size in zip(
        figure.data, ("other trials", "Pareto front"), (palette.OTHERS, palette.ACCENT), (7, 11), strict=False
    ):
        trace.update(
            x=trace.y, y=trace.x, name=name, showlegend=True,
            marker={"color": colour, "size": size, "showscale": False, "line": {"width": 0}, "colorscale": None},
            hovertemplate="%{x:,} parameters: %{y:.2%}<extra></extra>",
        )  # fmt: skip
    figure.update_xaxes(title="parameters", tickformat="~s")
    figure.update_yaxes(title="validation accuracy")
    return _finish(figure, legend=True, y=".1%")


def live_chart(curves: Mapping[str, Rows], objective: str, *, epochs: int, best: Rows = ()) -> go.Figure:
    """The curves of trials that are running, and for comparison that of the best one.

    Args:
        curves: name -> a row for each epoch.
        objective: what the study looks for.
        epochs: where the axis ends.
        best: the rows of the best trial.
    """
    title, form, key = QUANTITIES[objective]
    figure = go.Figure()
    reference = {"line": {"color": palette.REFERENCE, "dash": "dot", "width": 2}}
    for number, (name, rows) in enumerate([("the best so far", best)] * bool(best) + list(curves.items())):
        line = {"line": {"color": palette.SERIES[number % len(palette.SERIES)], "width": 2.5}}
        points = [(row["epoch"], row[key]) for row in rows if row.get(key) is not None]
        figure.add_trace(
            go.Scatter(
                x=[epoch for epoch, _ in points], y=[value for _, value in points], name=name, mode="lines+markers",
                hovertemplate=f"{name}, epoch %{{x}}: %{{y:.4~g}}<extra></extra>",
                **(reference if name == "the best so far" else line),
            )
        )  # fmt: skip
    figure.update_xaxes(title="epoch", range=[0.5, epochs + 0.5], tickformat="d", dtick=max(1, epochs // 10))
    figure.update_yaxes(title=title)
    return _finish(figure, height=300, legend=True, y=form)


def value_in_words(value: float, objective: str) -> str:
    """A trial's first value as it stands in a sentence, such as "98.7%" or "0.0415"."""
    return f"{value:.4f}" if objective == "loss" else f"{value:.2%}"


def _title(study: DrawnStudy) -> str:
    return QUANTITIES[study.objective][0]


def _colour(share: float) -> str:
    """The colour at a place of the scale, 0-1."""
    (_, worst), (_, middle), (_, best) = SCALE
    return palette.blend(middle, worst, 2 * share) if share < 0.5 else palette.blend(best, middle, 2 * share - 1)


def _format(study: DrawnStudy) -> str:
    return QUANTITIES[study.objective][1]


def _name(trace: Any, name: str) -> None:
    trace.update(name=name, hovertemplate=f"{name}, trial %{{x}}: %{{y:.4~g}}<extra></extra>")


def _rescale(figure: go.Figure, is_reversed: bool, scale: Any, tick_format: str) -> None:
    """Our colours for what has a scale of Optuna's."""
    bar = {"tickformat": tick_format, "thickness": 10, "title": "", "nticks": 5}
    for trace in figure.data:
        if trace.type == "contour":
            trace.update(colorscale=scale, reversescale=is_reversed, colorbar=bar)
        elif trace.marker and trace.marker.colorscale is not None:
            trace.marker.update(colorscale=scale, reversescale=is_reversed, colorbar=bar)


def _finish(figure: go.Figure, *, height: int = HEIGHT, legend: bool = False, y: str | None = None) -> go.Figure:
    figure.update_layout(
        title=None,
        height=height,
        margin={"l": 0, "r": 8, "t": 36 if legend else 16, "b": 0},
        showlegend=legend,
        legend={"orientation": "h", "yref": "container", "yanchor": "top", "y": 1, "x": 0, "xanchor": "left"},
        uirevision="same",  # a zoom survives the next update
        colorway=palette.SERIES,
    )
    figure.layout.title = None
    if y:
        figure.update_yaxes(tickformat=y)
    return figure
