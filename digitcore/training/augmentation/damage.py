"""What happens to digits on paper and in cameras: blur, noise, faint ink, gaps, stains, other digits nearby, compression."""

from collections.abc import Callable

import cv2
import numpy as np

from digitcore.preprocessing.mnist_style import SIDE

Damage = Callable[[np.ndarray, np.ndarray, np.random.Generator], np.ndarray]


def damage(image: np.ndarray, other: np.ndarray, generator: np.random.Generator) -> np.ndarray:
    """Damage an image in one or two ways.

    Args:
        image: float32 ``(28, 28)`` in 0-1, white on black.
        other: another digit, which may reach in from the side.
        generator: the source of randomness.

    Returns:
        A new float32 array of the same shape; values may leave 0-1.
    """
    for index in generator.choice(len(KINDS), generator.integers(1, 3), replace=False, p=SHARES):
        image = KINDS[index](image, other, generator)
    return image


def _blurred(image: np.ndarray, other: np.ndarray, generator: np.random.Generator) -> np.ndarray:
    return cv2.GaussianBlur(image, (0, 0), generator.uniform(0.4, 2.0))


def _noisy(image: np.ndarray, other: np.ndarray, generator: np.random.Generator) -> np.ndarray:
    return image + np.float32(generator.uniform(0.05, 0.45)) * generator.standard_normal(image.shape, dtype=np.float32)


def _speckled(image: np.ndarray, other: np.ndarray, generator: np.random.Generator) -> np.ndarray:
    """Single pixels turn white or black."""
    chosen = generator.random(image.shape) < generator.uniform(0.01, 0.1)
    return np.where(chosen, generator.integers(0, 2, image.shape).astype(np.float32), image)


def _faint(image: np.ndarray, other: np.ndarray, generator: np.random.Generator) -> np.ndarray:
    """Less contrast, on a background that is not quite black."""
    contrast = np.float32(generator.uniform(0.25, 0.8))
    return generator.uniform(0, 1 - contrast) + contrast * image


def _saturated(image: np.ndarray, other: np.ndarray, generator: np.random.Generator) -> np.ndarray:
    """Two levels, or nearly, as after a threshold."""
    darkest, spread = image.min(), max(float(np.ptp(image)), 0.05)
    level, gain = generator.uniform(0.2, 0.6), generator.uniform(3, 20)
    return np.clip(0.5 + gain * ((image - darkest) / spread - level), 0, 1)


def _coarse(image: np.ndarray, other: np.ndarray, generator: np.random.Generator) -> np.ndarray:
    """Fewer pixels, mostly with two levels, as a small scan has."""
    left, top, width, height = cv2.boundingRect((image > 0.15).astype(np.uint8))
    if not width:
        return image
    cells = generator.uniform(9, 18) / 20
    size = max(2, round(width * cells)), max(2, round(height * cells))
    small = cv2.resize(image[top : top + height, left : left + width], size, interpolation=cv2.INTER_AREA)
    if generator.random() < 0.7:
        small = (small > generator.uniform(0.25, 0.55)).astype(np.float32)
    method = cv2.INTER_NEAREST if generator.random() < 0.4 else cv2.INTER_LINEAR
    result = np.zeros_like(image)
    result[top : top + height, left : left + width] = cv2.resize(small, (width, height), interpolation=method)
    return result


def _broken(image: np.ndarray, other: np.ndarray, generator: np.random.Generator) -> np.ndarray:
    """Gaps of one or two pixels in the strokes."""
    image = image.copy()
    rows, columns = np.nonzero(image > 0.5)
    for _ in range(generator.integers(1, 4) if len(rows) else 0):
        index = generator.integers(len(rows))
        cv2.circle(image, (int(columns[index]), int(rows[index])), int(generator.integers(1, 3)), 0, -1)
    return image


def _crossed_out(image: np.ndarray, other: np.ndarray, generator: np.random.Generator) -> np.ndarray:
    """A thin line over the image, white or black, as a ruling or a scratch leaves."""
    image = image.copy()
    start, stop = generator.integers(0, SIDE, (2, 2))
    if generator.random() < 0.6:  # from edge to edge
        axis = generator.integers(2)
        start[axis], stop[axis] = 0, SIDE - 1
        stop[1 - axis] = start[1 - axis] + generator.integers(-2, 3)
    value = 0.0 if generator.random() < 0.4 else float(generator.uniform(0.3, 1))
    cv2.line(image, start.tolist(), stop.tolist(), value, 1)
    return image


def _covered(image: np.ndarray, other: np.ndarray, generator: np.random.Generator) -> np.ndarray:
    """A patch is missing."""
    image = image.copy()
    height, width = generator.integers(3, 8, 2)
    top, left = generator.integers(2, SIDE - 9, 2)
    image[top : top + height, left : left + width] = 0
    return image


def _stained(image: np.ndarray, other: np.ndarray, generator: np.random.Generator) -> np.ndarray:
    """A spot or two beside the digit."""
    image = image.copy()
    for _ in range(generator.integers(1, 3)):
        x, y = generator.integers(1, SIDE - 1, 2).tolist()
        cv2.circle(image, (x, y), int(generator.integers(0, 2)), float(generator.uniform(0.5, 1)), -1)
    return image


def _with_neighbours(image: np.ndarray, other: np.ndarray, generator: np.random.Generator) -> np.ndarray:
    """Another digit reaches in from the left or the right."""
    reach = int(generator.integers(2, 7))
    columns = np.flatnonzero(other.max(axis=0) > 0.3)
    if not len(columns):
        return image
    piece = np.zeros_like(image)
    if generator.random() < 0.5:
        piece[:, :reach] = other[:, max(0, columns[-1] - reach + 1) : columns[-1] + 1][:, -reach:]
    else:
        piece[:, SIDE - reach :] = other[:, columns[0] : columns[0] + reach]
    return np.maximum(image, piece)


def _compressed(image: np.ndarray, other: np.ndarray, generator: np.random.Generator) -> np.ndarray:
    """JPEG at low quality."""
    pixels = np.round(np.clip(image, 0, 1) * 255).astype(np.uint8)
    _, data = cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, int(generator.integers(5, 50))])
    return cv2.imdecode(data, cv2.IMREAD_GRAYSCALE).astype(np.float32) / 255


def _unevenly_lit(image: np.ndarray, other: np.ndarray, generator: np.random.Generator) -> np.ndarray:
    """The ink is weaker on one side, or there is a glow in the background."""
    corners = generator.uniform(0, 1, (2, 2)).astype(np.float32)
    ramp = cv2.resize(corners, (SIDE, SIDE), interpolation=cv2.INTER_LINEAR)
    return image * (0.35 + 0.65 * ramp) if generator.random() < 0.6 else np.maximum(image, 0.4 * ramp)


#: Each kind of damage and how often it is chosen, in relation to the others.
_WEIGHTS: dict[Damage, float] = {
    _blurred: 3,
    _noisy: 3,
    _speckled: 1,
    _faint: 1.5,
    _saturated: 1,
    _coarse: 3,
    _broken: 1.5,
    _crossed_out: 1,
    _covered: 1,
    _stained: 1,
    _with_neighbours: 1.5,
    _compressed: 0.7,
    _unevenly_lit: 1,
}
KINDS = tuple(_WEIGHTS)
SHARES = np.array(list(_WEIGHTS.values())) / sum(_WEIGHTS.values())
