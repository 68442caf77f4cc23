"""The accuracy of several models against their size or speed -> a Plotly figure."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import plotly.graph_objects as go

from digitcore.evaluation.intervals import Interval
from digitcore.figures import palette
from digitcore.figures.labels import LINE, Label, place_labels

#: At most this many models have a label; the hover text has them all.
MAX_LABELS = 12
#: The height of the part with the intervals, and the margins, in pixels.
INTERVALS_HEIGHT = 230
MARGIN = {"l": 76, "r": 24, "t": 8, "b": 48}


@dataclass(frozen=True, kw_only=True)
class ModelPoint:
    """One model in the figure.

    Attributes:
        title: its title, as it is shown.
        x: its size or latency, above 0.
        accuracy: 0-1, with its interval.
        is_leading: whether it is the best, or not told apart from the best.
        details: what the hover text says below the title, in lines.
    """

    title: str
    x: float
    accuracy: Interval
    is_leading: bool
    details: tuple[str, ...] = ()


def accuracy_chart(points: Sequence[ModelPoint], *, x_title: str) -> go.Figure:
    """A dot with a 95 % interval bar for each model; the horizontal axis is logarithmic.

    Args:
        points: at least one.
        x_title: of the horizontal axis, with the unit.
    """
    x_low, x_high, x_ticks = _logarithmic([point.x for point in points])
    low, high = min(point.accuracy.low for point in points), max(point.accuracy.high for point in points)
    pixels = INTERVALS_HEIGHT / (high - low)
    shares = [(math.log(point.x) - math.log(x_low)) / (math.log(x_high) - math.log(x_low)) for point in points]
    bars = [((point.accuracy.low - low) * pixels, (point.accuracy.high - low) * pixels) for point in points]
    chosen = labelled(points)
    labels = place_labels([point.title if point in chosen else "" for point in points], shares, bars)
    top = max([INTERVALS_HEIGHT + LINE / 2, *(label.top for label in labels)])

    figure = go.Figure()
    for is_leading, colour in ((False, palette.OTHER_MODELS), (True, palette.LEADING)):
        _add_dots(figure, [point for point in points if point.is_leading == is_leading], colour)
    bar_of = {point.title: bar for point, bar in zip(points, bars, strict=True)}
    for point, label in zip([point for point in points if point in chosen], labels, strict=True):
        _add_label(figure, point, label, y=low + label.bottom / pixels, is_far=label.bottom - bar_of[point.title][1] > LINE)
    ticks = _linear_ticks(low, min(high, 1))
    figure.update_xaxes(
        title=x_title, type="log", range=[math.log10(x_low), math.log10(x_high)], tickvals=x_ticks,
        ticktext=[f"{tick:,g}" if tick < 1e5 else f"{tick:,.0f}" for tick in x_ticks], fixedrange=True, automargin=False,
    )  # fmt: skip
    figure.update_yaxes(
        title="accuracy", range=[low - 8 / pixels, low + top / pixels], tickvals=ticks,
        ticktext=[f"{100 * tick:.4g} %" for tick in ticks], fixedrange=True, automargin=False,
    )  # fmt: skip
    height = round(top + 8) + MARGIN["t"] + MARGIN["b"]
    figure.update_layout(height=height, margin=MARGIN, showlegend=False, dragmode=False)
    return figure


def labelled(points: Sequence[ModelPoint]) -> list[ModelPoint]:
    """The models with a label: all if they are few, otherwise those that no other model beats in both accuracy and x."""
    if len(points) <= MAX_LABELS:
        return list(points)
    best, kept = -1.0, []
    for point in sorted(points, key=lambda point: (point.x, -point.accuracy.value)):
        if point.accuracy.value > best:
            best, kept = point.accuracy.value, [*kept, point]
    return kept[-MAX_LABELS:]


def _add_dots(figure: go.Figure, points: Sequence[ModelPoint], colour: str) -> None:
    intervals = [point.accuracy for point in points]
    figure.add_trace(
        go.Scatter(
            x=[point.x for point in points],
            y=[interval.value for interval in intervals],
            error_y={
                "array": [interval.high - interval.value for interval in intervals],
                "arrayminus": [interval.value - interval.low for interval in intervals],
                "color": colour, "thickness": 1.5, "width": 5,
            },
            mode="markers",
            marker={"size": 11, "color": colour},
            hovertext=["<br>".join([f"<b>{point.title}</b>", *point.details]) for point in points],
            hovertemplate="%{hovertext}<extra></extra>",
        )
    )  # fmt: skip


def _add_label(figure: go.Figure, point: ModelPoint, label: Label, *, y: float, is_far: bool) -> None:
    x = math.log10(point.x)  # of a logarithmic axis, annotations and shapes differ in what they take
    figure.add_annotation(
        x=x, y=y, text=label.text, showarrow=False, xanchor="left", yanchor="bottom", xshift=label.shift, align="left",
        borderpad=0, font={"size": 13},
    )  # fmt: skip
    if is_far:  # a line from the bar to its label
        figure.add_shape(
            type="line", x0=point.x, x1=point.x, y0=point.accuracy.high, y1=y, layer="below",
            line={"color": palette.REFERENCE, "width": 1, "dash": "dot"},
        )  # fmt: skip


def _logarithmic(values: Sequence[float]) -> tuple[float, float, list[float]]:
    """The ends of a logarithmic axis, with space beside the values, and its ticks at 1, 2 and 5 times powers of ten."""
    low, high = min(values) / 1.35, max(values) * 1.35
    exponents = range(math.floor(math.log10(low)) - 1, math.ceil(math.log10(high)) + 2)
    marks = [digit * 10.0**exponent for exponent in exponents for digit in (1, 2, 5)]
    low = min(low, max(mark for mark in marks if mark <= min(values)))
    high = max(high, min(mark for mark in marks if mark >= max(values)))
    inside = [mark for mark in marks if low <= mark <= high]
    return low, high, inside if len(inside) <= 6 else [mark for mark in inside if math.log10(mark) == round(math.log10(mark))]


def _linear_ticks(low: float, high: float) -> list[float]:
    """Three to seven round numbers from low to high."""
    step = 10.0 ** math.floor(math.log10((high - low) / 2))
    step = next(step * factor for factor in (1, 2, 5, 10) if (high - low) / (step * factor) <= 6)
    return [round(number * step, 10) for number in range(math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9) + 1)]
