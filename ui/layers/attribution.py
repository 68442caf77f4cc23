"""Why a network answers as it does: what in the drawing speaks for a digit, and which feature maps it depends on."""

import numpy as np
import streamlit as st

from digitcore.errors import ModelError
from digitcore.explain.network import Layer, Network
from ui.layers.layer_detail import choose_unit
from ui.shared.pictures import overlay

SIDE = 260
STRONGEST = 8
CLASS = "why_digit"


def show_why(model: str, network: Network, activations: dict[str, np.ndarray], layer: Layer) -> None:
    """Three maps over the drawing for a digit, and the chosen layer's feature maps silenced."""
    from digitcore.explain.replay import answer

    try:
        probabilities = activations[answer(network)]
    except ModelError as error:
        st.info(str(error))
        return
    image = activations[network.layers[0].name][..., 0]
    best = int(probabilities.argmax())
    st.session_state.setdefault(CLASS, best)
    digit = st.pills("What speaks for a", range(10), key=CLASS, required=True, wrap=True, persist_state="session")
    _show_heatmaps(network, image, digit)
    _show_ablation(network, activations, layer, digit, probabilities)


def _show_heatmaps(network: Network, image: np.ndarray, digit: int) -> None:
    from digitcore.explain.gradcam import grad_cam
    from digitcore.explain.occlusion import occlusion
    from digitcore.explain.saliency import saliency

    ways = {
        "Grad-CAM": (grad_cam, "Where the last convolution sees what speaks for it (Selvaraju et al., 2017)."),
        "Occlusion": (
            occlusion,
            "How far its probability falls with a patch there; blue: it rises (Zeiler and Fergus, 2014).",
        ),
        "Saliency": (saliency, "How strongly each pixel moves its score (Simonyan et al., 2014)."),
    }
    with st.grid("auto", min_column_width=SIDE + 10, key="heatmaps"):
        for name, (way, about) in ways.items():
            with st.container():
                try:
                    found = way(network, image, digit)
                except ModelError as error:
                    st.info(f"{name}: {error}")
                    continue
                row, column = found.peak
                alt = f"{name} for a {digit}: strongest at row {row}, column {column}"
                if not found.values.any():
                    alt = f"{name} for a {digit}: nothing anywhere"
                st.image(overlay(image, found.values, SIDE), width=SIDE, alt=alt)
                layer = f" Layer {found.layer}." if found.layer else ""
                st.caption(f"**{name}.** {about}{layer} " + ("" if found.values.any() else "Nothing here speaks for it."))


def _show_ablation(
    network: Network, activations: dict[str, np.ndarray], layer: Layer, digit: int, probabilities: np.ndarray
) -> None:
    from digitcore.explain.ablation import ablate, importance_of_maps
    from digitcore.figures.probabilities import probability_chart

    if layer.kind == "input" or not layer.shape:
        st.caption("Choose another layer above to silence one of its feature maps.")
        return
    st.subheader(f"Without a feature map of {layer.name}", anchor=False)
    image = activations[network.layers[0].name][..., 0]
    importance = importance_of_maps(network, image, layer.name, digit)
    told = ", ".join(f"{unit} ({-importance.logit_drops[unit]:+.2f})" for unit in importance.order[:STRONGEST])
    st.caption(f"Silenced alone, these take most from the {digit}'s logit, the number before softmax: {told}.")
    unit = choose_unit(layer, activations[layer.name])
    if st.toggle(f"Silence number {unit}", key="silence"):
        left = ablate(network, image, layer.name, [unit])
        best = int(left.argmax())
        st.write(f"Without it the network reads a **{best}**, {left[best]:.1%} sure; the {digit} has {left[digit]:.1%}.")
    else:
        left = probabilities
    st.plotly_chart(probability_chart(left), key="ablation_chart", config={"displayModeBar": False})
