"""Distortions of training images, a batch at a time in NumPy.

Affine and elastic distortion follow Simard, Steinkraus and Platt, "Best practices for convolutional neural networks applied to
visual document analysis" (ICDAR 2003); one resampling does both, so that an image is blurred only once.
"""

import numpy as np
from scipy import ndimage

from digitcore.runs.config import Augmentation

#: Control points of the elastic field along each side.
ELASTIC_GRID = 5


def augment(images: np.ndarray, settings: Augmentation, generator: np.random.Generator) -> np.ndarray:
    """Distort each image of a batch on its own.

    Args:
        images: float32 ``(N, H, W)`` in 0-1, white on black.
        settings: how far.
        generator: the source of chance; the same state gives the same images.

    Returns:
        A new float32 array of the same shape, in 0-1.
    """
    result = _warp(images, settings, generator)
    if settings.thickness:
        result = _change_thickness(result, settings.thickness, generator)
    if settings.noise:
        spread = generator.uniform(0, settings.noise, (len(images), 1, 1)).astype(np.float32)
        result = result + spread * generator.standard_normal(images.shape, dtype=np.float32)
    return np.clip(result, 0, 1)


def _warp(images: np.ndarray, settings: Augmentation, generator: np.random.Generator) -> np.ndarray:
    count, height, width = images.shape
    rows, columns = np.meshgrid(np.arange(height), np.arange(width), indexing="ij")
    centre = np.array([(height - 1) / 2, (width - 1) / 2])
    offsets = np.stack([rows.ravel(), columns.ravel()]) - centre[:, None]

    source = _inverse_affine(count, settings, generator) @ offsets
    source += centre[:, None] + generator.uniform(-settings.shift, settings.shift, (count, 2, 1))
    if settings.elastic:
        controls = generator.uniform(-settings.elastic, settings.elastic, (count, 2, ELASTIC_GRID, ELASTIC_GRID))
        rows_basis, columns_basis = _spline_basis(height), _spline_basis(width)
        source += (rows_basis @ controls @ columns_basis.T).reshape(count, 2, -1)

    which = np.repeat(np.arange(count), height * width)
    coordinates = np.stack([which, source[:, 0].ravel(), source[:, 1].ravel()])
    return ndimage.map_coordinates(images, coordinates, order=1, mode="constant", prefilter=False).reshape(images.shape)


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
    """Blend each image with its grey dilation or erosion by a plus-shaped pixel neighbourhood."""
    padded = np.pad(images, ((0, 0), (1, 1), (1, 1)))
    neighbours = [images, padded[:, :-2, 1:-1], padded[:, 2:, 1:-1], padded[:, 1:-1, :-2], padded[:, 1:-1, 2:]]
    weight = generator.uniform(-amount, amount, (len(images), 1, 1)).astype(np.float32)
    # Eroding takes away more of a thin stroke than dilating adds, so it goes half as far.
    grown = weight * (np.maximum.reduce(neighbours) - images)
    shrunk = 0.5 * weight * (images - np.minimum.reduce(neighbours))
    return images + np.where(weight > 0, grown, shrunk)
