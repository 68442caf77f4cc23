"""Turn a picture into the images that networks read. All networks read the same images, so they can share them."""

from dataclasses import dataclass, replace
from functools import reduce

import numpy as np

from digitcore.geometry import PreprocessingStep, inside, union
from digitcore.preprocessing.ink import Ink, find_ink
from digitcore.preprocessing.mnist_style import to_mnist
from digitcore.preprocessing.options import ALL_STEPS, Options
from digitcore.preprocessing.pictures import ImageSource, Picture, load_picture
from digitcore.preprocessing.segmentation import MAX_PARTS, Group, Piece, find_pieces, widened


@dataclass(frozen=True, kw_only=True, eq=False)
class Prepared:
    """A picture that is ready for any network.

    Attributes:
        size: the original's (height, width), pixels.
        working_size: (height, width) of the working picture, in which all boxes lie.
        rows: the pieces of ink, row by row; empty for a blank picture.
        groups: neighbouring pieces that may be one digit; which of them are, a network decides.
        images: float32 ``(len(groups), 28, 28)``, white on black in 0-1.
        steps: the preprocessing pictures in order, one tuple for each group; for a blank picture one tuple of the steps done.
        blank_reason: why there is nothing to read, or None.
        notes: remarks on how the picture was read.
        swapped: the same picture with ink for paper and paper for ink, where that may be right too; a network decides.
    """

    size: tuple[int, int]
    working_size: tuple[int, int]
    rows: tuple[tuple[Piece, ...], ...]
    groups: tuple[Group, ...]
    images: np.ndarray
    steps: tuple[tuple[PreprocessingStep, ...], ...]
    blank_reason: str | None
    notes: tuple[str, ...]
    swapped: "Prepared | None" = None

    def without_steps(self) -> "Prepared":
        """The same without the pictures of the steps, which take most of the memory."""
        swapped = self.swapped and self.swapped.without_steps()
        return replace(self, steps=((),) * len(self.steps), swapped=swapped)


def prepare(image: ImageSource, options: Options = ALL_STEPS) -> Prepared:
    """Find what may be digits in a picture, and turn each into an image like MNIST's.

    Args:
        image: a path, the bytes of a file, a PIL image, or a uint8 array ``(H, W)``, ``(H, W, 3)`` or ``(H, W, 4)``.
        options: which steps are done.

    Raises:
        ImageError: the picture cannot be used; see ``pictures.load_picture``.
    """
    picture = load_picture(image)
    ink = find_ink(picture.pixels, options)
    prepared = _prepare(picture, ink, options)
    if ink.polarity_is_open:
        swapped = find_ink(picture.pixels, options, swapped=True)
        prepared = replace(prepared, swapped=_prepare(picture, swapped, options))
    return prepared


def _prepare(picture: Picture, ink: Ink, options: Options) -> Prepared:
    pieces = find_pieces(ink.mask)
    notes = picture.notes + ink.notes
    if pieces.too_many:
        notes += (f"More than {MAX_PARTS} shapes were found; the largest {MAX_PARTS} were read.",)
    crops = [to_mnist(pieces.ink_of(group, ink.pixels), options) for group in pieces.groups]
    return Prepared(
        size=picture.size,
        working_size=ink.mask.shape,
        rows=pieces.rows,
        groups=pieces.groups,
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
    box = reduce(union, (group.box for group in find_pieces(ink.mask).groups))
    return to_mnist(inside(ink.pixels, widened(box, ink.mask.shape)))[0]
