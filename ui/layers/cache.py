"""The app's caches of slow results that are the same for every visitor."""

from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from digitcore.networks import registry
from ui.shared.mnist import test_images

if TYPE_CHECKING:
    from digitcore.explain.embedding import Embedding
    from digitcore.explain.network import Network
    from digitcore.explain.statistics import Statistics

#: Test images for statistics and the embedding: enough to characterise a layer, and still fast.
NUM_IMAGES = 1000


def network_of(model: str) -> "Network":
    """A saved model as a ``Network``; reloaded when its file changes.

    Raises:
        ModelError: the model is missing or broken, or its input is not an image.
    """
    return _network(model, registry.find(model).version)


def statistics_of(model: str, layer: str) -> "Statistics":
    """The statistics of a layer over 1,000 test images."""
    return _statistics(model, registry.find(model).version, layer)


def embedding_of(model: str) -> "Embedding":
    """The embedding of 1,000 test images by a model's last hidden layer."""
    return _embedding(model, registry.find(model).version)


def sample_images() -> tuple[np.ndarray, np.ndarray]:
    """The test images for statistics and embedding, uint8 ``(N, 28, 28)``, and their labels ``(N,)``."""
    images, labels = test_images()
    return images[:NUM_IMAGES], labels[:NUM_IMAGES]


@st.cache_resource(max_entries=4, show_spinner="Preparing the network …")
def _network(model: str, version: tuple) -> "Network":
    from digitcore.explain.network import Network

    return Network(registry.load_model(model, for_recognition=False))


@st.cache_resource(max_entries=64, show_spinner="Running 1,000 test images through the network …")
def _statistics(model: str, version: tuple, layer: str) -> "Statistics":
    from digitcore.explain.statistics import activation_statistics

    return activation_statistics(_network(model, version), layer, sample_images()[0])


@st.cache_resource(max_entries=8, show_spinner="Running 1,000 test images through the network …")
def _embedding(model: str, version: tuple) -> "Embedding":
    from digitcore.explain.embedding import embed

    return embed(_network(model, version), *sample_images())
