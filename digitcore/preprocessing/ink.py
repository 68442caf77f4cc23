"""Find the ink in a grayscale picture: even out the light, separate ink from paper, remove specks, ruled lines and edges."""

from dataclasses import dataclass

import cv2
import numpy as np

from digitcore.geometry import Box, PreprocessingStep, bounding_box, inside
from digitcore.preprocessing.mnist_style import edge_distances
from digitcore.preprocessing.options import ALL_STEPS, Options
from digitcore.preprocessing.paper import SMALL_SIDE, TwoLevels, grain, paper_level, two_levels, without_shadows
from digitcore.preprocessing.rulings import without_rulings

#: Ink and paper must differ by at least this much, on the scale 0-1; for a photograph, times its brightness ...
MIN_CONTRAST = 0.04
#: ... and by this many standard deviations of the paper's own noise.
MIN_SIGNAL_TO_NOISE = 4.0
#: A component below this share of the largest one's area is a speck.
SPECK_SHARE = 0.02
#: An ink box below this share of the picture's long side is a dot.
MIN_INK_SHARE = 0.04
#: What lies so near to the ink belongs to its soft edge: two pixels, not counted diagonally.
NEAR = cv2.dilate(np.pad(np.ones((1, 1), np.uint8), 2), cv2.getStructuringElement(cv2.MORPH_CROSS, (3, 3)), iterations=2)
#: A tile is at least so large, as a share of the picture's long side, fills its rectangle to this share, and has a hole of at
#: least this share of its height; one with more holes than the last share is a frame.
MIN_TILE_SHARE, MIN_RECTANGLE, MIN_HOLE_SHARE, MAX_HOLE_SHARE = 0.15, 0.93, 0.35, 0.35
#: The long side of the working picture, in pixels: a picture up to twice the first is reduced to the first, which is enough for
#: a drawing, a larger one to the second, on which several digits may be small.
DRAWING_SIDE, ANALYSIS_SIDE = 256, 512


@dataclass(frozen=True, kw_only=True, eq=False)
class Ink:
    """The ink of a picture, without its background.

    Attributes:
        pixels: float32 ``(H, W)``, 0 paper to 1 ink; all zero where nothing is written.
        mask: bool ``(H, W)``, the pixels that are surely ink.
        polarity_is_open: whether ink and paper may be the other way round, as in a small picture that a digit fills.
        steps: the preprocessing pictures so far.
        blank_reason: why there is no ink, or None.
        notes: remarks on what was left out.
    """

    pixels: np.ndarray
    mask: np.ndarray
    steps: tuple[PreprocessingStep, ...]
    blank_reason: str | None = None
    notes: tuple[str, ...] = ()
    polarity_is_open: bool = False


