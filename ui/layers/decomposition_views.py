"""Show how one number of a layer is computed, for every kind of layer but the convolution, which has its own explorer."""

import html

import numpy as np
import pandas as pd
import streamlit as st

from digitcore.explain import decompositions
from digitcore.explain.decompose import decompose
from digitcore.explain.network import Layer, Network

STRONGEST = 12
WINNER = "background:#d55e00;color:#fff;font-weight:700;outline:2px solid currentColor"


def show_decomposition(network: Network, activations: dict[str, np.ndarray], layer: Layer, position: tuple[int, ...]) -> None:
    """Show how the number at a position is computed."""
    parts = decompose(network, activations, layer.name, position)
    where = ", ".join(map(str, position))
    st.markdown(f"**{layer.name}[{where}] = {parts.value:.6g}**")
    VIEWS[type(parts)](parts)


def _opaque(parts: decompositions.OpaqueDecomposition) -> None:
    st.info(parts.reason)


def _input(parts: decompositions.InputDecomposition) -> None:
    st.write(f"A pixel of the image: {parts.value:.3f}, where 0 is black and 1 is white.")


def _pool(parts: decompositions.PoolDecomposition) -> None:
    rows, columns = (
        range(parts.top, parts.top + parts.window.shape[0]),
        range(parts.left, parts.left + parts.window.shape[1]),
    )
    mark = (parts.winner[0] - parts.top, parts.winner[1] - parts.left) if parts.winner else None
    if parts.window.size <= 100:
        st.html(_table(parts.window, rows, columns, mark))
    if parts.winner:
        row, column = parts.winner
        st.write(f"The largest of these {parts.count} numbers is {parts.total:.6g}, at row {row}, column {column}.")
    else:
        total = float(np.nansum(parts.window))
        st.write(f"Their sum is {total:.6g}. Divided by {parts.count}, this is the mean, {parts.total:.6g}.")


def _table(window: np.ndarray, rows: range, columns: range, mark: tuple[int, int] | None) -> str:
    """The numbers of a window with their rows and columns; the maximum is marked not only by colour."""

    def cell(i: int, j: int) -> str:
        text = "–" if np.isnan(window[i, j]) else f"{window[i, j]:.3f}"
        style, text = (WINNER, f"▶ {text}") if (i, j) == mark else ("", text)
        return f'<td style="padding:.3rem .6rem;text-align:right;{style}">{text}</td>'

    head = "".join(f"<th scope=col style='padding:.3rem .6rem'>{column}</th>" for column in columns)
    body = "".join(
        f"<tr><th scope=row style='padding:.3rem .6rem'>{row}</th>{''.join(cell(i, j) for j in range(len(columns)))}</tr>"
        for i, row in enumerate(rows)
    )
    return f"<table><caption>The window, with the rows and columns of the input</caption><tr><td></td>{head}</tr>{body}</table>"


def _dense(parts: decompositions.DenseDecomposition) -> None:
    from digitcore.figures.explain import contributions_chart

    chosen = parts.order[:STRONGEST]
    rest = float(parts.contributions.sum() - parts.contributions[chosen].sum())
    left, right = st.columns(2, gap="large")
    with left:
        st.plotly_chart(contributions_chart(parts, STRONGEST), key="layers_contributions", config={"displayModeBar": False})
    with right:
        table = {"input": chosen, "value": parts.inputs[chosen], "weight": parts.weights[chosen]}
        table["value × weight"] = parts.contributions[chosen]
        st.dataframe(pd.DataFrame(table), hide_index=True, height=240)
        st.write(
            f"The {len(chosen)} largest contributions add up to {parts.contributions[chosen].sum():.5g}, the other "
            f"{len(parts.contributions) - len(chosen):,} to {rest:.5g}. With the bias {parts.bias:.5g} the sum is "
            f"**{parts.preactivation:.6g}**."
        )
    if parts.softmax:
        _show_softmax(parts.softmax)
    else:
        st.write(f"{parts.activation}({parts.preactivation:.6g}) = **{parts.total:.6g}**")


def _softmax(parts: decompositions.SoftmaxDecomposition) -> None:
    _show_softmax(parts.softmax)


