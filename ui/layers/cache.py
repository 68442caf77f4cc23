"""Caches over digitcore that belong to the app: what takes long and is the same for every visitor."""

from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from digitcore.networks import registry
from ui.shared.mnist import test_images

if TYPE_CHECKING:
    from digitcore.explain.embedding import Embedding
    from digitcore.explain.network import Network
    from digitcore.explain.statistics import Statistics

#: Of the test set; enough to know a layer by, and quick.
IMAGES_LOOKED_AT = 1000


def network_of(model: str) -> "Network":
    """A saved model taken apart into its layers; anew when its file changes.

    Raises:
        ModelError: it is missing, broken or no image model.
    """
    return _network(model, registry.find(model).version)


def statistics_of(model: str, layer: str) -> "Statistics":
    """What a layer does on a thousand test images."""
    return _statistics(model, registry.find(model).version, layer)


def embedding_of(model: str) -> "Embedding":
    """A thousand test images as a model's last hidden layer sees them."""
    return _embedding(model, registry.find(model).version)


def looked_at() -> tuple[np.ndarray, np.ndarray]:
    """The test images of statistics and embedding: uint8 ``(N, 28, 28)``, and their labels."""
    images, labels = test_images()
    return images[:IMAGES_LOOKED_AT], labels[:IMAGES_LOOKED_AT]


@st.cache_resource(max_entries=4, show_spinner="Taking the network apart …")
def _network(model: str, version: tuple) -> "Network":
    from digitcore.explain.network import Network

    return Network(registry.load_model(model, for_recognition=False))


@st.cache_resource(max_entries=64, show_spinner="Showing 1,000 test images to the network …")
def _statistics(model: str, version: tuple, layer: str) -> "Statistics":
    from digitcore.explain.statistics import activation_statistics

    return activation_statistics(_network(model, version), layer, looked_at()[0])


@st.cache_resource(max_entries=8, show_spinner="Showing 1,000 test images to the network …")
def _embedding(model: str, version: tuple) -> "Embedding":
    from digitcore.explain.embedding import embed

    return embed(_network(model, version), *looked_at())
