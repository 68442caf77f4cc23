"""A confusion matrix -> a Plotly figure, and a caption with its facts in words."""

import numpy as np
import plotly.graph_objects as go

from digitcore.figures import palette

#: From this share up, the blue is dark enough for white text.
DARK_SHARE = 0.6
MARGIN = {"l": 0, "r": 8, "t": 8, "b": 0}


def confusion_chart(counts: np.ndarray, *, normalised: bool = False) -> go.Figure:
    """A confusion matrix; each cell is a point that can be clicked, at x = prediction and y = label.

    Args:
        counts: int ``(10, 10)``, rows by label, columns by prediction.
        normalised: show shares of each label's images instead of counts.
    """
    totals = counts.sum(axis=1, keepdims=True)
    shares = counts / np.maximum(totals, 1)
    right = np.eye(10, dtype=bool)
    # Errors are a thousand times rarer than right predictions, so they have their own scale; the root shows single ones.
    strength = np.where(right, -shares, np.sqrt(shares / max(shares[~right].max(), 1e-9)))
    labels, predictions = np.divmod(np.arange(100), 10)
    numbers = [f"{share:.0%}" if share >= 0.095 else f"{100 * share:.1f}" for share in shares.ravel()]
    text = numbers if normalised else [f"{number:,}" for number in counts.ravel()]
    figure = go.Figure(
        go.Heatmap(
            z=strength, zmin=-1, zmax=1,
            colorscale=[[0, palette.MATRIX_RIGHT], [0.5, palette.WHITE], [1, palette.MATRIX_WRONG]],
            showscale=False, hoverinfo="skip", xgap=1, ygap=1,
        )
    )  # fmt: skip
    # A heatmap's cells cannot be selected, but a scatter's points can, so one lies on each cell.
    figure.add_trace(
        go.Scatter(
            x=predictions, y=labels, mode="markers+text",
            text=[what if number else "" for what, number in zip(text, counts.ravel(), strict=True)],
            textfont={
                "size": 11,
                "color": [palette.WHITE if one < -DARK_SHARE else palette.DARK_TEXT for one in strength.ravel()],
            },
            customdata=np.stack([labels, predictions, counts.ravel(), 100 * shares.ravel()], axis=1),
            marker={"symbol": "square", "size": 30, "color": palette.TRANSPARENT},
            selected={"marker": {"color": palette.MATRIX_CHOSEN}}, unselected={"marker": {"opacity": 0}},
            hovertemplate="labelled %{customdata[0]}, read as %{customdata[1]}: %{customdata[2]:,} images, "
            "%{customdata[3]:.2f} % of this label<extra></extra>",
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
    facts = f"{right:,} of {total:,} are right."
    if not wrong.any():
        return facts
    label, prediction = np.unravel_index(wrong.argmax(), wrong.shape)
    return f"{facts} The commonest mistake: {wrong.max():,} × a {label} read as a {prediction}."
