"""Other pens: a digit's skeleton is inked anew, thin or thick, round or calligraphic, dotted or with varying pressure."""

import cv2
import numpy as np

from digitcore.training.augmentation.canvas import Canvas

#: The widths of the pens, in pixels of the canvas: half to twice MNIST's usual ones.
NARROWEST, WIDEST = 1.0, 9.0


def change_pen(canvas: Canvas, generator: np.random.Generator) -> None:
    """Ink a digit anew with a pen chosen at random."""
    if len(canvas.points) < 8:
        return
    width = float(np.exp(generator.uniform(np.log(NARROWEST), np.log(WIDEST))))
    kind = generator.random()
    if kind < 0.5:
        canvas.ink = _round_pen(canvas.skeleton, width / 2)
    elif kind < 0.7:
        canvas.ink = _round_pen(canvas.skeleton, width / 2 * _pressure(canvas.skeleton.shape, generator))
    elif kind < 0.88:
        canvas.ink = _broad_pen(canvas.skeleton, max(width, 3), generator)
    else:
        canvas.ink = _dotted(canvas, generator)


def _round_pen(skeleton: np.ndarray, radius: float | np.ndarray) -> np.ndarray:
    """Everything nearer to the skeleton than the radius, with a soft edge."""
    distance = cv2.distanceTransform(1 - skeleton, cv2.DIST_L2, cv2.DIST_MASK_5)
    return (np.clip(radius + 0.5 - distance, 0, 1) * 255).astype(np.uint8)


def _pressure(shape: tuple[int, ...], generator: np.random.Generator) -> np.ndarray:
    """A factor of the pen's width that varies smoothly over the canvas, 0.4 to 1.6."""
    coarse = generator.uniform(0.4, 1.6, (4, 4)).astype(np.float32)
    return np.clip(cv2.resize(coarse, shape[::-1], interpolation=cv2.INTER_CUBIC), 0.4, 1.6)


def _broad_pen(skeleton: np.ndarray, width: float, generator: np.random.Generator) -> np.ndarray:
    """A pen with a broad edge, held at an angle, as in calligraphy."""
    side = 2 * int(np.ceil(width / 2)) + 1
    nib = np.zeros((side, side), np.uint8)
    centre = (side // 2, side // 2)
    axes = (max(1, round(width / 2)), max(1, round(width * generator.uniform(0.1, 0.25))))
    cv2.ellipse(nib, centre, axes, generator.uniform(-70, 70), 0, 360, 1, -1)
    return cv2.GaussianBlur(cv2.dilate(skeleton, nib) * 255, (3, 3), 0.6)


def _dotted(canvas: Canvas, generator: np.random.Generator) -> np.ndarray:
    """Dots along the skeleton, near enough to be read as a line."""
    radius = generator.uniform(1, 2.6)
    spacing = radius * generator.uniform(2.1, 3.2)
    free = np.ones(len(canvas.points), bool)
    dots = np.zeros_like(canvas.skeleton)
    for index in generator.permutation(len(canvas.points)):
        if free[index]:
            point = canvas.points[index]
            dots[int(point[1]), int(point[0])] = 1
            free &= ((canvas.points - point) ** 2).sum(axis=1) > spacing**2
    return _round_pen(dots, radius)
