"""What the tests share: MNIST, fetched once and cached where the project keeps it."""

import contextlib
import dataclasses
from pathlib import Path

import pytest

from digitcore import paths
from digitcore.datasets import dataset, mnist
from digitcore.errors import DataError

HELD_OUT = 500


@pytest.fixture(scope="session")
def mnist_folder() -> Path:
    """The cached files of MNIST in the project's data folder (or ``DIGITLAB_DATA``), fetched where they are missing."""
    folder = paths.data_dir() / "mnist"
    if not all((folder / name).is_file() for name in mnist.CHECKSUMS):
        with contextlib.suppress(DataError):  # a test that needs it says so; the others need no network
            mnist.load_mnist()
    return folder


@pytest.fixture(scope="session")
def sample(mnist_folder: Path) -> dataset.Dataset:
    """The sample of MNIST with its 4,000 training images, 500 to validate on and 500 of MNIST's test images."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DIGITLAB_DATA", str(mnist_folder.parent))
        whole = mnist.load_sample()
    return dataclasses.replace(
        whole,
        x_validation=whole.x_validation[:HELD_OUT],
        y_validation=whole.y_validation[:HELD_OUT],
        x_test=whole.x_test[:HELD_OUT],
        y_test=whole.y_test[:HELD_OUT],
    )
