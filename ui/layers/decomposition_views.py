"""Show how one number of a layer is computed, for the layers that the explorer does not know."""

import html

import numpy as np
import pandas as pd
import streamlit as st

from digitcore.explain import decompositions
from digitcore.explain.decompose import decompose
from digitcore.explain.network import Layer, Network

STRONGEST = 12


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
    st.write(
        f"({parts.x:.6g} − {parts.mean:.6g}) / √({parts.variance:.6g} + {parts.epsilon:g}) = {parts.normalised:.6g}. "
        f"{parts.normalised:.6g} × {parts.gamma:.6g} + {parts.beta:.6g} = **{parts.total:.6g}**"
    )


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


VIEWS = {
    decompositions.OpaqueDecomposition: _opaque,
    decompositions.InputDecomposition: _input,
    decompositions.DenseDecomposition: _dense,
    decompositions.SoftmaxDecomposition: _softmax,
    decompositions.ActivationDecomposition: _activation,
    decompositions.BatchNormDecomposition: _batch_norm,
    decompositions.RescalingDecomposition: _rescaling,
    decompositions.MergeDecomposition: _merge,
    decompositions.CopyDecomposition: _copy,
    decompositions.SeparableConvolutionDecomposition: _separable,
}
