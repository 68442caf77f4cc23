"""What the settings will do: the learning rate over the training, and digits as the network will see them."""

from collections.abc import Callable

import numpy as np
import streamlit as st

from digitcore.datasets.training_data import count_training_images
from digitcore.errors import DataError, DigitcoreError
from digitcore.runs.config import TrainConfig
from digitcore.training.augmentation.augment import augment
from digitcore.training.limits import fit_batch_size
from ui.shared.glossary import explain
from ui.shared.mnist import test_images
from ui.shared.pictures import montage

CELL, ROWS = 40, 4


def show_rates(read: Callable[[], TrainConfig]) -> None:
    """The planned learning rate; nothing while the settings are of no use, which the page says elsewhere."""
    try:
        config = read()
        images = count_training_images(**config.data_options)
    except DigitcoreError:
        return
    from digitcore.figures.training import rate_chart

    plateau = ", until a plateau lowers it" if config.schedule == "plateau" else ""
    st.caption(f"The planned learning rate{plateau}", help=explain("learning rate"))
    st.plotly_chart(rate_chart(_rates(config, images), config.epochs), key="train_rates", config={"displayModeBar": False})


@st.cache_data(max_entries=100, show_spinner=False, hash_funcs={TrainConfig: repr})
def _rates(config: TrainConfig, images: int) -> np.ndarray:
    from digitcore.training.optimizers import planned_rates

    return planned_rates(config, steps=config.epochs * -(-images // fit_batch_size(config, images)))


def show_distorted(read: Callable[[], TrainConfig]) -> None:
    """The ten digits, and distorted copies; nothing without distortions."""
    try:
        config = read()
        if not config.augmentation:
            return
        images, labels = test_images()
    except DataError as error:
        st.error(str(error))
        return
    except DigitcoreError:
        return
    st.caption("Top row: original digits. Below: as the network will see them.")
    ten = np.stack([images[labels == digit][0] for digit in range(10)]).astype(np.float32) / 255
    generator = np.random.default_rng(config.seed)
    distorted = [augment(ten, config.augmentation, generator, np.arange(10)) for _ in range(ROWS - 1)]
    st.image(
        montage(np.concatenate([ten, *distorted]), columns=10, cell=CELL),
        width=10 * (CELL + 2),
        alt="The original digits 0 to 9, and three distorted versions of each",
    )
