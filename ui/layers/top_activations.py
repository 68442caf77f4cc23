"""What a layer does on a thousand test images: silent and saturated units, and what excites each feature map most."""

import numpy as np
import pandas as pd
import streamlit as st

from digitcore.explain.network import Layer, Network
from digitcore.explain.receptive_field import receptive_field
from ui.layers.cache import looked_at, statistics_of
from ui.layers.layer_detail import choose_unit
from ui.shared.pictures import montage

CELL = 72


def show_excitement(model: str, network: Network, activations: dict[str, np.ndarray], layer: Layer) -> None:
    """Figures on the layer, the images that excite the chosen feature map most, and all its maps in a table."""
    if not layer.shape:
        st.info(f"{layer.name} gives a single number for an image; there are no feature maps to compare.")
        return
    found = statistics_of(model, layer.name)
    images, labels = looked_at()
    with st.container(horizontal=True):
        st.metric("Test images", f"{found.count:,}", width="content")
        st.metric("Numbers that are zero", f"{found.sparsity:.0%}", width="content")
        st.metric("Dead", f"{int(found.dead.sum())} of {len(found.dead)}", width="content", help="The same for every image.")
        if found.saturated is not None:
            st.metric(
                "At a limit", f"{found.saturated.mean():.0%}", width="content", help="Within 1 % of the function's limits."
            )
    unit = choose_unit(layer, activations[layer.name])
    top = found.top[:, unit]
    if found.dead[unit]:
        st.info(f"Number {unit} is dead: it gives {found.largest[unit]:.3g} for every one of these images.")
    else:
        told = ", ".join(str(label) for label in labels[top])
        st.write(f"These excite number {unit} most, up to {found.largest[unit]:.3g}. They are labelled {told}.")
        pictures = np.stack(
            [_framed(network, layer, images[i], at) for i, at in zip(top, found.top_positions[:, unit], strict=True)]
        )
        alt = f"The {len(top)} test images with the largest numbers in map {unit} of {layer.name}, labelled {told}"
        st.image(montage(pictures, columns=len(top), cell=CELL), alt=alt)
        st.caption("The part that the number depends on is as bright as it is; the rest is dimmed.")
    table = {"number": range(len(found.mean)), "mean": found.mean, "largest": found.largest, "zero": found.zeros}
    table["dead"] = found.dead
    if found.saturated is not None:
        table["at a limit"] = found.saturated
    share = st.column_config.NumberColumn(format="percent")
    st.dataframe(pd.DataFrame(table), hide_index=True, column_config={"zero": share, "at a limit": share}, height=300)


def _framed(network: Network, layer: Layer, image: np.ndarray, at: np.ndarray) -> np.ndarray:
    """The image with all but the receptive field dimmed."""
    place = (*map(int, at), 0) if len(layer.shape) == 3 else (0,) * len(layer.shape)
    box = receptive_field(network, layer.name, place)
    shown = image / 255
    framed = 0.35 * shown + 0.15
    framed[box.top : box.bottom, box.left : box.right] = shown[box.top : box.bottom, box.left : box.right]
    return framed
