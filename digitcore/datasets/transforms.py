"""Transformations for augmentation and corruptions: warping, thinner and thicker strokes, and noise."""

import numpy as np
from scipy import ndimage

#: Images that are warped at once; each has 19 kB of coordinates.
CHUNK = 64


def warp(images: np.ndarray, inverse: np.ndarray, shift: np.ndarray, displacement: np.ndarray | None = None) -> np.ndarray:
    """Rotate, stretch, move and bend each image in a single resampling, so that it is blurred only once.

    The pixel at offset ``p`` from the image's centre takes the value at ``inverse @ p + shift + displacement[p]``, linearly
    interpolated; everything outside is black.

    Args:
        images: float32 ``(N, H, W)``.
        inverse: ``(N, 2, 2)``, from output to input (row, column) offsets.
        shift: ``(N, 2)``, in pixels.
        displacement: ``(N, 2, H, W)``, in pixels; None for none.

    Returns:
        float32 ``(N, H, W)``.
    """
    height, width = images.shape[1:]
    rows, columns = np.meshgrid(np.arange(height), np.arange(width), indexing="ij")
    centre = np.array([(height - 1) / 2, (width - 1) / 2])
    offsets = np.stack([rows.ravel(), columns.ravel()]) - centre[:, None]
    warped = np.empty_like(images)
    for start in range(0, len(images), CHUNK):
        part = slice(start, start + CHUNK)
        source = inverse[part] @ offsets
        source += centre[:, None] + shift[part, :, None]
        if displacement is not None:
            source += displacement[part].reshape(source.shape)
        which = np.repeat(np.arange(len(source)), height * width)
        coordinates = np.stack([which, source[:, 0].ravel(), source[:, 1].ravel()])
        values = ndimage.map_coordinates(images[part], coordinates, order=1, mode="constant", prefilter=False)
        warped[part] = values.reshape(-1, height, width)
    return warped


def dilate(images: np.ndarray) -> np.ndarray:
    """Grey dilation ``(N, H, W)``: each pixel becomes the brightest of itself and its four neighbours."""
    return _over_neighbours(np.maximum, images, "edge")


def erode(images: np.ndarray, *, outside: str = "edge") -> np.ndarray:
    """Grey erosion ``(N, H, W)``: each pixel becomes the darkest of itself and its four neighbours.

    Args:
        images: of any numeric type.
        outside: the padding beyond the border, a mode of ``np.pad``: ``"edge"`` repeats the edge, ``"constant"`` is black.
    """
    return _over_neighbours(np.minimum, images, outside)


def _over_neighbours(extreme: np.ufunc, images: np.ndarray, outside: str) -> np.ndarray:
    padded = np.pad(images, ((0, 0), (1, 1), (1, 1)), mode=outside)
    result = extreme(images, padded[:, :-2, 1:-1])
    for neighbours in (padded[:, 2:, 1:-1], padded[:, 1:-1, :-2], padded[:, 1:-1, 2:]):
        extreme(result, neighbours, out=result)
    return result


def add_noise(images: np.ndarray, deviation: np.ndarray | np.float32, generator: np.random.Generator) -> np.ndarray:
    """Add Gaussian noise to every pixel, unclipped.

    Args:
        images: float32 ``(N, H, W)``.
        deviation: float32, a scalar or ``(N, 1, 1)``: the standard deviation, in units of brightness.
        generator: the source of randomness.
    """
    return images + deviation * generator.standard_normal(images.shape, dtype=np.float32)
