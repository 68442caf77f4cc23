"""Learning rates, training histories and probabilities over the epochs -> Plotly figures."""

from collections.abc import Mapping, Sequence

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from digitcore.figures.palette import LEARNING_RATE, SEQUENTIAL, SERIES, TRAINING, VALIDATION, WHITE

#: The curves of a run: a row for each epoch, or several rows within each epoch.
Rows = Sequence[Mapping[str, float]]


def rate_chart(rates: np.ndarray, epochs: int) -> go.Figure:
    """The planned learning rate, float ``(N,)``, spread over the epochs."""
    at = np.linspace(0, epochs, len(rates))
    figure = go.Figure(
        go.Scatter(x=at, y=rates, mode="lines", line_color=VALIDATION, hovertemplate="epoch %{x:.1f}: %{y:.2g}<extra></extra>")
    )
    figure.update_layout(height=170, margin={"l": 0, "r": 0, "t": 8, "b": 0}, xaxis_title="epoch")
    figure.update_yaxes(rangemode="tozero", tickformat="~g", nticks=5, fixedrange=True)
    figure.update_xaxes(fixedrange=True)
    return figure


#: What each chart of a run can show, and the format of its axis.
QUANTITIES = {"loss": "~g", "accuracy": ".0%"}


def curve_chart(quantity: str, curve: Rows, progress: Rows, *, epochs: int, best_epoch: int | None) -> go.Figure:
    """The loss or the accuracy of a run, on training and validation images.

    Args:
        quantity: ``"loss"`` or ``"accuracy"``.
        curve: a row for each epoch, from 0, the untrained network: epoch, loss, accuracy, val_loss, val_accuracy.
        progress: rows within the epochs: epoch (from 0, with its fraction), loss, accuracy; the running mean of the epoch.
        epochs: where the axis ends, unless the curve is longer.
        best_epoch: the epoch to mark, from 1.
    """
    figure = go.Figure()
    within = {"line": {"color": TRAINING, "width": 1}, "opacity": 0.6}
    _add(figure, _xy(progress, quantity), "within the epoch", **within)
    _add(figure, _xy(curve, quantity), "training", mode="lines+markers", line={"color": TRAINING, "dash": "dot"})
    _add(figure, _xy(curve, f"val_{quantity}"), "validation", mode="lines+markers", line_color=VALIDATION)
    best = [entry for entry in curve if entry["epoch"] == best_epoch]
    star = {"symbol": "star", "size": 14, "color": VALIDATION, "line": {"width": 1, "color": WHITE}}
    _add(figure, _xy(best, f"val_{quantity}"), "best epoch", mode="markers", marker=star)
    _lay_out(figure, height=340, last=max([epochs, *(row["epoch"] for row in curve)]))
    figure.update_yaxes(title=quantity, tickformat=QUANTITIES[quantity], rangemode="tozero")
    if quantity == "accuracy":
        figure.update_yaxes(range=[0, 1.03])
    return figure


def learning_rate_chart(rows: Rows, *, epochs: int) -> go.Figure:
    """The learning rate of a run.

    Args:
        rows: epoch (from 0, with its fraction) and learning_rate.
        epochs: where the axis ends, unless the rows go further.
    """
    figure = go.Figure()
    _add(figure, _xy(rows, "learning_rate"), "learning rate", line_color=LEARNING_RATE)
    _lay_out(figure, height=200, last=max([epochs, *(row["epoch"] for row in rows)]))
    figure.update_layout(showlegend=False)
    figure.update_yaxes(title="learning rate", tickformat="~g", nticks=4, rangemode="tozero")
    return figure


def _lay_out(figure: go.Figure, *, height: int, last: float) -> None:
    figure.update_layout(
        height=height,
        margin={"l": 0, "r": 0, "t": 36, "b": 0},
        legend={"orientation": "h", "yref": "container", "yanchor": "top", "y": 1, "x": 0},
        uirevision="same",  # a zoom survives the next update
    )
    figure.update_xaxes(title="epoch", range=[-0.02 * last, 1.03 * last])  # with room for half a star


def runs_chart(histories: Mapping[str, Rows]) -> go.Figure:
    """Validation loss and accuracy of several runs in the same axes.

    Args:
        histories: name -> rows.
    """
    figure = make_subplots(1, 2, subplot_titles=("validation loss", "validation accuracy"), horizontal_spacing=0.1)
    for number, (name, rows) in enumerate(histories.items()):
        colour = SERIES[number % len(SERIES)]
        for column, key in enumerate(("val_loss", "val_accuracy"), start=1):
            x, y = _xy(rows, key)
            line = go.Scatter(
                x=x, y=y, name=name, legendgroup=name, showlegend=column == 1, mode="lines+markers", line_color=colour
            )
            figure.add_trace(line, 1, column)
    figure.update_layout(height=320, margin={"l": 0, "r": 0, "t": 28, "b": 0}, legend={"orientation": "h", "y": -0.2})
    figure.update_xaxes(title="epoch")
    figure.update_yaxes(tickformat=".1%", col=2)
    return figure


def readings_chart(epochs: Sequence[int], probabilities: np.ndarray) -> go.Figure:
    """A network's probabilities for an image after each epoch.

    Args:
        epochs: the N epochs, from 0, the untrained network.
        probabilities: float ``(N, 10)``, in 0-1.
    """
    figure = go.Figure(
        go.Heatmap(
            x=[str(epoch) for epoch in epochs],
            y=list(range(10)),
            z=np.asarray(probabilities).T,
            zmin=0,
            zmax=1,
            colorscale=SEQUENTIAL,
            colorbar={"tickformat": ".0%", "thickness": 10},
            hovertemplate="epoch %{x}: %{z:.1%} a %{y}<extra></extra>",
        )
    )
    figure.update_layout(height=240, margin={"l": 0, "r": 0, "t": 8, "b": 0}, xaxis_title="epoch", yaxis_title="digit")
    figure.update_yaxes(tickmode="linear", dtick=1, fixedrange=True)
    figure.update_xaxes(type="category", fixedrange=True)
    return figure


def _xy(rows: Rows, key: str) -> tuple[list[float], list[float]]:
    return [row["epoch"] for row in rows], [row[key] for row in rows]


def _add(figure: go.Figure, xy: tuple[list[float], list[float]], name: str, **style: object) -> None:
    trace = {"mode": "lines", "hovertemplate": f"{name}, epoch %{{x:.3~g}}: %{{y:.4~g}}<extra></extra>"} | style
    figure.add_trace(go.Scatter(x=xy[0], y=xy[1], name=name, **trace))