def find_ink(picture: np.ndarray, options: Options = ALL_STEPS, *, swapped: bool = False) -> Ink:
    """Separate ink from paper.

    Args:
        picture: float32 ``(H, W)``, 0 black to 1 white; dark on light or light on dark, evenly lit or not.
        options: which steps are done.
        swapped: take for the paper what otherwise is the ink; for small pictures with ``polarity_is_open`` alone.
    """
    working = _reduce(picture)
    steps = [PreprocessingStep(name="Grey", caption="Only brightness counts, not colour.", pixels=working)]

    levels = two_levels(working) if min(working.shape) <= SMALL_SIDE else None
    relief, noise, even = _relief(working, options) if levels is None else (_above(working, levels, swapped), 0.0, True)
    steps.append(
        PreprocessingStep(
            name="Ink",
            caption="The ink becomes white, the paper black." + ("" if even else " Uneven light is removed."),
            pixels=_stretch(relief),
        )
    )

    threshold = _otsu(relief)
    mask = relief > threshold
    contrast = float(np.median(relief[mask])) if mask.any() else 0.0
    # In a dim photograph the contrast is low too, so the limit is scaled with its brightness.
    light = 1.0 if even else max(0.25, float(np.median(working)))
    if contrast < MIN_CONTRAST * light or contrast < MIN_SIGNAL_TO_NOISE * noise:
        return _blank(working, steps, "The picture is blank: nothing stands out from its background.")

    components = _components(mask)
    if turned := _tiles_in_their_own_frame(relief, mask, components):
        relief, mask = turned
        components = _components(mask)
    if options.specks:
        mask = _without_specks(mask, components, at_border=not even)
    box = bounding_box(mask)
    if max(box.width, box.height) < max(3, MIN_INK_SHARE * max(working.shape)) or _is_blob(mask, box):
        return _blank(working, steps, "There is only a dot. Draw a whole digit.")

    # Scale so that the strokes' own level is 1. On real paper, values well below the threshold are texture.
    floor = 0.0 if even else 0.5 * threshold
    full = float(np.percentile(relief[mask], 90)) if even else contrast
    near = cv2.dilate(mask.view(np.uint8), NEAR)
    pixels = np.where(near > 0, np.clip((relief - floor) / max(full - floor, 1e-6), 0, 1), 0).astype(np.float32)
    steps.append(PreprocessingStep(name="Clean", caption="Specks and ruled lines are removed.", pixels=pixels))
    is_open = levels is not None and levels.is_open
    return Ink(pixels=pixels, mask=mask, steps=tuple(steps), polarity_is_open=is_open)


