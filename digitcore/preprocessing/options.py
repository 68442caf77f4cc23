"""Which steps of the preprocessing are done: all of them, unless somebody wants to see what one is good for."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Options:
    """The steps that can be left out.

    Attributes:
        light: remove uneven light; if not, every picture counts as evenly lit.
        rulings: remove the lines of ruled and squared paper.
        specks: remove specks and, from a photograph, what touches its border.
        stroke_width: bring the strokes to a usual width.
        centring: put the centre of mass in the middle of the image; if not, the middle of the digit's box.
    """

    light: bool = True
    rulings: bool = True
    specks: bool = True
    stroke_width: bool = True
    centring: bool = True


ALL_STEPS = Options()
