"""Labelled digits in three parts, and how images are split."""

from dataclasses import dataclass

import numpy as np

from digitcore.errors import DataError

SPLIT_SEED = 20240229


@dataclass(frozen=True, kw_only=True)
class Dataset:
    """Labelled digits in three parts. Images are uint8 ``(N, 28, 28)``, white on black; labels are uint8 ``(N,)``, 0-9.

    The test part is for reporting only: nothing is tuned or selected on it.
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

    def __repr__(self) -> str:
        sizes = "/".join(f"{len(y):,}" for y in (self.y_train, self.y_validation, self.y_test))
        return f"Dataset({self.name!r}, {sizes} images, source={self.source!r})"


def has_label(labels: np.ndarray) -> np.ndarray:
    """Which of the labels ``(N,)`` are digits from 0 to 9: bool ``(N,)``."""
    return (labels >= 0) & (labels <= 9)


def stratified_split(labels: np.ndarray, held_out: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Split indices so that each class has the same share in both parts.

    Args:
        labels: integers ``(N,)``.
        held_out: how many of the N go into the second part.
        seed: fixes the choice.

    Returns:
        Two sorted index arrays, of ``N - held_out`` and ``held_out`` entries.
    """
    if not 0 < held_out < len(labels):
        raise DataError(f"Cannot hold out {held_out} of {len(labels)} images: choose between 1 and {len(labels) - 1}.")
    generator = np.random.default_rng(seed)
    classes, counts = np.unique(labels, return_counts=True)
    exact = counts * held_out / len(labels)
    take = np.floor(exact).astype(int)
    # Largest remainders get the images that rounding down left over.
    take[np.argsort(take - exact, kind="stable")[: held_out - take.sum()]] += 1
    held = [generator.permutation(np.flatnonzero(labels == c))[:n] for c, n in zip(classes, take, strict=True)]
    second = np.sort(np.concatenate(held))
    return np.setdiff1d(np.arange(len(labels)), second), second
