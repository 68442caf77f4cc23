"""One digit on a canvas of twice MNIST's resolution, to draw on: its ink, its skeleton, and the ends of its strokes."""

from functools import cached_property

import cv2
import numpy as np
from skimage.morphology import skeletonize

from digitcore.preprocessing.mnist_style import BOX_SIDE, SIDE, centre

#: The canvas has so many pixels for each of the image's, in each direction.
ZOOM = 2
#: Coordinates are passed to OpenCV in sixteenths of a pixel.
SHIFT = 4
_NEIGHBOURS = np.ones((3, 3), np.float32)


class Canvas:
    """The ink of one digit, white on black, and what is measured on it.

    Points are ``(x, y)`` in pixels of the canvas.

    Args:
        ink: uint8 ``(56, 56)``, or of any other size.
    """

    def __init__(self, ink: np.ndarray) -> None:
        self.ink = ink

    @classmethod
    def of(cls, image: np.ndarray) -> "Canvas":
        """An image float32 ``(28, 28)`` in 0-1, enlarged."""
        side = SIDE * ZOOM
        return cls(cv2.resize(np.round(image * 255).astype(np.uint8), (side, side), interpolation=cv2.INTER_CUBIC))

    @cached_property
    def skeleton(self) -> np.ndarray:
        """uint8, 1 on lines of one pixel in the middle of the strokes (Zhang and Suen, 1984)."""
        return skeletonize(self.ink > 127).astype(np.uint8)

    @cached_property
    def pen(self) -> float:
        """The mean width of the strokes, pixels: the area of the ink over the length of its skeleton."""
        length = np.count_nonzero(self.skeleton)
        return float(np.clip(self.ink.sum() / 255 / max(length, 1), 1, 12))

    @cached_property
    def points(self) -> np.ndarray:
        """The points of the skeleton, ``(N, 2)``."""
        rows, columns = np.nonzero(self.skeleton)
        return np.stack([columns, rows], axis=1).astype(np.float32)

    @cached_property
    def ends(self) -> np.ndarray:
        """The points where a stroke ends, ``(N, 2)``: they have one neighbour on the skeleton."""
        neighbours = cv2.filter2D(self.skeleton, cv2.CV_8U, _NEIGHBOURS, borderType=cv2.BORDER_CONSTANT)
        rows, columns = np.nonzero((neighbours == 2) & (self.skeleton > 0))
        return np.stack([columns, rows], axis=1).astype(np.float32)

    @property
    def box(self) -> tuple[float, float, float, float]:
        """The left, top, width and height of the skeleton."""
        left, top = self.points.min(axis=0)
        width, height = np.ptp(self.points, axis=0)
        return float(left), float(top), float(width), float(height)

    def end(self, dx: float, dy: float) -> np.ndarray:
        """The end of a stroke that lies furthest in a direction; where there is none, the furthest point."""
        among = self.ends if len(self.ends) else self.points
        return among[np.argmax(among @ (dx, dy))]

    def line(self, *points: np.ndarray | tuple[float, float], pen: float | None = None) -> None:
        """Draw a line through the points, as thick as the digit's strokes unless told otherwise."""
        path = np.round(np.asarray(points, np.float32) * 2**SHIFT).astype(np.int32)
        width = max(1, round(self.pen if pen is None else pen))
        cv2.polylines(self.ink, [path], False, 255, width, cv2.LINE_AA, SHIFT)

    def arc(self, centre: tuple[float, float], radii: tuple[float, float], turn: float, start: float, stop: float) -> None:
        """Draw an arc of an ellipse, angles in degrees, clockwise."""
        x, y = (round(value * 2**SHIFT) for value in centre)
        axes = tuple(max(1, round(radius * 2**SHIFT)) for radius in radii)
        cv2.ellipse(self.ink, (x, y), axes, turn, start, stop, 255, max(1, round(self.pen)), cv2.LINE_AA, SHIFT)

    def erase(self, point: np.ndarray, radius: float) -> None:
        """Erase a round spot."""
        x, y = (round(float(value) * 2**SHIFT) for value in point)
        cv2.circle(self.ink, (x, y), max(1, round(radius * 2**SHIFT)), 0, -1, cv2.LINE_AA, SHIFT)


def to_image(ink: np.ndarray, *, stretch: float = 0.0) -> np.ndarray | None:
    """Fit ink into MNIST's frame: the long side 20 pixels, the centre of mass in the middle of 28x28.

    Args:
        ink: uint8 ``(H, W)``.
        stretch: how far the shorter side grows towards the longer one, 0-1; 1 fills a square.

    Returns:
        float32 ``(28, 28)`` in 0-1; None if there is no ink.
    """
    left, top, width, height = cv2.boundingRect((ink > 40).astype(np.uint8))
    if not width:
        return None
    longest = max(width, height)
    size = [max(1, round(BOX_SIDE * (side / longest) ** (1 - stretch))) for side in (width, height)]
    crop = ink[top : top + height, left : left + width]
    small = cv2.resize(crop, size, interpolation=cv2.INTER_AREA if longest > BOX_SIDE else cv2.INTER_LINEAR)
    return centre(small.astype(np.float32) / 255)
