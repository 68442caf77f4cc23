"""Find the ink in a grayscale picture: even out the light, separate ink from paper, remove specks, ruled lines and edges."""

from dataclasses import dataclass

import numpy as np
from PIL import Image
from scipy import ndimage

from digitcore.geometry import Box, PreprocessingStep, bounding_box

#: Ink and paper must differ by at least this much, on the scale 0-1; for a photograph, times its brightness ...
MIN_CONTRAST = 0.04
#: ... and by this many standard deviations of the paper's own noise.
MIN_SIGNAL_TO_NOISE = 4.0
#: A component below this share of the largest one's area is a speck.
SPECK_SHARE = 0.02
#: A straight line that can be seen along this share of the picture's height or width is a ruling ...
RULING_SHARE = 0.85
#: ... if its slope from the vertical or horizontal is at most this, in pixels per pixel.
MAX_RULING_SLOPE = 0.04
#: An ink box below this share of the picture's long side is a dot.
MIN_INK_SHARE = 0.04
#: The long side of the working picture, in pixels; larger pictures are reduced to it.
ANALYSIS_SIDE = 256
#: In a picture whose short side is at most this, in pixels, a digit may fill the rim.
SMALL_SIDE = 64


@dataclass(frozen=True, kw_only=True, eq=False)
class Ink:
    """The ink of a picture, without its background.

    Attributes:
        pixels: float32 ``(H, W)``, 0 paper to 1 ink; all zero where nothing is written.
        mask: bool ``(H, W)``, the pixels that are surely ink.
        steps: the preprocessing pictures so far.
        blank_reason: why there is no ink, or None.
    """

    pixels: np.ndarray
    mask: np.ndarray
    steps: tuple[PreprocessingStep, ...]
    blank_reason: str | None = None


def find_ink(picture: np.ndarray) -> Ink:
    """Separate ink from paper.

    Args:
        picture: float32 ``(H, W)``, 0 black to 1 white; dark on light or light on dark, evenly lit or not.
    """
    working = _reduce(picture)
    steps = [PreprocessingStep(name="Grey", caption="Only brightness counts, not colour.", pixels=working)]

    relief, noise, even = _relief(working)
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

    mask = _without_specks(mask, at_border=not even)
    box = bounding_box(mask)
    if max(box.width, box.height) < max(3, MIN_INK_SHARE * max(working.shape)) or _is_blob(mask, box):
        return _blank(working, steps, "There is only a dot. Draw a whole digit.")

    # Scale so that the strokes' own level is 1. On real paper, values well below the threshold are texture.
    floor = 0.0 if even else 0.5 * threshold
    full = float(np.percentile(relief[mask], 90)) if even else contrast
    near = ndimage.binary_dilation(mask, iterations=2)
    pixels = np.where(near, np.clip((relief - floor) / max(full - floor, 1e-6), 0, 1), 0).astype(np.float32)
    steps.append(PreprocessingStep(name="Clean", caption="Specks and ruled lines are removed.", pixels=pixels))
    return Ink(pixels=pixels, mask=mask, steps=tuple(steps))


def _is_blob(mask: np.ndarray, box: Box) -> bool:
    """Whether the ink is one solid spot, hardly longer than it is wide, as a tap with a broad pen leaves."""
    if min(mask.shape) <= SMALL_SIDE:
        return False
    broadest = 2 * float(ndimage.distance_transform_edt(np.pad(mask, 1)).max())
    return max(box.width, box.height) < 1.5 * broadest


