"""Random distortions of training images, a batch at a time in NumPy.

Affine and elastic distortion follow Simard, Steinkraus and Platt, "Best practices for convolutional neural networks applied to
visual document analysis" (ICDAR 2003).
"""

import numpy as np
from scipy import ndimage

from digitcore.datasets.transforms import add_noise, dilate, erode, warp
from digitcore.runs.config import Augmentation
from digitcore.training.augmentation.canvas import Canvas, to_image
from digitcore.training.augmentation.damage import damage
from digitcore.training.augmentation.pens import change_pen
from digitcore.training.augmentation.styles import STYLES, add_style

#: Control points of the elastic field along each side.
ELASTIC_GRID = 5


def augment(
    images: np.ndarray, settings: Augmentation, generator: np.random.Generator, labels: np.ndarray | None = None
) -> np.ndarray:
    """Distort each image of a batch at random.

    Args:
        images: float32 ``(N, 28, 28)`` in 0-1, white on black.
        settings: the largest amount of each distortion, or the share of the images that it changes.
        generator: the source of randomness; the same state gives the same images.
        labels: the digits, ``(N,)``, which ``settings.styles`` needs; an image that shows none has a label above 9.

    Returns:
        A new float32 array of the same shape, in 0-1.
    """
    result = _rewrite(images, settings, generator, labels)
    result = _warp(result, settings, generator)
    if settings.thickness:
        result = _change_thickness(result, settings.thickness, generator)
    if settings.damage:
        result = np.stack(
            [
                damage(image, result[i - 1], generator) if generator.random() < settings.damage else image
                for i, image in enumerate(result)
            ]
        )
    if settings.noise:
        deviation = generator.uniform(0, settings.noise, (len(images), 1, 1)).astype(np.float32)
        result = add_noise(result, deviation, generator)
    return np.clip(result, 0, 1)


def _rewrite(
    images: np.ndarray, settings: Augmentation, generator: np.random.Generator, labels: np.ndarray | None
) -> np.ndarray:
    """Write some of the digits in another way, with another pen, or stretched towards a square."""
    if not (settings.styles or settings.pens or settings.stretch):
        return images
    result = images.copy()
    for i, (style, pen, stretch) in enumerate(generator.random((len(images), 3))):
        has_styles = labels is not None and int(labels[i]) in STYLES
        changes = has_styles and style < settings.styles, pen < settings.pens, stretch < settings.stretch
        if not any(changes):
            continue
        canvas = Canvas.of(images[i])
        if changes[0]:
            add_style(canvas, int(labels[i]), generator)
        if changes[1]:
            change_pen(canvas, generator)
        written = to_image(canvas.ink, stretch=generator.uniform(0.2, 1) if changes[2] else 0.0)
        if written is not None:
            result[i] = written
    return result


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
