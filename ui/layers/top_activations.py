"""A layer's output for 1,000 test images: dead and saturated units, and the images that activate each feature map most."""

import numpy as np
import pandas as pd
import streamlit as st

from digitcore.explain.network import Layer, Network
from digitcore.explain.receptive_field import receptive_field
from ui.layers.cache import sample_images, statistics_of
from ui.layers.units import unit_name
from ui.shared.pictures import montage

CELL = 72


def show_top_activations(model: str, network: Network, layer: Layer, unit: int) -> None:
    """Show the layer's statistics, the images that activate the chosen feature map most, and a table of all its maps."""
    if not layer.shape:
        st.info(f"{layer.name} outputs a single number for each image, so there are no feature maps to compare.")
        return
    statistics = statistics_of(model, layer.name)
    images, labels = sample_images()
    with st.container(horizontal=True):
        st.metric("Test images", f"{statistics.count:,}", width="content")
        st.metric("Zeros", f"{statistics.sparsity:.0%}", width="content")
        st.metric(
            "Dead",
            f"{int(statistics.dead.sum())} of {len(statistics.dead)}",
            width="content",
            help="Feature maps or units whose output is the same number for every image.",
        )
        if statistics.saturated is not None:
            st.metric(
                "Saturated",
                f"{statistics.saturated.mean():.0%}",
                width="content",
                help="The share of numbers within 1% of a limit of the activation function.",
            )
    top = statistics.top[:, unit]
    name = unit_name(network, layer)
    if statistics.dead[unit]:
        st.info(f"{name.capitalize()} {unit} is dead: its output is {statistics.largest[unit]:.3g} for all of these images.")
    else:
        top_labels = ", ".join(str(label) for label in labels[top])
        st.write(f"These images activate {name} {unit} most, up to {statistics.largest[unit]:.3g}. Their labels: {top_labels}.")
        pictures = np.stack(
            [_framed(network, layer, images[i], place) for i, place in zip(top, statistics.top_positions[:, unit], strict=True)]
        )
        alt = f"The {len(top)} test images that activate {name} {unit} of {layer.name} most, labelled {top_labels}"
        st.image(montage(pictures, columns=len(top), cell=CELL), alt=alt)
        st.caption("The receptive field of the largest activation is shown at full brightness; the rest is dimmed.")
    table = {
        name: range(len(statistics.mean)),
        "mean": statistics.mean,
        "largest": statistics.largest,
        "zeros": statistics.zeros,
    }
    table["dead"] = statistics.dead
    if statistics.saturated is not None:
        table["saturated"] = statistics.saturated
    share = st.column_config.NumberColumn(format="percent")
    st.dataframe(pd.DataFrame(table), hide_index=True, column_config={"zeros": share, "saturated": share}, height=300)


def _framed(network: Network, layer: Layer, image: np.ndarray, place: np.ndarray) -> np.ndarray:
    """The image with everything outside the receptive field dimmed."""
    position = (*map(int, place), 0) if len(layer.shape) == 3 else (0,) * len(layer.shape)
    box = receptive_field(network, layer.name, position)
    shown = image / 255
    framed = 0.35 * shown + 0.15
    framed[box.top : box.bottom, box.left : box.right] = shown[box.top : box.bottom, box.left : box.right]
    return framed
