"""Attribution: which pixels a prediction depends on."""

import numpy as np
import streamlit as st

from digitcore.errors import ModelError
from digitcore.explain.network import Network
from digitcore.figures.words import with_article
from ui.shared.detail import shows_everything
from ui.shared.glossary import explain
from ui.shared.pictures import overlay
from ui.shared.titles import title_of

SIDE = 260


def show_attribution(network: Network, activations: dict[str, np.ndarray]) -> None:
    """Show three heatmaps of a digit over the image."""
    from digitcore.explain.replay import answer

    try:
        probabilities = activations[answer(network)]
    except ModelError as error:
        st.info(str(error))
        return
    image = activations[network.layers[0].name][..., 0]
    best = int(probabilities.argmax())
    st.session_state.setdefault("layers_digit_class", best)
    digit = st.pills(
        "Evidence for the digit", range(10), key="layers_digit_class", required=True, wrap=True, persist_state="session"
    )
    _show_heatmaps(network, image, digit)


def _show_heatmaps(network: Network, image: np.ndarray, digit: int) -> None:
    from digitcore.explain.gradcam import grad_cam
    from digitcore.explain.occlusion import occlusion
    from digitcore.explain.saliency import saliency

    methods = {
        "Grad-CAM": (
            grad_cam,
            "Orange: where the last convolution finds evidence for the digit.",
            "Selvaraju et al., 2017",
        ),
        "Occlusion": (
            occlusion,
            "Each place is covered in turn. Orange: without it, the digit becomes less likely; blue: more likely.",
            "Zeiler and Fergus, 2014",
        ),
        "Saliency": (saliency, "Orange: pixels on which the digit's score depends most.", "Simonyan et al., 2014"),
    }
    with st.grid("auto", min_column_width=SIDE + 10, key="layers_heatmaps"):
        for name, (method, caption, source) in methods.items():
            with st.container():
                try:
                    with st.spinner(f"{name} …"):
                        heatmap = method(network, image, digit)
                except ModelError as error:
                    st.info(f"{name}: {error}")
                    continue
                row, column = heatmap.peak
                alt = f"{name} for {with_article(digit)}: strongest at row {row}, column {column}"
                if not heatmap.values.any():
                    alt = f"{name} for {with_article(digit)}: no evidence anywhere"
                st.image(overlay(image, heatmap.values, SIDE), width=SIDE, alt=alt)
                found = caption if heatmap.values.any() else "It finds no evidence."
                st.caption(f"**{name}.** {found}", help=explain(name if name == "Grad-CAM" else name.lower()))
                if shows_everything():
                    layer = f" Layer: {title_of(heatmap.layer)}." if heatmap.layer else ""
                    st.caption(f"Source: {source}.{layer}")
