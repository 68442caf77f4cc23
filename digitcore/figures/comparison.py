"""What a comparison of models found -> Plotly figures, and the facts of each in words for its caption."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
import plotly.graph_objects as go

from digitcore.figures.training import COLOURS, Rows

if TYPE_CHECKING:
    from digitcore.evaluation.calibration import Reliability
    from digitcore.evaluation.curves import Curve

#: Lines of several models differ in dash and marker as well as in colour.
DASHES = ("solid", "dash", "dot", "dashdot", "longdash", "longdashdot")
MARKERS = ("circle", "square", "diamond", "triangle-up", "x", "cross", "triangle-down", "star")
#: Right answers blue, wrong ones orange (Okabe and Ito, 2008), on white in both themes, so that the numbers stay readable.
RIGHT, WRONG, NOTHING = "#0072b2", "#e69f00", "#ffffff"
DARK_TEXT = "#1f2937"
#: From this share on the blue is dark enough for white text.
DARK_SHARE = 0.6
#: The corner of a nearly perfect ROC or precision-recall curve: so far from 1, and so many false positives.
CORNER, FALSE_CORNER = 0.1, 0.02
MARGIN = {"l": 0, "r": 8, "t": 8, "b": 0}


def confusion_chart(counts: np.ndarray, *, normalised: bool = False) -> go.Figure:
    """A confusion matrix; each cell is a point that can be clicked, at x = answer and y = label.

    Args:
        counts: int ``(10, 10)``, rows by label, columns by answer.
        normalised: show shares of each label's images instead of counts.
    """
    totals = counts.sum(axis=1, keepdims=True)
    shares = counts / np.maximum(totals, 1)
    right = np.eye(10, dtype=bool)
    # Errors are a thousandth of the right answers, so they get a scale of their own; the root brings out single ones.
    strength = np.where(right, -shares, np.sqrt(shares / max(shares[~right].max(), 1e-9)))
    labels, answers = np.divmod(np.arange(100), 10)
    numbers = [f"{share:.0%}" if share >= 0.095 else f"{100 * share:.1f}" for share in shares.ravel()]
    text = numbers if normalised else [f"{number:,}" for number in counts.ravel()]
    figure = go.Figure(
        go.Heatmap(
            z=strength, zmin=-1, zmax=1, colorscale=[[0, RIGHT], [0.5, NOTHING], [1, WRONG]],
            showscale=False, hoverinfo="skip", xgap=1, ygap=1,
        )
    )  # fmt: skip
    # A heatmap's cells cannot be selected, a scatter's points can: one lies on each cell.
    figure.add_trace(
        go.Scatter(
            x=answers, y=labels, mode="markers+text",
            text=[what if number else "" for what, number in zip(text, counts.ravel(), strict=True)],
            textfont={"size": 11, "color": ["white" if one < -DARK_SHARE else DARK_TEXT for one in strength.ravel()]},
            customdata=np.stack([labels, answers, counts.ravel(), 100 * shares.ravel()], axis=1),
            marker={"symbol": "square", "size": 30, "color": "rgba(0,0,0,0)"},
            selected={"marker": {"color": "rgba(0,0,0,0.25)"}}, unselected={"marker": {"opacity": 0}},
            hovertemplate="labelled %{customdata[0]}, read as %{customdata[1]}: %{customdata[2]:,} images, "
            "%{customdata[3]:.2f} % of the label's<extra></extra>",
        )
    )  # fmt: skip
    axis = {"tickmode": "linear", "dtick": 1, "fixedrange": True, "showgrid": False, "zeroline": False}
    figure.update_xaxes(title="read as", range=[-0.5, 9.5], constrain="domain", **axis)
    figure.update_yaxes(title="labelled", range=[9.5, -0.5], scaleanchor="x", constrain="domain", constraintoward="top", **axis)
    figure.update_layout(height=400, margin=MARGIN, showlegend=False, clickmode="event+select", dragmode=False)
    return figure


def confusion_facts(counts: np.ndarray) -> str:
    """A confusion matrix ``(10, 10)`` in words: how many are right, and the commonest mistake."""
    total, right = int(counts.sum()), int(np.trace(counts))
    wrong = counts - np.diag(np.diag(counts))
    said = f"{right:,} of {total:,} are right."
    if not wrong.any():
        return said
    label, answer = np.unravel_index(wrong.argmax(), wrong.shape)
    return f"{said} The commonest mistake: {wrong.max():,} × a {label} read as a {answer}."


def roc_chart(curves: Mapping[str, "Curve"], *, corner: bool) -> go.Figure:
    """The true positive rate over the false positive rate of several models; ``corner`` shows only the upper left one."""
    figure = _lines({name: (curve.x, curve.y) for name, curve in curves.items()})
    figure.update_xaxes(title="false positive rate", range=[-0.0005, FALSE_CORNER] if corner else [-0.02, 1.02])
    figure.update_yaxes(title="true positive rate", range=[1 - CORNER, 1.004] if corner else [-0.02, 1.02])
    return figure


def precision_recall_chart(curves: Mapping[str, "Curve"], *, corner: bool) -> go.Figure:
    """The precision over the recall of several models; ``corner`` shows only the upper right one."""
    figure = _lines({name: (curve.x, curve.y) for name, curve in curves.items()})
    figure.update_xaxes(title="recall", range=[1 - CORNER, 1.002] if corner else [-0.02, 1.02])
    figure.update_yaxes(title="precision", range=[1 - CORNER, 1.004] if corner else [-0.02, 1.02])
    return figure


def reliability_chart(reliabilities: Mapping[str, "Reliability"]) -> go.Figure:
    """How often each model is right where it is so sure, against the diagonal of a perfect calibration."""
    figure = go.Figure(
        go.Scatter(x=[0, 1], y=[0, 1], name="perfect", mode="lines", line={"color": "#94a3b8", "dash": "dot"}, hoverinfo="skip")
    )
    for number, (name, reliability) in enumerate(reliabilities.items()):
        held = reliability.counts > 0
        figure.add_trace(
            go.Scatter(
                x=reliability.confidence[held], y=reliability.accuracy[held], name=name, mode="lines+markers",
                customdata=reliability.counts[held], line=_line(number),
                marker={
                    "symbol": MARKERS[number % len(MARKERS)],
                    "size": 6 + 8 * np.sqrt(reliability.counts[held] / reliability.counts.max()),
                },
                hovertemplate=f"{name}: %{{x:.1%}} sure, %{{y:.1%}} right, %{{customdata:,}} images<extra></extra>",
            )
        )  # fmt: skip
    figure.update_xaxes(title="how sure", range=[-0.02, 1.05], tickformat=".0%")
    figure.update_yaxes(title="how often right", range=[-0.03, 1.06], tickformat=".0%")
    return _finish(figure, 420)


def losses_chart(histories: Mapping[str, Rows]) -> go.Figure:
    """The loss on training (thin, dotted) and validation images over the epochs, of several trainings."""
    figure = go.Figure()
    for number, (name, rows) in enumerate(histories.items()):
        x, colour = [row["epoch"] for row in rows], COLOURS[number % len(COLOURS)]
        for key, what, line in (
            ("val_loss", "validation", {"color": colour, "width": 2.5}),
            ("loss", "training", {"color": colour, "width": 1, "dash": "dot"}),
        ):
            figure.add_trace(
                go.Scatter(
                    x=x, y=[row[key] for row in rows], name=f"{name}, {what}", mode="lines+markers", line=line,
                    marker={"size": 6 if len(rows) > 1 else 11, "symbol": MARKERS[number % len(MARKERS)]},
                    hovertemplate=f"{name}, epoch %{{x}}: {what} loss %{{y:.4f}}<extra></extra>",
                )
            )  # fmt: skip
    figure.update_xaxes(title="epoch", rangemode="tozero")
    figure.update_yaxes(title="loss, logarithmic", type="log", dtick=1)
    return _finish(figure, 440)


def robustness_chart(
    amounts: Sequence[float], accuracies: Mapping[str, Sequence[float]], *, title: str, reverse: bool
) -> go.Figure:
    """The accuracy of several models over the strengths of a distortion.

    Args:
        amounts: the strengths, in ascending order.
        accuracies: model -> its accuracy, 0-1, at each of them.
        title: of the axis of strengths.
        reverse: put the largest amount on the left, for a distortion that grows as its amount falls.
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
                marker={"size": 8, "symbol": MARKERS[number % len(MARKERS)]},
                hovertemplate=f"{name} at %{{x:g}}: %{{y:.2%}} right<extra></extra>",
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
    """The corners of a curve of steps: what lies between two points on the same horizontal or vertical line is left out."""
    if len(x) < 3:
        return x, y
    along_x = (y[1:-1] == y[:-2]) & (y[1:-1] == y[2:])
    along_y = (x[1:-1] == x[:-2]) & (x[1:-1] == x[2:])
    keep = np.concatenate([[True], ~(along_x | along_y), [True]])
    return x[keep], y[keep]


def _line(number: int) -> dict[str, object]:
    return {"color": COLOURS[number % len(COLOURS)], "dash": DASHES[number % len(DASHES)], "width": 2}


def _finish(figure: go.Figure, height: int) -> go.Figure:
    legend = {"orientation": "h", "yanchor": "bottom", "y": 1.02, "x": 0, "title": None}
    figure.update_layout(height=height, margin={**MARGIN, "t": 36}, legend=legend, showlegend=True)
    return figure