def _show_softmax(softmax: decompositions.Softmax) -> None:
    table = pd.DataFrame(
        {
            "unit": range(len(softmax.logits)),
            "logit": softmax.logits,
            f"exp(logit − {softmax.shift:.4g})": softmax.exponentials,
            "probability": softmax.probabilities,
        }
    )
    form = st.column_config.ProgressColumn(format="percent", min_value=0, max_value=1)
    st.dataframe(table, hide_index=True, column_config={"probability": form}, height=388)
    index = softmax.index
    st.write(
        "First, the largest logit is subtracted, which changes no probability. The exponentials add up to "
        f"{softmax.denominator:.6g}. Unit {index}: {softmax.exponentials[index]:.4g} / {softmax.denominator:.6g} = "
        f"**{softmax.probabilities[index]:.6g}**."
    )


def _activation(parts: decompositions.ActivationDecomposition) -> None:
    st.write(f"{parts.function}({parts.x:.6g}) = **{parts.total:.6g}**")


def _batch_norm(parts: decompositions.BatchNormDecomposition) -> None:
    normalised = rf"\frac{{{parts.x:.4f} - ({parts.mean:.4f})}}{{\sqrt{{{parts.variance:.4f} + {parts.epsilon:g}}}}}"
    st.latex(rf"{normalised} = {parts.normalised:.5f}")
    st.latex(rf"{parts.gamma:.4f} \cdot ({parts.normalised:.5f}) + ({parts.beta:.4f}) = {parts.total:.5f}")


def _rescaling(parts: decompositions.RescalingDecomposition) -> None:
    st.write(f"{parts.x:.6g} × {parts.scale:.6g} + {parts.offset:.6g} = **{parts.total:.6g}**")


def _merge(parts: decompositions.MergeDecomposition) -> None:
    st.dataframe(pd.DataFrame({"layer": parts.sources, "number": parts.parts}), hide_index=True)
    st.write(f"{parts.operation.capitalize()}: **{parts.total:.6g}**")


def _copy(parts: decompositions.CopyDecomposition) -> None:
    if parts.source_position is None:
        st.write("This number is a zero from the padding.")
    else:
        place = ", ".join(map(str, parts.source_position))
        st.write(f"This is {html.escape(parts.source)}[{place}], unchanged.")


def _separable(parts: decompositions.SeparableConvolutionDecomposition) -> None:
    chosen = parts.order[:STRONGEST]
    table = {"map": chosen, "sum of patch × kernel": parts.depthwise[chosen], "weight": parts.weights[chosen]}
    st.dataframe(pd.DataFrame(table | {"contribution": parts.contributions[chosen]}), hide_index=True)
    st.write(
        f"All contributions and the bias {parts.bias:.5g} add up to {parts.preactivation:.6g}. "
        f"{parts.activation}({parts.preactivation:.6g}) = **{parts.total:.6g}**"
    )


def _depthwise(parts: decompositions.ConvolutionDecomposition) -> None:
    rows, columns = (
        range(parts.top, parts.top + parts.patch.shape[0]),
        range(parts.left, parts.left + parts.patch.shape[1]),
    )
    for name, array in (("Patch", parts.patch), ("Kernel", parts.kernel), ("Products", parts.products)):
        st.caption(name)
        st.html(_table(array[..., 0], rows, columns, None))
    st.write(
        f"The products add up to {parts.channel_sums.sum():.6g}; with the bias, the sum is {parts.preactivation:.6g}. "
        f"{parts.activation}({parts.preactivation:.6g}) = **{parts.total:.6g}**"
    )


VIEWS = {
    decompositions.OpaqueDecomposition: _opaque,
    decompositions.InputDecomposition: _input,
    decompositions.PoolDecomposition: _pool,
    decompositions.DenseDecomposition: _dense,
    decompositions.SoftmaxDecomposition: _softmax,
    decompositions.ActivationDecomposition: _activation,
    decompositions.BatchNormDecomposition: _batch_norm,
    decompositions.RescalingDecomposition: _rescaling,
    decompositions.MergeDecomposition: _merge,
    decompositions.CopyDecomposition: _copy,
    decompositions.SeparableConvolutionDecomposition: _separable,
    decompositions.ConvolutionDecomposition: _depthwise,
}
