"""The convolution explorer for a layer of a network, with the data that it needs."""

import numpy as np
import streamlit as st

from digitcore.explain.decompose import decompose
from digitcore.explain.network import Layer, Network
from digitcore.explain.receptive_field import field_rules
from digitcore.explain.windows import windows
from ui.convolution import ExplorerData, convolution_explorer

KEY = "layers_explorer"


@st.fragment
def explore(network: Network, activations: dict[str, np.ndarray], layer: Layer, unit: int) -> None:
    """Show how each output number of a convolution is computed; the browser does the arithmetic."""
    convolution_explorer(explorer_data(network, activations, layer, unit), key=KEY)


def explorer_data(network: Network, activations: dict[str, np.ndarray], layer: Layer, unit: int) -> ExplorerData:
    """The explorer's data for one feature map of a convolution and one image."""
    (source,) = layer.inputs
    inputs, output = activations[source], activations[layer.name]
    decomposition = decompose(network, activations, layer.name, (0, 0, unit))
    rows, columns = windows(layer.layer, inputs.shape)
    fields = field_rules(network)[layer.name]
    is_picture = network[source].kind == "input"
    names = ("the digit",) if is_picture else tuple(f"map {channel} of {source}" for channel in range(inputs.shape[-1]))
    # The current position: that of the script's previous run would move the visitor back.
    chosen = st.session_state.get(KEY, {}).get("position")
    if chosen is None:
        chosen = np.unravel_index(np.abs(output[..., unit]).argmax(), output.shape[:2])
    return ExplorerData(
        picture=activations[network.layers[0].name][..., 0],
        inputs=inputs,
        input_names=names,
        kernel=decomposition.kernel,
        first_channel=int(decomposition.channels[0]),
        bias=decomposition.bias,
        activation=decomposition.activation,
        output=output[..., unit],
        output_range=(float(output.min()), float(output.max())),
        strides=(rows.stride, columns.stride),
        dilation=(rows.dilation, columns.dilation),
        offset=(rows.padding, columns.padding),
        field=tuple(number for rule in fields for number in (rule.start, rule.step, rule.size)),
        layer=layer.name,
        unit=unit,
        position=tuple(min(int(i), size - 1) for i, size in zip(chosen, output.shape, strict=False)),
    )
