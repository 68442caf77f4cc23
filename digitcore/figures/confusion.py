"""A confusion matrix, or the difference of two -> a Plotly figure, and a caption with its facts in words."""

import numpy as np
import plotly.graph_objects as go

from digitcore.figures import palette

#: From this strength up, white text is easier to read on the blue than black text; both then have a contrast of 4.6.
DARK = 0.93
#: The strength at which a difference has its full colour; none has it, so that dark text is readable on all of them.
PALE = 1.5
HEIGHT = 440
MARGIN = {"l": 44, "r": 4, "t": 4, "b": 44}
#: Every text is a point that can be clicked; on a phone a cell is 30 pixels wide.
POINT, TEXT = 30, 13


def confusion_chart(counts: np.ndarray, *, chosen: tuple[int, int] | None = None) -> go.Figure:
    """A confusion matrix; each cell can be clicked, at x = prediction and y = label.

    Args:
        counts: int ``(10, 10)``, rows by label, columns by prediction.
        chosen: (label, prediction) of a cell to frame.
    """
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    right = np.eye(10, dtype=bool)
    # Errors are a thousand times rarer than right predictions, so they have their own scale; the root shows single ones.
    strength = np.where(right, -shares, np.sqrt(shares / max(shares[~right].max(), 1e-9)))
    colours = [[0, palette.MATRIX_RIGHT], [0.5, palette.WHITE], [1, palette.MATRIX_WRONG]]
    is_dark = strength < -DARK
    texts = [f"{count}" if count else "" for count in counts.ravel()]
    hover = [
        f"labelled {label}, read as {prediction}: {count:,}, {share:.2%} of this label"
        for (label, prediction), count, share in zip(_cells(), counts.ravel(), shares.ravel(), strict=True)
    ]
    return _matrix(strength, colours, texts, is_dark, hover, chosen)


def difference_chart(first: np.ndarray, second: np.ndarray, *, chosen: tuple[int, int] | None = None) -> go.Figure:
    """What the second of two confusion matrices has more (orange) or less (blue) than the first; cells as above.

    Args:
        first: int ``(10, 10)``, of the same images as ``second``.
        second: int ``(10, 10)``.
        chosen: (label, prediction) of a cell to frame.
    """
    more = second - first
    strength = np.sign(more) * np.sqrt(np.abs(more) / max(np.abs(more).max(), 1))
    colours = [[0, palette.NEGATIVE], [0.5, palette.WHITE], [1, palette.POSITIVE]]
    texts = [f"{count:+d}".replace("-", "−") if count else "" for count in more.ravel()]
    hover = [
        f"labelled {label}, read as {prediction}: {before:,} and {after:,}"
        for (label, prediction), before, after in zip(_cells(), first.ravel(), second.ravel(), strict=True)
    ]
    return _matrix(strength / PALE, colours, texts, np.zeros((10, 10), bool), hover, chosen)


def confusion_facts(counts: np.ndarray) -> str:
    """A confusion matrix ``(10, 10)`` in words: how many are right, and the commonest mistake."""
    total, right = int(counts.sum()), int(np.trace(counts))
    wrong = counts - np.diag(np.diag(counts))
    facts = f"{right:,} of {total:,} are right."
    if not wrong.any():
        return facts
    label, prediction = np.unravel_index(wrong.argmax(), wrong.shape)
    return f"{facts} The commonest mistake: {wrong.max():,} × a {label} read as a {prediction}."


def _cells() -> list[tuple[int, int]]:
    """(label, prediction) of each cell, row by row."""
    return [divmod(number, 10) for number in range(100)]


def _matrix(
    strength: np.ndarray,
    colours: list[list],
    texts: list[str],
    is_dark: np.ndarray,
    hover: list[str],
    chosen: tuple[int, int] | None,
) -> go.Figure:
    figure = go.Figure(
        go.Heatmap(z=strength, zmin=-1, zmax=1, colorscale=colours, showscale=False, hoverinfo="skip", xgap=1, ygap=1)
    )
    labels, predictions = zip(*_cells(), strict=True)
    text_colours = [palette.WHITE if dark else palette.BLACK for dark in is_dark.ravel()]
    figure.add_trace(
        go.Scatter(
            x=predictions, y=labels, mode="text", text=texts, textfont={"size": TEXT, "color": text_colours}, hoverinfo="skip"
        )
    )
    # A heatmap's cells cannot be selected, but points can, so an invisible one lies on each cell. The numbers are apart from
    # them, because Plotly fades whatever is not selected.
    figure.add_trace(
        go.Scatter(
            x=predictions, y=labels, mode="markers", marker={"symbol": "square", "size": POINT, "color": palette.TRANSPARENT},
            selected={"marker": {"opacity": 0}}, unselected={"marker": {"opacity": 0}},
            hovertext=hover, hovertemplate="%{hovertext}<extra></extra>",
        )
    )  # fmt: skip
    if chosen:
        label, prediction = chosen
        figure.add_shape(
            type="rect", x0=prediction - 0.48, x1=prediction + 0.48, y0=label - 0.48, y1=label + 0.48,
            line={"color": palette.CHOSEN, "width": 4},
        )  # fmt: skip
    axis = {"tickmode": "linear", "dtick": 1, "fixedrange": True, "showgrid": False, "zeroline": False, "automargin": False}
    figure.update_xaxes(title="read as", range=[-0.5, 9.5], **axis)
    figure.update_yaxes(title="labelled", range=[9.5, -0.5], **axis)
    figure.update_layout(height=HEIGHT, margin=MARGIN, showlegend=False, clickmode="event+select", dragmode=False)
    return figure
