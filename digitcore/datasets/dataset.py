"""Labelled digits in three parts, and the function that splits them."""

import hashlib
from dataclasses import dataclass, field

import numpy as np

from digitcore.errors import DataError

SPLIT_SEED = 20240229
#: The label of an image whose digit is not known.
UNLABELLED = -1


@dataclass(frozen=True, kw_only=True)
class Dataset:
    """Labelled digits in three parts. Images are uint8 ``(N, 28, 28)``, white on black; labels are uint8 ``(N,)``, 0-9.

    The test part is for reporting only: nothing is tuned or selected on it.

    Attributes:
        name: the set's name.
        source: where it comes from.
        checksum: SHA-256 of the data.
        is_sample: whether the training and validation images are a sample of MNIST's.
        seen: for a labelled folder, ``image_checksums`` of the training and validation images; empty for MNIST.
        left_out: for a labelled folder, a sentence for each picture that was left out.
    """

    name: str
    source: str
    checksum: str
    is_sample: bool
    x_train: np.ndarray
    y_train: np.ndarray
    x_validation: np.ndarray
    y_validation: np.ndarray
    x_test: np.ndarray
    y_test: np.ndarray
    seen: tuple[str, ...] = field(default=(), repr=False)
    left_out: tuple[str, ...] = field(default=(), repr=False)

    @property
    def missing_classes(self) -> tuple[int, ...]:
        """The digits without a training image, in ascending order."""
        return tuple(sorted(set(range(10)) - set(self.y_train.tolist())))

    def __repr__(self) -> str:
        sizes = "/".join(f"{len(y):,}" for y in (self.y_train, self.y_validation, self.y_test))
        return f"Dataset({self.name!r}, {sizes} images, source={self.source!r})"


def has_label(labels: np.ndarray) -> np.ndarray:
    """Check which labels are digits.

    Args:
        labels: integers ``(N,)``; anything outside 0-9 is not a label.

    Returns:
        bool ``(N,)``.
    """
    return (labels >= 0) & (labels <= 9)


def image_checksums(images: np.ndarray) -> tuple[str, ...]:
    """The first 16 hexadecimal digits of each image's SHA-256, which identify the image.

    Args:
        images: uint8 ``(N, 28, 28)``.
    """
    return tuple(hashlib.sha256(image.tobytes()).hexdigest()[:16] for image in images)


def stratified_split(labels: np.ndarray, held_out: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Split indices so that each class has the same share in both parts, up to rounding.

    Args:
        labels: integers ``(N,)``.
        held_out: the number of indices in the second part.
        seed: fixes the choice.

    Returns:
        Two sorted index arrays, of ``N - held_out`` and ``held_out`` entries.

    Raises:
        DataError: one of the parts would be empty.
    """
    if not 0 < held_out < len(labels):
        raise DataError(f"Cannot hold out {held_out} of {len(labels)} images: choose between 1 and {len(labels) - 1}.")
    generator = np.random.default_rng(seed)
    classes, counts = np.unique(labels, return_counts=True)
    exact = counts * held_out / len(labels)
    take = np.floor(exact).astype(int)
    # The classes with the largest remainders get the images that rounding down left over.
    take[np.argsort(take - exact, kind="stable")[: held_out - take.sum()]] += 1
    held = [generator.permutation(np.flatnonzero(labels == c))[:n] for c, n in zip(classes, take, strict=True)]
    second = np.sort(np.concatenate(held))
    return np.setdiff1d(np.arange(len(labels)), second), second
