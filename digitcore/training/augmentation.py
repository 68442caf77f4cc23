"""Random distortions of training images, a batch at a time in NumPy.

Affine and elastic distortion follow Simard, Steinkraus and Platt, "Best practices for convolutional neural networks applied to
visual document analysis" (ICDAR 2003).
"""

import numpy as np
from scipy import ndimage

from digitcore.datasets.transforms import add_noise, dilate, erode, warp
from digitcore.runs.config import Augmentation

#: Control points of the elastic field along each side.
ELASTIC_GRID = 5


def augment(images: np.ndarray, settings: Augmentation, generator: np.random.Generator) -> np.ndarray:
    """Distort each image of a batch at random.

    Args:
        images: float32 ``(N, H, W)`` in 0-1, white on black.
        settings: the largest amount of each distortion.
        generator: the source of randomness; the same state gives the same images.

    Returns:
        A new float32 array of the same shape, in 0-1.
    """
    result = _warp(images, settings, generator)
    if settings.thickness:
        result = _change_thickness(result, settings.thickness, generator)
    if settings.noise:
        deviation = generator.uniform(0, settings.noise, (len(images), 1, 1)).astype(np.float32)
        result = add_noise(result, deviation, generator)
    return np.clip(result, 0, 1)


def _warp(images: np.ndarray, settings: Augmentation, generator: np.random.Generator) -> np.ndarray:
    """Apply all geometric distortions in one resampling. With another order of the draws, a seed would give other images."""
    count = len(images)
    inverse = _inverse_affine(count, settings, generator)
    shift = generator.uniform(-settings.shift, settings.shift, (count, 2, 1))[..., 0]
    displacement = None
    if settings.elastic:
        controls = generator.uniform(-settings.elastic, settings.elastic, (count, 2, ELASTIC_GRID, ELASTIC_GRID))
        rows_basis, columns_basis = (_spline_basis(length) for length in images.shape[1:])
        displacement = rows_basis @ controls @ columns_basis.T
    return warp(images, inverse, shift, displacement)


def _inverse_affine(count: int, settings: Augmentation, generator: np.random.Generator) -> np.ndarray:
    """``(count, 2, 2)`` matrices from output to input (row, column) offsets: rotation x shear x scale."""
    angle = np.deg2rad(generator.uniform(-settings.rotation, settings.rotation, count))
    shear = np.tan(np.deg2rad(generator.uniform(-settings.shear, settings.shear, count)))
    scale = generator.uniform(1 - settings.scale, 1 + settings.scale, (count, 2))
    rotation = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]).transpose(2, 0, 1)
    shearing = np.broadcast_to(np.eye(2), (count, 2, 2)).copy()
    shearing[:, 1, 0] = shear
    return rotation @ shearing / scale[:, None, :]


def _spline_basis(length: int) -> np.ndarray:
    """``(length, ELASTIC_GRID)`` weights that turn control points into a smooth curve."""
    positions = np.linspace(0, ELASTIC_GRID - 1, length)
    return np.stack(
        [ndimage.map_coordinates(unit, [positions], order=3, mode="nearest") for unit in np.eye(ELASTIC_GRID)], axis=1
    )


def _change_thickness(images: np.ndarray, amount: float, generator: np.random.Generator) -> np.ndarray:
    """Blend each image with its dilation or its erosion."""
    weight = generator.uniform(-amount, amount, (len(images), 1, 1)).astype(np.float32)
    # Erosion removes more of a thin stroke than dilation adds, so it is applied half as far.
    thicker = weight * (dilate(images) - images)
    thinner = 0.5 * weight * (images - erode(images, outside="constant"))
    return images + np.where(weight > 0, thicker, thinner)
