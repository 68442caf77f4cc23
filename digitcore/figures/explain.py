"""Result objects of ``explain`` -> Plotly figures."""

from typing import TYPE_CHECKING

import numpy as np
import plotly.graph_objects as go

from digitcore.figures import palette

if TYPE_CHECKING:
    from digitcore.explain.decompositions import DenseDecomposition
    from digitcore.explain.embedding import Embedding


def contributions_chart(decomposition: "DenseDecomposition", count: int) -> go.Figure:
    """The largest contributions to a unit as bars, all others as one bar, and the bias."""
    chosen = decomposition.order[:count]
    rest = float(decomposition.contributions.sum() - decomposition.contributions[chosen].sum())
    names = [f"input {i}" for i in chosen] + [f"the other {len(decomposition.contributions) - len(chosen):,}", "bias"]
    values = [*decomposition.contributions[chosen].tolist(), rest, decomposition.bias]
    figure = go.Figure(
        go.Bar(
            x=values,
            y=names,
            orientation="h",
            marker_color=[palette.NEGATIVE if value < 0 else palette.POSITIVE for value in values],
            hovertemplate="%{y}: %{x:.5f}<extra></extra>",
        )
    )
    figure.update_layout(height=60 + 22 * len(names), margin={"l": 0, "r": 0, "t": 8, "b": 0}, bargap=0.2)
    figure.update_yaxes(autorange="reversed", fixedrange=True)
    figure.update_xaxes(title="value × weight", fixedrange=True)
    return figure


def ablation_chart(before: np.ndarray, after: np.ndarray, *, are_logits: bool) -> go.Figure:
    """Paired bars for the ten digits: the whole network, and the network without some of its parts.

    Args:
        before: float ``(10,)``: probabilities in 0-1, or logits.
        after: float ``(10,)``, likewise.
        are_logits: whether the numbers are logits.
    """
    figure = go.Figure()
    form = ":.2f" if are_logits else ":.1%"
    for name, values, colour in (("before", before, palette.OTHERS), ("after", after, palette.BEST)):
        hover = f"{name}, %{{x}}: %{{y{form}}}<extra></extra>"
        figure.add_trace(go.Bar(name=name, x=list(range(10)), y=values, marker_color=colour, hovertemplate=hover))
    figure.update_layout(
        height=260, barmode="group", margin={"l": 0, "r": 0, "t": 8, "b": 0}, legend={"orientation": "h", "y": 1.15, "x": 0}
    )
    figure.update_xaxes(title="digit", tickmode="linear", dtick=1, fixedrange=True)
    title = {"title": "score (logit)"} if are_logits else {"title": "probability", "tickformat": ".0%", "range": [0, 1]}
    figure.update_yaxes(fixedrange=True, **title)
    return figure


def embedding_chart(embedding: "Embedding", yours: np.ndarray) -> go.Figure:
    """The embedded digits, coloured by label, and the visitor's digit as a star.

    Args:
        embedding: the embedded digits.
        yours: float ``(2,)``, the position of the visitor's digit.
    """
    figure = go.Figure()
    for digit in range(10):
        points = embedding.points[embedding.labels == digit]
        mark = {"color": palette.DIGITS[digit], "symbol": palette.DIGIT_MARKERS[digit], "size": 6, "opacity": 0.7}
        figure.add_trace(go.Scattergl(x=points[:, 0], y=points[:, 1], mode="markers", name=str(digit), marker=mark))
    star = {"color": palette.YOURS, "symbol": "star", "size": 20, "line": {"color": palette.YOURS_OUTLINE, "width": 2}}
    figure.add_trace(go.Scatter(x=yours[:1], y=yours[1:], mode="markers", name="your digit", marker=star))
    figure.update_traces(hovertemplate="%{fullData.name}: %{x:.2f}, %{y:.2f}<extra></extra>")
    figure.update_layout(
        height=460, margin={"l": 0, "r": 0, "t": 8, "b": 0}, legend={"title": "label", "itemsizing": "constant"}
    )
    first, second = (f"{share:.0%} of the variance" for share in embedding.explained)
    figure.update_xaxes(title=f"first component, {first}")
    figure.update_yaxes(title=f"second component, {second}")
    return figure
