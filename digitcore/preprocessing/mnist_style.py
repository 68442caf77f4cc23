"""Turn the ink of one digit into a 28x28 image like MNIST's.

MNIST's own recipe (LeCun et al., 1998): the digit's box is scaled to fit 20x20 pixels with its aspect ratio kept, which
adds grey levels, and is placed in 28x28 with its centre of mass in the middle. ``ink.py`` finds the ink in a picture first.
"""

import cv2
import numpy as np

from digitcore.geometry import PreprocessingStep, bounding_box
from digitcore.preprocessing.options import ALL_STEPS, Options

#: Part of every model's card; increased whenever the same picture would become a different 28x28 image.
PREPROCESSING_VERSION = 2

SIDE, BOX_SIDE = 28, 20
#: The stroke width is measured and changed at this size of the box.
WORKING_BOX_SIDE = 80

#: Strokes are widened or thinned to this range, in pixels of the 20-pixel box: the 5th and 95th percentiles of MNIST's
#: training images.
STROKE_WIDTHS = (2.1, 4.0)


def to_mnist(ink: np.ndarray, options: Options = ALL_STEPS) -> tuple[np.ndarray, tuple[PreprocessingStep, ...]]:
    """Crop, scale and centre one digit.

    Args:
        ink: float32 ``(H, W)``, 0 paper to 1 ink, with at least one pixel of ink.
        options: which steps are done.

    Returns:
        The float32 ``(28, 28)`` image, white on black in 0-1, and the steps that lead to it; the last step is that image.
    """
    box = bounding_box(ink > 0.1)
    cropped = ink[box.top : box.bottom, box.left : box.right]
    even = _reduce(cropped)
    if options.stroke_width:
        even = _adjust_stroke_width(even)
    box = bounding_box(even > 0.1)
    even = even[box.top : box.bottom, box.left : box.right]
    scaled = _fit(even)
    centred = centre(scaled, by_mass=options.centring)
    return centred, (
        PreprocessingStep(name="Crop", caption="The digit is cut out.", pixels=cropped),
        PreprocessingStep(
            name="Scale", caption=f"Its longer side gets {BOX_SIDE} pixels, its strokes a usual width.", pixels=scaled
        ),
        PreprocessingStep(
            name="28 × 28", caption="Its centre of mass is in the middle. This is what the network sees.", pixels=centred
        ),
    )


def stroke_width(mask: np.ndarray) -> float:
    """The mean width of the strokes in a bool mask, in pixels.

    Across a bar of width w the distance to its edge averages about (w + 2) / 4.
    """
    distances = edge_distances(mask)
    return max(1.0, 4 * float(distances[distances > 0].mean()) - 2)


def edge_distances(mask: np.ndarray) -> np.ndarray:
    """For each pixel of a bool ``(H, W)`` mask its distance to the next pixel outside, 0 outside; float32, one pixel is added
    on each side.
    """
    return cv2.distanceTransform(np.pad(mask, 1).view(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)


def _adjust_stroke_width(ink: np.ndarray) -> np.ndarray:
    """Thicken strokes that scaling to 20 pixels would leave too thin to see, and thin those that would close the loops."""
    scale = BOX_SIDE / max(ink.shape)
    mask = ink > 0.5
    if not mask.any():
        return ink
    width = stroke_width(mask)
    wanted = np.clip(width * scale, *STROKE_WIDTHS) / scale
    change = (wanted - width) / 2
    if abs(change) * scale < 0.1:
        return ink
    # Signed distances to the outline, negative inside, move it by `change` and keep its edge smooth.
    margin = int(np.ceil(max(change, 0))) + 1
    mask = np.pad(mask, margin)
    outside, inside = (cv2.distanceTransform(part.view(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE) for part in (~mask, mask))
    moved = np.clip(change + 1 - np.where(mask, 1 - inside, outside), 0, 1).astype(np.float32)
    return moved if moved.max() > 0.5 else ink


def _reduce(ink: np.ndarray) -> np.ndarray:
    """A large crop, reduced to a size at which the strokes' outline is still smooth."""
    scale = WORKING_BOX_SIDE / max(ink.shape)
    if scale >= 1:
        return ink
    height, width = ink.shape
    return cv2.resize(ink, (max(1, round(width * scale)), max(1, round(height * scale))), interpolation=cv2.INTER_AREA)


def _fit(ink: np.ndarray) -> np.ndarray:
    """Scale so that the long side is ``BOX_SIDE``, averaging when it shrinks."""
    height, width = ink.shape
    scale = BOX_SIDE / max(height, width)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    if size == (width, height):
        return ink
    return np.clip(cv2.resize(ink, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC), 0, 1)


def centre(scaled: np.ndarray, *, by_mass: bool = True) -> np.ndarray:
    """Place a float image in black 28x28 with its centre of mass, or its own, in the middle, as far as it fits."""
    height, width = scaled.shape
    moments = cv2.moments(scaled)
    row, column = (moments[name] / max(moments["m00"], 1e-6) for name in ("m01", "m10"))
    if not by_mass:
        row, column = (height - 1) / 2, (width - 1) / 2
    middle = SIDE / 2  # MNIST's images have theirs at (14, 14), counted from 0
    top = int(np.clip(round(middle - row), 0, SIDE - height))
    left = int(np.clip(round(middle - column), 0, SIDE - width))
    canvas = np.zeros((SIDE, SIDE), np.float32)
    canvas[top : top + height, left : left + width] = scaled
    return canvas
