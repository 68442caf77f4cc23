"""Where the digit lies among a thousand others, as the network's last hidden layer sees them."""

import numpy as np
import streamlit as st

from digitcore.errors import DigitcoreError
from digitcore.explain.network import Layer, Network
from ui.layers.cache import embedding_of


def show_whereabouts(model: str, network: Network, activations: dict[str, np.ndarray], layer: Layer) -> None:
    """The plane of the first two principal components, with the digit in it."""
    from digitcore.figures.explain import embedding_chart

    try:
        embedding = embedding_of(model)
    except DigitcoreError as error:
        st.info(str(error))
        return
    (place,) = embedding.place(activations[embedding.layer][None])
    near = np.argsort(((embedding.points - place) ** 2).sum(axis=1))[:10]
    st.write(
        f"{len(embedding.points):,} test digits by what **{embedding.layer}** gives for them: near to each other where the "
        f"network treats them alike. The two axes, principal components, hold {embedding.explained.sum():.0%} of the variance."
    )
    st.plotly_chart(embedding_chart(embedding, place), key="embedding", config={"displayModeBar": False})
    told = ", ".join(str(label) for label in embedding.labels[near])
    st.caption(f"The star is your digit. The ten nearest to it are labelled {told}.")