def _components(mask: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The number of the connected part at each pixel, 0 outside, and OpenCV's statistics of each part."""
    _, labels, statistics, _ = cv2.connectedComponentsWithStats(mask.view(np.uint8))
    return labels, statistics


def _tiles_in_their_own_frame(
    relief: np.ndarray, mask: np.ndarray, components: tuple[np.ndarray, np.ndarray]
) -> tuple[np.ndarray, np.ndarray] | None:
    """Relief and mask with filled rectangles turned around, whose holes are the ink; None if there are none.

    Such is a dark tile with a white digit on a white page.
    """
    if min(mask.shape) <= SMALL_SIDE:
        return None
    labels, statistics = components
    found = None
    for number, (left, top, width, height, area) in enumerate(statistics[1:].tolist(), start=1):
        if min(width, height) < MIN_TILE_SHARE * max(mask.shape) or area < 0.5 * width * height:
            continue
        box = Box(left=left, top=top, right=left + width, bottom=top + height)
        own = inside(labels, box) == number
        contours, _ = cv2.findContours(own.view(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
        outline = max(contours, key=cv2.contourArea)
        (_, sides, _) = cv2.minAreaRect(outline)
        filled = np.zeros_like(own, np.uint8)
        cv2.drawContours(filled, [outline], -1, 1, -1)
        holes = (filled > 0) & ~inside(mask, box)
        if filled.sum() < MIN_RECTANGLE * (sides[0] + 1) * (sides[1] + 1) or not holes.any():
            continue
        if bounding_box(holes).height < MIN_HOLE_SHARE * height or holes.sum() > MAX_HOLE_SHARE * filled.sum():
            continue
        relief, mask = found = relief.copy(), mask.copy()
        level = float(np.median(inside(relief, box)[own]))
        core = cv2.erode(filled, np.ones((5, 5), np.uint8)) > 0  # without the tile's own soft edge
        inside(relief, box)[...] = np.where(core, np.maximum(level - inside(relief, box), 0), 0)
        inside(mask, box)[...] = holes & core
    return found


def _is_blob(mask: np.ndarray, box: Box) -> bool:
    """Whether the ink is one solid spot, hardly longer than it is wide, as a tap with a broad pen leaves."""
    spot = inside(mask, box)
    if min(mask.shape) <= SMALL_SIDE or spot.mean() < 0.5:
        return False
    broadest = 2 * float(edge_distances(spot).max())
    return max(box.width, box.height) < 1.5 * broadest


def _above(working: np.ndarray, levels: TwoLevels, swapped: bool) -> np.ndarray:
    """How far each pixel of a picture with two levels stands out from the paper towards ink."""
    paper, ink = (levels.ink, levels.paper) if swapped else (levels.paper, levels.ink)
    sign = 1.0 if ink > paper else -1.0
    return np.maximum(sign * (working - paper), 0)


def _relief(working: np.ndarray, options: Options) -> tuple[np.ndarray, float, bool]:
    """How far each pixel stands out from the background towards ink, the noise in it, and whether the background is even."""
    paper, even = paper_level(working, options)
    difference = working - paper
    # The strokes are the far outliers, so the third moment has their sign.
    sign = 1.0 if np.sum(difference**3) > 0 else -1.0
    if even:
        relief, noise = np.maximum(sign * difference, 0), 0.0
        if options.rulings and min(working.shape) > SMALL_SIDE:
            relief = without_rulings(relief, noise, broadest=max(4, min(working.shape) // 40))
        return relief, noise, even
    blur = max(0.7, min(working.shape) / 250)
    noise = grain(difference) / (2 * np.sqrt(np.pi) * blur)  # the paper's grain that remains after the blur
    relief = without_shadows(cv2.GaussianBlur(sign * working, (0, 0), blur, borderType=cv2.BORDER_REFLECT))
    if options.rulings:
        relief = without_rulings(relief, noise, broadest=None)
    return relief, noise, even


def _reduce(picture: np.ndarray) -> np.ndarray:
    longest = max(picture.shape)
    side = DRAWING_SIDE if longest <= 2 * DRAWING_SIDE else ANALYSIS_SIDE
    # A long strip keeps the height of its digits.
    side = max(side, min(longest, round(SMALL_SIDE * longest / min(picture.shape))))
    if longest <= side:
        return picture.astype(np.float32)
    size = [max(1, round(length * side / longest)) for length in reversed(picture.shape)]
    return cv2.resize(picture.astype(np.float32), size, interpolation=cv2.INTER_AREA)


def _otsu(values: np.ndarray) -> float:
    """Otsu's threshold ("A threshold selection method from gray-level histograms", 1979)."""
    lowest, highest = float(values.min()), float(values.max())
    if lowest == highest:
        return highest
    counts = cv2.calcHist([values], [0], None, [256], [lowest, np.nextafter(np.float32(highest), np.float32(np.inf))]).ravel()
    edges = np.linspace(lowest, highest, 257)
    centres = (edges[:-1] + edges[1:]) / 2
    below, total = np.cumsum(counts), np.cumsum(counts * centres)
    above = below[-1] - below
    with np.errstate(divide="ignore", invalid="ignore"):
        between = below * above * (total / below - (total[-1] - total) / above) ** 2
    return float(edges[1 + np.nanargmax(between[:-1])])


def _without_specks(mask: np.ndarray, components: tuple[np.ndarray, np.ndarray], *, at_border: bool) -> np.ndarray:
    """Remove specks and, in a photo, what touches the border, provided that something large enough remains."""
    labels, statistics = components
    areas = statistics[:, cv2.CC_STAT_AREA].copy()
    areas[0] = 0
    keep = areas >= max(2, SPECK_SHARE * areas.max())
    keep[0] = False
    if at_border:
        rim = np.unique(np.concatenate([labels[0], labels[-1], labels[:, 0], labels[:, -1]]))
        inside = keep.copy()
        inside[rim] = False
        if areas[inside].max(initial=0) >= 0.25 * areas.max():
            keep = inside & (areas >= SPECK_SHARE * areas[inside].max())
    return keep[labels] if keep.any() else mask


def _blank(working: np.ndarray, steps: list[PreprocessingStep], reason: str) -> Ink:
    nothing = np.zeros_like(working)
    return Ink(pixels=nothing, mask=nothing.astype(bool), steps=tuple(steps), blank_reason=reason)


def _stretch(relief: np.ndarray) -> np.ndarray:
    return relief / max(float(relief.max()), 1e-6)
