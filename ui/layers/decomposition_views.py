"""One number of a layer, taken apart, for every kind of layer but the convolution, which has its explorer."""

import html

import numpy as np
import pandas as pd
import streamlit as st

from digitcore.explain import decompositions
from digitcore.explain.decompose import decompose
from digitcore.explain.network import Layer, Network

STRONGEST = 12
WINNER = "background:#d55e00;color:#fff;font-weight:700;outline:2px solid currentColor"


def show_step(network: Network, activations: dict[str, np.ndarray], layer: Layer, position: tuple[int, ...]) -> None:
    """How the number at that position came about."""
    step = decompose(network, activations, layer.name, position)
    where = ", ".join(map(str, position))
    st.markdown(f"**{layer.name}[{where}] = {step.value:.6g}**")
    VIEWS[type(step)](step)


def _opaque(step: decompositions.OpaqueDecomposition) -> None:
    st.info(step.reason)


def _input(step: decompositions.InputDecomposition) -> None:
    st.write(f"A pixel of the digit: {step.value:.3f} on a scale from 0, black, to 1, white.")


def _pool(step: decompositions.PoolDecomposition) -> None:
    rows, columns = (range(step.top, step.top + step.window.shape[0]), range(step.left, step.left + step.window.shape[1]))
    mark = (step.winner[0] - step.top, step.winner[1] - step.left) if step.winner else None
    if step.window.size <= 100:
        st.html(_table(step.window, rows, columns, mark))
    if step.winner:
        st.write(
            f"The largest of {step.count} numbers wins: {step.total:.6g}, at row {step.winner[0]}, column {step.winner[1]}."
        )
    else:
        total = float(np.nansum(step.window))
        st.write(f"Their sum is {total:.6g}; over {step.count} numbers the mean is {step.total:.6g}.")


def _table(window: np.ndarray, rows: range, columns: range, mark: tuple[int, int] | None) -> str:
    """The window's numbers, with the rows and columns that they come from; the winner stands out by more than its colour."""

    def cell(i: int, j: int) -> str:
        text = "–" if np.isnan(window[i, j]) else f"{window[i, j]:.3f}"
        style, text = (WINNER, f"▶ {text}") if (i, j) == mark else ("", text)
        return f'<td style="padding:.3rem .6rem;text-align:right;{style}">{text}</td>'

    head = "".join(f"<th scope=col style='padding:.3rem .6rem'>{column}</th>" for column in columns)
    body = "".join(
        f"<tr><th scope=row style='padding:.3rem .6rem'>{row}</th>{''.join(cell(i, j) for j in range(len(columns)))}</tr>"
        for i, row in enumerate(rows)
    )
    return f"<table><caption>The window, by row and column of its input</caption><tr><td></td>{head}</tr>{body}</table>"


def _dense(step: decompositions.DenseDecomposition) -> None:
    from digitcore.figures.explain import contributions_chart

    chosen = step.order[:STRONGEST]
    rest = float(step.contributions.sum() - step.contributions[chosen].sum())
    left, right = st.columns(2, gap="large")
    with left:
        st.plotly_chart(contributions_chart(step, STRONGEST), key="contributions", config={"displayModeBar": False})
    with right:
        table = {"input": chosen, "its value": step.inputs[chosen], "weight": step.weights[chosen]}
        table["value × weight"] = step.contributions[chosen]
        st.dataframe(pd.DataFrame(table), hide_index=True, height=240)
        st.write(
            f"The {len(chosen)} strongest give {step.contributions[chosen].sum():.5g}, the other "
            f"{len(step.contributions) - len(chosen):,} {rest:.5g}, and the bias {step.bias:.5g}: "
            f"**{step.preactivation:.6g}** in sum."
        )
    if step.softmax:
        _show_softmax(step.softmax)
    else:
        st.write(f"{step.activation}({step.preactivation:.6g}) = **{step.total:.6g}**")


def _softmax(step: decompositions.SoftmaxDecomposition) -> None:
    _show_softmax(step.softmax)


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
        f"The largest logit is taken off, which changes no probability. The exponentials add up to {softmax.denominator:.6g}; "
        f"unit {index} has {softmax.exponentials[index]:.4g} of it: **{softmax.probabilities[index]:.6g}**."
    )


def _activation(step: decompositions.ActivationDecomposition) -> None:
    st.write(f"{step.function}({step.x:.6g}) = **{step.total:.6g}**")


def _batch_norm(step: decompositions.BatchNormDecomposition) -> None:
    normalised = rf"\frac{{{step.x:.4f} - ({step.mean:.4f})}}{{\sqrt{{{step.variance:.4f} + {step.epsilon:g}}}}}"
    st.latex(rf"{normalised} = {step.normalised:.5f}")
    st.latex(rf"{step.gamma:.4f} \cdot ({step.normalised:.5f}) + ({step.beta:.4f}) = {step.total:.5f}")


def _rescaling(step: decompositions.RescalingDecomposition) -> None:
    st.write(f"{step.x:.6g} × {step.scale:.6g} + {step.offset:.6g} = **{step.total:.6g}**")


def _merge(step: decompositions.MergeDecomposition) -> None:
    st.dataframe(pd.DataFrame({"layer": step.sources, "number": step.parts}), hide_index=True)
    st.write(f"{step.operation.capitalize()}: **{step.total:.6g}**")


def _copy(step: decompositions.CopyDecomposition) -> None:
    if step.source_position is None:
        st.write("A zero of the padding.")
    else:
        place = ", ".join(map(str, step.source_position))
        st.write(f"It is {html.escape(step.source)}[{place}], unchanged.")


def _separable(step: decompositions.SeparableConvolutionDecomposition) -> None:
    chosen = step.order[:STRONGEST]
    table = {"map": chosen, "sum of patch × kernel": step.depthwise[chosen], "weight": step.weights[chosen]}
    st.dataframe(pd.DataFrame(table | {"contribution": step.contributions[chosen]}), hide_index=True)
    st.write(
        f"All contributions and the bias {step.bias:.5g} give {step.preactivation:.6g}; {step.activation}: **{step.total:.6g}**"
    )


def _depthwise(step: decompositions.ConvolutionDecomposition) -> None:
    rows, columns = (range(step.top, step.top + step.patch.shape[0]), range(step.left, step.left + step.patch.shape[1]))
    for name, array in (("Patch", step.patch), ("Kernel", step.kernel), ("Products", step.products)):
        st.caption(name)
        st.html(_table(array[..., 0], rows, columns, None))
    st.write(
        f"The products add up to {step.channel_sums.sum():.6g}, with the bias {step.preactivation:.6g}; "
        f"{step.activation}: **{step.total:.6g}**"
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
