"""What a run trains on: MNIST, its sample, or a folder of labelled pictures, ``<digit>/*.png``."""

import dataclasses
import hashlib
from pathlib import Path

import numpy as np

from digitcore import paths
from digitcore.datasets import mnist
from digitcore.datasets.dataset import SPLIT_SEED, Dataset, stratified_split
from digitcore.errors import DataError, ImageError
from digitcore.preprocessing.pictures import FILE_SUFFIXES
from digitcore.preprocessing.pipeline import as_one_digit

DATA_SETS = ("mnist", "sample", "folder")
#: Training images in each set; a labelled folder is counted.
TRAINING_IMAGES = {"mnist": 50_000, "sample": 4_000}
#: Of a labelled folder, this share each is held out for validation and for the test.
HELD_OUT_SHARE = 0.1
#: Fewer pictures leave nothing to validate on.
MIN_PICTURES = 10
DIGITS = [str(digit) for digit in range(10)]


def load(data: str, *, folder: str | None = None, limit: int | None = None) -> Dataset:
    """A data set, its training part cut to the first ``limit`` images.

    Args:
        data: one of ``DATA_SETS``.
        folder: with ``"folder"``, where the labelled pictures are.
        limit: how many training images; None for all.

    Raises:
        DataError: it cannot be had.
    """
    if data == "folder":
        dataset = load_labelled_folder(Path(folder))
    else:
        dataset = mnist.load_sample() if data == "sample" else mnist.load_mnist()
    return dataclasses.replace(dataset, x_train=dataset.x_train[:limit], y_train=dataset.y_train[:limit])


def count_training_images(data: str, *, folder: str | None = None, limit: int | None = None) -> int:
    """How many images an epoch has, without loading them; the arguments are those of ``load``.

    Raises:
        DataError: the labelled folder cannot be used.
    """
    if data == "folder":
        count = len(_labelled_files(Path(folder)))
        available = count - 2 * _held_out(count)
    else:
        available = TRAINING_IMAGES[data]
    return min(available, limit or available)


def labelled_folders() -> list[Path]:
    """The data folder itself and the folders in it that hold folders named by digits."""
    folders = [paths.data_dir(), *sorted(path for path in paths.data_dir().glob("[!.]*") if path.is_dir())]
    return [folder for folder in folders if any((folder / digit).is_dir() for digit in DIGITS)]


def load_labelled_folder(folder: Path) -> Dataset:
    """Read ``<digit>/*.png`` (JPEG and WebP too), prepared as every picture is, split 80/10/10 with a fixed seed.

    Raises:
        DataError: empty, mislabelled, too few pictures, or one that cannot be read.
    """
    images, labels, digest = [], [], hashlib.sha256()
    for path, label in _labelled_files(folder):
        try:
            content = path.read_bytes()
            image = as_one_digit(content)
        except (ImageError, OSError) as error:
            raise DataError(f"{path}: {error} Mend or remove it.") from error
        if image is None:
            raise DataError(f"{path} is blank. Remove it.")
        digest.update(bytes([label]) + content)
        images.append(np.round(image * 255).astype(np.uint8))
        labels.append(label)
    x, y = np.stack(images), np.array(labels, np.uint8)
    order = np.random.default_rng(SPLIT_SEED).permutation(len(y))  # the folders come digit by digit
    x, y = x[order], y[order]
    held_out = _held_out(len(y))
    rest, test = stratified_split(y, held_out, SPLIT_SEED)
    train, validation = stratified_split(y[rest], held_out, SPLIT_SEED)
    return Dataset(
        name=folder.name,
        source=str(folder),
        checksum=digest.hexdigest(),
        is_sample=False,
        x_train=x[rest][train],
        y_train=y[rest][train],
        x_validation=x[rest][validation],
        y_validation=y[rest][validation],
        x_test=x[test],
        y_test=y[test],
    )


def _labelled_files(folder: Path) -> list[tuple[Path, int]]:
    """The pictures and their labels, sorted."""
    expected = "Expected folders named 0 to 9, each with PNG, JPEG or WebP pictures of that digit."
    if not folder.is_dir():
        raise DataError(f"There is no folder {folder}. {expected}")
    labelled = []
    for path in sorted(path for path in folder.iterdir() if path.is_dir() and not path.name.startswith(".")):
        pictures = sorted(file for file in path.glob("[!.]*") if file.suffix.lower() in FILE_SUFFIXES)
        if pictures and path.name not in DIGITS:
            raise DataError(f"{path} holds pictures, but {path.name!r} is no digit. {expected}")
        labelled += [(picture, int(path.name)) for picture in pictures]
    if len(labelled) < MIN_PICTURES:
        raise DataError(f"{folder} holds {len(labelled)} labelled pictures; {MIN_PICTURES} at least are needed. {expected}")
    return labelled


def _held_out(count: int) -> int:
    return max(1, round(HELD_OUT_SHARE * count))