def _relief(working: np.ndarray) -> tuple[np.ndarray, float, bool]:
    """How far each pixel stands out from the background towards ink, the noise in it, and whether the background is even."""
    paper, even = _paper(working)
    difference = working - paper
    # The strokes are the far outliers, so the third moment has their sign.
    sign = 1.0 if np.sum(difference**3) > 0 else -1.0
    if even:
        relief, noise = np.maximum(sign * difference, 0), 0.0
        if min(working.shape) > SMALL_SIDE:
            relief = _without_rulings(relief, noise, broadest=max(4, min(working.shape) // 40))
        return relief, noise, even
    blur = max(0.7, min(working.shape) / 250)
    noise = _noise(difference) / (2 * np.sqrt(np.pi) * blur)  # the paper's grain that remains after the blur
    relief = _without_shadows(ndimage.gaussian_filter(sign * working, blur))
    return _without_rulings(relief, noise, broadest=None), noise, even


def _reduce(picture: np.ndarray) -> np.ndarray:
    longest = max(picture.shape)
    if longest <= ANALYSIS_SIDE:
        return picture.astype(np.float32)
    size = [max(1, round(side * ANALYSIS_SIDE / longest)) for side in reversed(picture.shape)]
    return np.asarray(Image.fromarray(picture.astype(np.float32)).resize(size, Image.Resampling.BOX))


def _paper(picture: np.ndarray) -> tuple[np.ndarray | float, bool]:
    """The background's brightness, and whether it is even: one level for a drawing or a scan, a smooth surface for a photo."""
    height, width = picture.shape
    rim = np.ones_like(picture, dtype=bool)
    edge = max(1, min(height, width) // 12)
    rim[edge:-edge, edge:-edge] = False
    level = float(np.median(picture[rim]))
    # In a small picture, a digit stretched to its box covers much of the rim; in a drawing cut to its ink, nearly all of it.
    on_the_rim = np.mean(np.abs(picture[rim] - level) < 0.01)
    exactly = np.mean(np.abs(picture - level) < 0.001)
    if on_the_rim > (0.5 if min(height, width) <= SMALL_SIDE else 0.75) or exactly > 0.5:
        return level, True

    rows, columns = np.meshgrid(np.linspace(-1, 1, height), np.linspace(-1, 1, width), indexing="ij")
    terms = np.stack([np.ones_like(rows), rows, columns, rows * columns, rows**2, columns**2], axis=-1)
    design, target = terms[rim], picture[rim]
    weights = np.ones_like(target)
    for _ in range(8):  # least absolute deviations by reweighting, so that a stroke at the edge does not bend the surface
        root = np.sqrt(weights)[:, None]
        coefficients = np.linalg.lstsq(design * root, target * root[:, 0], rcond=None)[0]
        weights = 1 / np.maximum(np.abs(target - design @ coefficients), 0.01)
    return (terms @ coefficients).astype(np.float32), False


def _without_shadows(picture: np.ndarray) -> np.ndarray:
    """Keep what is brighter than its surroundings and narrower than a third of the picture. This top-hat transform removes
    gradients and the edges of shadows.
    """
    size = max(3, min(picture.shape) // 3) | 1
    strokes = ndimage.white_tophat(picture, (size, size))
    return np.maximum(strokes - np.median(strokes), 0)  # the paper's grain lifts the top-hat everywhere


def _without_rulings(relief: np.ndarray, noise: float, *, broadest: int | None) -> np.ndarray:
    """Remove the lines of ruled or squared paper: straight, nearly vertical or horizontal, and running from edge to edge.

    Lines wider than ``broadest`` pixels stay: in a drawing they are strokes. None, for a photo, removes lines of any width.
    """
    result = relief.copy()
    least = max(2 * noise, 0.08 * float(relief.max()))
    for view, cleaned in ((relief, result), (relief.T, result.T)):
        height, width = view.shape
        rows, end = np.arange(height)[:, None], max(1, height // 25)
        if view[:end].max() <= least or view[-end:].max() <= least:
            continue  # nothing runs from end to end
        reach = max(1, round(MAX_RULING_SLOPE * height))
        for drift in range(-reach, reach + 1):
            # Lines that drift by this many columns from top to bottom become columns.
            columns = (np.arange(width) + np.round(drift * (rows / max(height - 1, 1) - 0.5)).astype(int)) % width
            levels = view[rows, columns]
            visible = levels > least
            through = visible[:end].any(axis=0) & visible[-end:].any(axis=0) & (visible.mean(axis=0) >= RULING_SHARE)
            if broadest:
                runs, _ = ndimage.label(through)
                through &= np.bincount(runs)[runs] <= broadest
            for column in np.flatnonzero(through):
                # Remove its soft edges too, but keep clearly stronger values: ink that crosses it.
                beside = (columns[:, column, None] + np.arange(-1, 2)) % width
                faint = view[rows, beside] < 1.5 * np.median(levels[:, column])
                cleaned[rows, beside] = np.where(faint, 0, cleaned[rows, beside])
    return result


def _noise(difference: np.ndarray) -> float:
    """The standard deviation of the paper's grain, estimated robustly from the differences of neighbouring pixels."""
    steps = np.abs(np.diff(difference, axis=1))
    return float(np.median(steps)) / 0.954  # the median of |a - b| is 0.954 sigma


def _otsu(values: np.ndarray) -> float:
    """Otsu's threshold ("A threshold selection method from gray-level histograms", 1979)."""
    if np.ptp(values) == 0:
        return float(values.max())
    counts, edges = np.histogram(values, bins=256)
    centres = (edges[:-1] + edges[1:]) / 2
    below, total = np.cumsum(counts), np.cumsum(counts * centres)
    above = below[-1] - below
    with np.errstate(divide="ignore", invalid="ignore"):
        between = below * above * (total / below - (total[-1] - total) / above) ** 2
    return float(edges[1 + np.nanargmax(between[:-1])])


def _without_specks(mask: np.ndarray, *, at_border: bool) -> np.ndarray:
    """Remove specks and, in a photo, what touches the border, provided that something large enough remains."""
    labels, count = ndimage.label(mask, structure=np.ones((3, 3)))
    areas = np.bincount(labels.ravel(), minlength=count + 1)
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
