"""Turn a picture into the images that networks read. All networks read the same images, so they can share them."""

from dataclasses import dataclass, replace
from functools import reduce

import numpy as np

from digitcore.geometry import Box, PreprocessingStep, inside, union
from digitcore.preprocessing.ink import find_ink
from digitcore.preprocessing.mnist_style import to_mnist
from digitcore.preprocessing.pictures import ImageSource, load_picture
from digitcore.preprocessing.segmentation import find_digits

#: At most this many digits of a picture are read, the largest.
MAX_DIGITS = 64


@dataclass(frozen=True, kw_only=True, eq=False)
class Prepared:
    """A picture that is ready for any network.

    Attributes:
        size: the original's (height, width), pixels.
        working_size: (height, width) of the working picture, in which the boxes lie.
        boxes: what to read, in the working picture: the only digit; or all digits as one box, then each digit. Empty for a
            blank picture.
        images: float32 ``(N, 28, 28)``, white on black in 0-1, one for each box.
        steps: the preprocessing pictures in order, one tuple for each box; for a blank picture one tuple of the steps done.
        blank_reason: why there is nothing to read, or None.
        notes: remarks on how the picture was read.
    """

    size: tuple[int, int]
    working_size: tuple[int, int]
    boxes: tuple[Box, ...]
    images: np.ndarray
    steps: tuple[tuple[PreprocessingStep, ...], ...]
    blank_reason: str | None
    notes: tuple[str, ...]

    @property
    def digits(self) -> tuple[Box, ...]:
        """The boxes of the single digits."""
        return self.boxes if len(self.boxes) == 1 else self.boxes[1:]

    def without_steps(self) -> "Prepared":
        """The same without the pictures of the steps, which take most of the memory."""
        return replace(self, steps=((),) * len(self.steps))


def prepare(image: ImageSource) -> Prepared:
    """Find the digits in a picture and turn each into an image like MNIST's.

    Args:
        image: a path, the bytes of a file, a PIL image, or a uint8 array ``(H, W)``, ``(H, W, 3)`` or ``(H, W, 4)``.

    Raises:
        ImageError: the picture cannot be used; see ``pictures.load_picture``.
    """
    picture = load_picture(image)
    ink = find_ink(picture.pixels)
    notes, boxes = picture.notes, [] if ink.blank_reason else find_digits(ink.mask)
    if len(boxes) > MAX_DIGITS:
        notes += (f"More than {MAX_DIGITS} shapes were found; the largest {MAX_DIGITS} were read.",)
        largest = set(sorted(boxes, key=lambda box: box.area)[-MAX_DIGITS:])
        boxes = [box for box in boxes if box in largest]
    if len(boxes) > 1:
        boxes = [reduce(union, boxes), *boxes]
    crops = [to_mnist(inside(ink.pixels, box)) for box in boxes]
    return Prepared(
        size=picture.size,
        working_size=ink.mask.shape,
        boxes=tuple(boxes),
        images=np.stack([image for image, _ in crops]) if crops else np.zeros((0, 28, 28), np.float32),
        steps=tuple(ink.steps + steps for _, steps in crops) or (ink.steps,),
        blank_reason=ink.blank_reason,
        notes=notes,
    )


def as_one_digit(image: ImageSource) -> np.ndarray | None:
    """The image of a picture that is known to show one digit: float32 ``(28, 28)`` in 0-1; None if the picture is blank.

    Raises:
        ImageError: the picture cannot be used; see ``pictures.load_picture``.
    """
    ink = find_ink(load_picture(image).pixels)
    if ink.blank_reason:
        return None
    return to_mnist(inside(ink.pixels, reduce(union, find_digits(ink.mask))))[0]
