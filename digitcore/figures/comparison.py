"""Curves of several models -> Plotly figures."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
import plotly.graph_objects as go

from digitcore.figures import palette
from digitcore.figures.training import Rows

if TYPE_CHECKING:
    from digitcore.evaluation.calibration import Reliability
    from digitcore.evaluation.curves import Curve

#: The corner of a nearly perfect ROC or precision-recall curve: its distance from 1, and its largest false positive rate.
CORNER, FALSE_CORNER = 0.1, 0.02
MARGIN = {"l": 0, "r": 8, "t": 8, "b": 0}


def roc_chart(curves: Mapping[str, "Curve"], *, corner: bool) -> go.Figure:
    """True positive rate against false positive rate of several models; ``corner`` shows only the upper left corner."""
    figure = _lines({name: (curve.x, curve.y) for name, curve in curves.items()})
    figure.update_xaxes(title="false positive rate", range=[-0.0005, FALSE_CORNER] if corner else [-0.02, 1.02])
    figure.update_yaxes(title="true positive rate", range=[1 - CORNER, 1.004] if corner else [-0.02, 1.02])
    return figure


def precision_recall_chart(curves: Mapping[str, "Curve"], *, corner: bool) -> go.Figure:
    """Precision against recall of several models; ``corner`` shows only the upper right corner."""
    figure = _lines({name: (curve.x, curve.y) for name, curve in curves.items()})
    figure.update_xaxes(title="recall", range=[1 - CORNER, 1.002] if corner else [-0.02, 1.02])
    figure.update_yaxes(title="precision", range=[1 - CORNER, 1.004] if corner else [-0.02, 1.02])
    return figure


def reliability_chart(reliabilities: Mapping[str, "Reliability"]) -> go.Figure:
    """Accuracy against confidence of each model, with the diagonal of perfect calibration."""
    figure = go.Figure(
        go.Scatter(
            x=[0, 1], y=[0, 1], name="perfect", mode="lines", line={"color": palette.REFERENCE, "dash": "dot"}, hoverinfo="skip"
        )
    )
    for number, (name, reliability) in enumerate(reliabilities.items()):
        is_filled = reliability.counts > 0
        figure.add_trace(
            go.Scatter(
                x=reliability.confidence[is_filled], y=reliability.accuracy[is_filled], name=name, mode="lines+markers",
                customdata=reliability.counts[is_filled], line=_line(number),
                marker={
                    "symbol": _marker(number),
                    "size": 6 + 8 * np.sqrt(reliability.counts[is_filled] / reliability.counts.max()),
                },
                hovertemplate=f"{name}: confidence %{{x:.1%}}, accuracy %{{y:.1%}}, %{{customdata:,}} images<extra></extra>",
            )
        )  # fmt: skip
    figure.update_xaxes(title="confidence", range=[-0.02, 1.05], tickformat=".0%")
    figure.update_yaxes(title="accuracy", range=[-0.03, 1.06], tickformat=".0%")
    return _finish(figure, 420)


def losses_chart(histories: Mapping[str, Rows]) -> go.Figure:
    """The loss on training (thin, dotted) and validation images over the epochs of several trainings."""
    figure = go.Figure()
    for number, (name, rows) in enumerate(histories.items()):
        x, colour = [row["epoch"] for row in rows], _colour(number)
        for key, what, line in (
            ("val_loss", "validation", {"color": colour, "width": 2.5}),
            ("loss", "training", {"color": colour, "width": 1, "dash": "dot"}),
        ):
            figure.add_trace(
                go.Scatter(
                    x=x, y=[row[key] for row in rows], name=f"{name}, {what}", mode="lines+markers", line=line,
                    marker={"size": 6 if len(rows) > 1 else 11, "symbol": _marker(number)},
                    hovertemplate=f"{name}, epoch %{{x}}: {what} loss %{{y:.4f}}<extra></extra>",
                )
            )  # fmt: skip
    figure.update_xaxes(title="epoch", rangemode="tozero")
    figure.update_yaxes(title="loss, logarithmic", type="log", dtick=1)
    return _finish(figure, 440)


def robustness_chart(
    amounts: Sequence[float], accuracies: Mapping[str, Sequence[float]], *, title: str, reverse: bool
) -> go.Figure:
    """Accuracy of several models against the amount of a corruption.

    Args:
        amounts: in ascending order.
        accuracies: model -> its accuracy, 0-1, at each of them.
        title: of the axis of amounts.
        reverse: put the largest amount on the left, for a corruption that grows as its amount falls.
    """
    figure = go.Figure()
    for number, (name, values) in enumerate(accuracies.items()):
        figure.add_trace(
            go.Scatter(
                x=list(amounts),
                y=list(values),
                name=name,
                mode="lines+markers",
                line=_line(number),
                marker={"size": 8, "symbol": _marker(number)},
                hovertemplate=f"{name} at %{{x:g}}: accuracy %{{y:.2%}}<extra></extra>",
            )
        )
    figure.update_xaxes(title=title, tickvals=list(amounts), autorange="reversed" if reverse else True)
    figure.update_yaxes(title="accuracy", tickformat=".0%")
    return _finish(figure, 380)


def _lines(curves: Mapping[str, tuple[np.ndarray, np.ndarray]]) -> go.Figure:
    figure = go.Figure()
    for number, (name, (x, y)) in enumerate(curves.items()):
        x, y = thinned(x, y)
        template = f"{name}: (%{{x:.4f}}, %{{y:.4f}})<extra></extra>"
        figure.add_trace(go.Scatter(x=x, y=y, name=name, mode="lines", line=_line(number), hovertemplate=template))
    return _finish(figure, 380)


def thinned(x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The corners of a step curve, without the points inside its horizontal and vertical segments."""
    if len(x) < 3:
        return x, y
    along_x = (y[1:-1] == y[:-2]) & (y[1:-1] == y[2:])
    along_y = (x[1:-1] == x[:-2]) & (x[1:-1] == x[2:])
    keep = np.concatenate([[True], ~(along_x | along_y), [True]])
    return x[keep], y[keep]


def _marker(number: int) -> str:
    return palette.SERIES_MARKERS[number % len(palette.SERIES_MARKERS)]


def _colour(number: int) -> str:
    return palette.SERIES[number % len(palette.SERIES)]


def _line(number: int) -> dict[str, object]:
    dash = palette.SERIES_DASHES[number % len(palette.SERIES_DASHES)]
    return {"color": _colour(number), "dash": dash, "width": 2}


def _finish(figure: go.Figure, height: int) -> go.Figure:
    legend = {"orientation": "h", "yanchor": "bottom", "y": 1.02, "x": 0, "title": None}
    figure.update_layout(height=height, margin={**MARGIN, "t": 36}, legend=legend, showlegend=True)
    return figure
