"""The digit among 1,000 test digits, in the space of the network's last hidden layer."""

import numpy as np
import streamlit as st

from digitcore.errors import DigitcoreError
from ui.layers.cache import embedding_of
from ui.shared.detail import shows_everything
from ui.shared.titles import title_of


def show_embedding(model: str, activations: dict[str, np.ndarray]) -> None:
    """Show the plane of the first two principal components, with the digit in it."""
    from digitcore.figures.explain import embedding_chart

    try:
        embedding = embedding_of(model)
    except DigitcoreError as error:
        st.info(str(error))
        return
    (place,) = embedding.place(activations[embedding.layer][None])
    near = np.argsort(((embedding.points - place) ** 2).sum(axis=1))[:10]
    st.write(
        f"{len(embedding.points):,} test digits, placed by the numbers of the layer **{title_of(embedding.layer)}**. Digits "
        "that look alike to the network lie close together."
    )
    if shows_everything():
        st.caption(
            "The axes are the first two principal components of these numbers. They explain "
            f"{embedding.explained.sum():.0%} of the variance."
        )
    st.plotly_chart(embedding_chart(embedding, place), key="layers_embedding", config={"displayModeBar": False})
    labels = ", ".join(str(label) for label in embedding.labels[near])
    st.caption(f"The star is your digit. Its {len(near)} nearest neighbours have the labels {labels}.")
