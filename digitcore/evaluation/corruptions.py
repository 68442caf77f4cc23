"""Named ways to make images worse, each in rising strengths, to see how far a model can be trusted.

The idea is that of D. Hendrycks and T. Dietterich, "Benchmarking neural network robustness to common corruptions and
perturbations" (ICLR 2019).
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from digitcore.datasets.evaluation_data import EvaluationSet
from digitcore.errors import DataError

Corrupt = Callable[[np.ndarray, float, np.random.Generator], np.ndarray]


@dataclass(frozen=True, kw_only=True)
class Corruption:
    """One way to make images worse.

    Attributes:
        name: as in ``CORRUPTIONS``.
        caption: what it does, in words.
        unit: of ``amounts``.
        amounts: the strengths, in the order in which they are shown.
        unchanged: the amount that changes nothing, where an axis begins.
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
        amount: in the distortion's unit.
        seed: fixes directions, signs and noise.

    Returns:
        uint8 ``(N, 28, 28)``.

    Raises:
        DataError: there is no such distortion.
    """
    if name not in CORRUPTIONS:
        raise DataError(f"There is no distortion {name!r}. The distortions are: {', '.join(CORRUPTIONS)}.")
    if not len(images):
        return images
    distorted = CORRUPTIONS[name].apply(images.astype(np.float32) / 255, amount, np.random.default_rng(seed))
    return np.round(np.clip(distorted, 0, 1) * 255).astype(np.uint8)


def _noise(images: np.ndarray, amount: float, generator: np.random.Generator) -> np.ndarray:
    return images + np.float32(amount) * generator.standard_normal(images.shape, dtype=np.float32)


def _blur(images: np.ndarray, amount: float, generator: np.random.Generator) -> np.ndarray:
    return ndimage.gaussian_filter(images, (0, amount, amount))


def _rotate(images: np.ndarray, amount: float, generator: np.random.Generator) -> np.ndarray:
    angles = np.deg2rad(amount) * generator.choice([-1, 1], len(images))
    cos, sin = np.cos(angles), np.sin(angles)
    return _warp(images, np.array([[cos, sin], [-sin, cos]]).transpose(2, 0, 1))


def _shift(images: np.ndarray, amount: float, generator: np.random.Generator) -> np.ndarray:
    directions = generator.uniform(0, 2 * np.pi, len(images))
    moves = amount * np.stack([np.sin(directions), np.cos(directions)], axis=1)
    return _warp(images, np.broadcast_to(np.eye(2), (len(images), 2, 2)), moves)


def _scale(images: np.ndarray, amount: float, generator: np.random.Generator) -> np.ndarray:
    return _warp(images, np.broadcast_to(np.eye(2) / amount, (len(images), 2, 2)))


def _thicken(images: np.ndarray, amount: float, generator: np.random.Generator) -> np.ndarray:
    """Whole pixels by grey dilation or erosion with a plus-shaped neighbourhood, the rest of a pixel by blending."""
    change = ndimage.grey_dilation if amount > 0 else ndimage.grey_erosion
    plus = ndimage.generate_binary_structure(2, 1)[None]
    left = abs(amount)
    while left > 0:
        share = np.float32(min(left, 1))
        images = (1 - share) * images + share * change(images, footprint=plus)
        left -= 1
    return images


def _reduce_contrast(images: np.ndarray, amount: float, generator: np.random.Generator) -> np.ndarray:
    return 0.5 + np.float32(amount) * (images - 0.5)


def _warp(images: np.ndarray, inverse: np.ndarray, shift: np.ndarray | None = None) -> np.ndarray:
    """Turn and stretch about the middle, then move by ``shift`` ``(N, 2)`` pixels; ``inverse`` ``(N, 2, 2)`` leads back."""
    middle = (np.array(images.shape[1:]) - 1) / 2
    ends = middle + (0 if shift is None else shift)
    offsets = middle - np.einsum("nij,nj->ni", inverse, np.broadcast_to(ends, (len(images), 2)))
    warped = np.empty_like(images)
    for image, matrix, offset, output in zip(images, inverse, offsets, warped, strict=True):
        ndimage.affine_transform(image, matrix, offset, output=output, order=1)
    return warped


def _named(*distortions: Corruption) -> dict[str, Corruption]:
    return {distortion.name: distortion for distortion in distortions}


#: Name -> distortion.
CORRUPTIONS = _named(
    Corruption(
        name="noise",
        caption="Gaussian noise on every pixel",
        unit="standard deviation, of the brightness",
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
        caption="turned to the left or to the right",
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
        unit="times the size",
        amounts=(0.5, 0.65, 0.8, 1.2, 1.35),
        unchanged=1,
        apply=_scale,
    ),
    Corruption(
        name="thickness",
        caption="strokes thinner or thicker",
        unit="pixels on either side",
        amounts=(-1, -0.5, 0.5, 1, 2),
        unchanged=0,
        apply=_thicken,
    ),
    Corruption(
        name="contrast",
        caption="black and white drawn together towards grey",
        unit="of the contrast",
        amounts=(0.8, 0.6, 0.4, 0.2),
        unchanged=1,
        apply=_reduce_contrast,
    ),
)


def corrupted_set(original: EvaluationSet, name: str, amount: float, *, seed: int = 0) -> EvaluationSet:
    """The same images and labels, distorted; see ``distortions.CORRUPTIONS``."""
    return EvaluationSet(
        name=f"{original.name}, {name} {amount:g}",
        images=corrupt(original.images, name, amount, seed=seed),
        labels=original.labels,
        files=original.files,
    )
