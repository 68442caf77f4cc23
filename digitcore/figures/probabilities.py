"""A digit's probabilities -> a Plotly figure."""

import numpy as np
import plotly.graph_objects as go

from digitcore.figures.palette import BEST, OTHERS


def probability_chart(probabilities: np.ndarray) -> go.Figure:
    """Ten bars, with the most likely digit in another colour.

    Args:
        probabilities: float ``(10,)``, in 0-1.
    """
    best = int(np.argmax(probabilities))
    figure = go.Figure(
        go.Bar(
            x=list(range(10)),
            y=probabilities,
            marker_color=[BEST if digit == best else OTHERS for digit in range(10)],
            text=[f"{p:.0%}" if p >= 0.005 else "" for p in probabilities],
            textposition="outside",
            cliponaxis=False,
            hovertemplate="%{x}: %{y:.2%}<extra></extra>",
        )
    )
    figure.update_layout(height=220, margin={"l": 0, "r": 0, "t": 24, "b": 0}, bargap=0.25)
    figure.update_xaxes(tickmode="linear", dtick=1, fixedrange=True)
    figure.update_yaxes(range=[0, 1], tickformat=".0%", fixedrange=True, nticks=5)
    return figure
