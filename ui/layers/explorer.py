"""The convolution explorer for a layer of the network: gathers what it needs."""

import numpy as np
import streamlit as st

from digitcore.explain.decompose import decompose
from digitcore.explain.network import Layer, Network
from digitcore.explain.receptive_field import field_rules
from digitcore.explain.windows import windows
from ui.convolution import ExplorerData, convolution_explorer

KEY = "explorer"


@st.fragment
def explore(network: Network, activations: dict[str, np.ndarray], layer: Layer, unit: int) -> None:
    """One output number of a convolution after the other, on the page itself."""
    convolution_explorer(explorer_data(network, activations, layer, unit), key=KEY)


def explorer_data(network: Network, activations: dict[str, np.ndarray], layer: Layer, unit: int) -> ExplorerData:
    """A unit of a convolution with all that goes into it, for one image."""
    (source,) = layer.inputs
    inputs, output = activations[source], activations[layer.name]
    step = decompose(network, activations, layer.name, (0, 0, unit))
    rows, columns = windows(layer.layer, inputs.shape)
    fields = field_rules(network)[layer.name]
    is_picture = network[source].kind == "input"
    names = ("the digit",) if is_picture else tuple(f"map {channel} of {source}" for channel in range(inputs.shape[-1]))
    # What the page says at this moment, not a run ago: an older place would call the visitor back.
    chosen = st.session_state.get(KEY, {}).get("position")
    if chosen is None:
        chosen = np.unravel_index(np.abs(output[..., unit]).argmax(), output.shape[:2])
    return ExplorerData(
        picture=activations[network.layers[0].name][..., 0],
        inputs=inputs,
        input_names=names,
        kernel=step.kernel,
        first_channel=int(step.channels[0]),
        bias=step.bias,
        activation=step.activation,
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
