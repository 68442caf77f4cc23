"""Named corruptions of test images, each at several strengths, to measure how robust a model is.

After D. Hendrycks and T. Dietterich, "Benchmarking neural network robustness to common corruptions and perturbations" (ICLR
2019).
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from digitcore.datasets.evaluation_data import EvaluationSet
from digitcore.datasets.transforms import add_noise, dilate, erode, warp
from digitcore.errors import DataError

Corrupt = Callable[[np.ndarray, float, np.random.Generator], np.ndarray]


@dataclass(frozen=True, kw_only=True)
class Corruption:
    """One kind of corruption.

    Attributes:
        name: as in ``CORRUPTIONS``.
        caption: what it does, in words.
        unit: the unit of ``amounts``.
        amounts: the strengths, in the order in which they are shown.
        unchanged: the amount that changes nothing.
        apply: float32 images ``(N, 28, 28)`` in 0-1, an amount and a generator -> the corrupted images, unclipped.
    """

    name: str
    caption: str
    unit: str
    amounts: tuple[float, ...]
    unchanged: float
    apply: Corrupt


def corrupt(images: np.ndarray, name: str, amount: float, *, seed: int = 0) -> np.ndarray:
    """Corrupt each image; the same seed gives the same images.

    Args:
        images: uint8 ``(N, 28, 28)``, white on black.
        name: one of ``CORRUPTIONS``.
        amount: in the corruption's unit.
        seed: fixes directions, signs and noise.

    Returns:
        uint8 ``(N, 28, 28)``.

    Raises:
        DataError: there is no such corruption.
    """
    if name not in CORRUPTIONS:
        raise DataError(f"There is no corruption {name!r}. The corruptions are: {', '.join(CORRUPTIONS)}.")
    if not len(images):
        return images
    corrupted = CORRUPTIONS[name].apply(images.astype(np.float32) / 255, amount, np.random.default_rng(seed))
    return np.round(np.clip(corrupted, 0, 1) * 255).astype(np.uint8)


def _noise(images: np.ndarray, amount: float, generator: np.random.Generator) -> np.ndarray:
    return add_noise(images, np.float32(amount), generator)


def _blur(images: np.ndarray, amount: float, generator: np.random.Generator) -> np.ndarray:
    return ndimage.gaussian_filter(images, (0, amount, amount))


def _rotate(images: np.ndarray, amount: float, generator: np.random.Generator) -> np.ndarray:
    angles = np.deg2rad(amount) * generator.choice([-1, 1], len(images))
    cos, sin = np.cos(angles), np.sin(angles)
    return warp(images, np.array([[cos, sin], [-sin, cos]]).transpose(2, 0, 1), np.zeros((len(images), 2)))


def _shift(images: np.ndarray, amount: float, generator: np.random.Generator) -> np.ndarray:
    directions = generator.uniform(0, 2 * np.pi, len(images))
    moves = amount * np.stack([np.sin(directions), np.cos(directions)], axis=1)
    return warp(images, np.broadcast_to(np.eye(2), (len(images), 2, 2)), -moves)


def _scale(images: np.ndarray, amount: float, generator: np.random.Generator) -> np.ndarray:
    return warp(images, np.broadcast_to(np.eye(2) / amount, (len(images), 2, 2)), np.zeros((len(images), 2)))


def _thicken(images: np.ndarray, amount: float, generator: np.random.Generator) -> np.ndarray:
    """Dilate or erode by whole pixels, and blend for the remaining fraction of a pixel."""
    change = dilate if amount > 0 else erode
    left = abs(amount)
    while left > 0:
        share = np.float32(min(left, 1))
        images = (1 - share) * images + share * change(images)
        left -= 1
    return images


def _reduce_contrast(images: np.ndarray, amount: float, generator: np.random.Generator) -> np.ndarray:
    return 0.5 + np.float32(amount) * (images - 0.5)


def _named(*corruptions: Corruption) -> dict[str, Corruption]:
    return {corruption.name: corruption for corruption in corruptions}


#: Name -> corruption.
CORRUPTIONS = _named(
    Corruption(
        name="noise",
        caption="Gaussian noise on every pixel",
        unit="standard deviation, share of full brightness",
        amounts=(0.1, 0.2, 0.3, 0.4, 0.5),
        unchanged=0,
        apply=_noise,
    ),
    Corruption(
        name="blur",
        caption="Gaussian blur",
        unit="standard deviation, pixels",
        amounts=(0.5, 1, 1.5, 2, 2.5),
        unchanged=0,
        apply=_blur,
    ),
    Corruption(
        name="rotation",
        caption="rotated left or right",
        unit="degrees",
        amounts=(10, 20, 30, 40, 50),
        unchanged=0,
        apply=_rotate,
    ),
    Corruption(
        name="shift", caption="moved in any direction", unit="pixels", amounts=(1, 2, 3, 4, 6), unchanged=0, apply=_shift
    ),
    Corruption(
        name="scale",
        caption="made smaller or larger",
        unit="times the original size",
        amounts=(0.5, 0.65, 0.8, 1.2, 1.35),
        unchanged=1,
        apply=_scale,
    ),
    Corruption(
        name="thickness",
        caption="strokes made thinner or thicker",
        unit="pixels on either side",
        amounts=(-1, -0.5, 0.5, 1, 2),
        unchanged=0,
        apply=_thicken,
    ),
    Corruption(
        name="contrast",
        caption="black and white moved towards grey",
        unit="share of the contrast",
        amounts=(0.8, 0.6, 0.4, 0.2),
        unchanged=1,
        apply=_reduce_contrast,
    ),
)


def corrupted_set(original: EvaluationSet, name: str, amount: float, *, seed: int = 0) -> EvaluationSet:
    """A set with the same labels and corrupted images; see ``corrupt``."""
    return EvaluationSet(
        name=f"{original.name}, {name} {amount:g}",
        images=corrupt(original.images, name, amount, seed=seed),
        labels=original.labels,
        files=original.files,
    )
