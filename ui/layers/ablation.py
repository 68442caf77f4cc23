"""Switch feature maps or units of a layer off, and see what the network reads without them."""

import numpy as np
import streamlit as st

from digitcore.errors import ModelError
from digitcore.explain.network import Layer, Network
from digitcore.figures.words import percent, with_article
from ui.layers.units import unit_name
from ui.shared.glossary import explain
from ui.shared.titles import title_of

OFF = "layers_off"
STRONGEST = 8


def show_ablation(network: Network, activations: dict[str, np.ndarray], layer: Layer) -> None:
    """Choose what to switch off, and compare the ten digits before and after, in probabilities or logits."""
    from digitcore.explain.ablation import ablate, importance_of_maps
    from digitcore.explain.replay import answer
    from digitcore.figures.explain import ablation_chart

    try:
        best = int(activations[answer(network)].argmax())
    except ModelError as error:
        st.info(str(error))
        return
    if layer.kind == "input" or not layer.shape:
        st.caption("The input has no feature maps to switch off. Choose another layer in the strip.")
        return
    name = unit_name(network, layer)
    image = activations[network.layers[0].name][..., 0]
    with st.spinner(f"Switching each {name} off in turn …"):
        importance = importance_of_maps(network, image, layer.name, best)
    order = [int(unit) for unit in importance.order]
    changes = ", ".join(f"{unit} ({-importance.logit_drops[unit]:+.2f})" for unit in order[:STRONGEST])
    st.caption(f"For the {best}, these count most (change of its score without them): {changes}.", help=explain("logit"))
    key = f"{OFF}_{layer.name}"
    with st.container(horizontal=True, vertical_alignment="bottom"):
        off = st.multiselect(
            f"Switch off, of {layer.shape[-1]}", order, key=key, placeholder=f"Choose a {name}", persist_state="session"
        )
        st.button(f"The {STRONGEST} that count most", on_click=_choose, args=(key, order[:STRONGEST]))
        st.button("Reset", on_click=_choose, args=(key, []), disabled=not off)
    scale = st.segmented_control(
        "Show",
        ["Probabilities", "Scores (logits)"],
        default="Probabilities",
        required=True,
        key="layers_ablation_scale",
        label_visibility="collapsed",
        help=explain("probability", "logit"),
    )
    before, after = ablate(network, image, layer.name, []), ablate(network, image, layer.name, off)
    now = int(after.probabilities.argmax())
    if off:
        st.write(
            f"Without {len(off)} of {layer.shape[-1]} {name}s of {title_of(layer.name)}, the network reads "
            f"{with_article(now, bold=True)}, with {percent(after.probabilities[now])} confidence. Before, it read "
            f"{with_article(best)}, with {percent(before.probabilities[best])}."
        )
    else:
        st.write("Nothing is switched off yet.")
    as_logits = scale == "Scores (logits)"
    pair = (before.logits, after.logits) if as_logits else (before.probabilities, after.probabilities)
    st.plotly_chart(ablation_chart(*pair, are_logits=as_logits), key="layers_ablation_chart", config={"displayModeBar": False})


def _choose(key: str, units: list[int]) -> None:
    st.session_state[key] = units
