"""The paper: its brightness, whether the light on it is even, and its grain."""

from dataclasses import dataclass

import cv2
import numpy as np

from digitcore.preprocessing.options import ALL_STEPS, Options

#: In a picture whose short side is at most this, in pixels, a digit may fill the rim.
SMALL_SIDE = 64
#: The grain of a drawing or a scan is below this, on the scale 0-1; that of a photograph is above, however plain the paper.
DRAWN_GRAIN = 0.003
#: Log odds of ink and paper in a small picture: below the first, they may be the other way round; the second weighs the number
#: of pieces against the breadth.
OPEN_ODDS, PIECES_WEIGHT = 1.0, 0.7


@dataclass(frozen=True, kw_only=True)
class TwoLevels:
    """The brightness of paper and ink in a picture that has these two levels, and whether it may be the other way round."""

    paper: float
    ink: float
    is_open: bool


def two_levels(picture: np.ndarray) -> TwoLevels | None:
    """Paper and ink of a small picture, in which a digit may fill the box from edge to edge; None without two clear levels.

    Which of the two is the ink, neither the rim nor their shares can tell then. But strokes are narrower than what lies between
    and around them, and they hang together, while a digit that fills its box cuts the paper into corners and holes.
    """
    dark = picture < (picture.min() + picture.max()) / 2
    levels = [float(np.median(picture[part])) for part in (dark, ~dark) if part.any()]
    if len(levels) < 2 or levels[1] - levels[0] < 0.1:
        return None
    spread = 0.3 * (levels[1] - levels[0])
    if np.mean(np.abs(picture - np.where(dark, *levels)) < spread) < 0.7:
        return None
    breadth = np.log([_broadest(part) for part in (dark, ~dark)])
    pieces = np.log([_pieces(part) for part in (dark, ~dark)])
    odds = breadth[0] - breadth[1] + PIECES_WEIGHT * (pieces[0] - pieces[1])  # for the light level being the ink
    ink = int(odds > 0)
    return TwoLevels(paper=levels[1 - ink], ink=levels[ink], is_open=bool(abs(odds) < OPEN_ODDS))


def _broadest(part: np.ndarray) -> float:
    """The largest distance to the other part; what touches the edge goes on beyond it."""
    margin = max(part.shape) // 2
    padded = np.pad(part, margin, mode="edge").view(np.uint8)
    return float(cv2.distanceTransform(padded, cv2.DIST_L2, cv2.DIST_MASK_PRECISE)[margin:-margin, margin:-margin].max())


def _pieces(part: np.ndarray) -> int:
    """The number of connected pieces, without specks; at least 1."""
    areas = cv2.connectedComponentsWithStats(part.view(np.uint8))[2][1:, cv2.CC_STAT_AREA]
    return max(1, int(np.count_nonzero(areas > 2)))


def paper_level(picture: np.ndarray, options: Options = ALL_STEPS) -> tuple[np.ndarray | float, bool]:
    """The background's brightness, and whether it is even: one level for a drawing or a scan, a smooth surface for a photo."""
    height, width = picture.shape
    rim = np.ones_like(picture, dtype=bool)
    edge = max(1, min(height, width) // 12)
    rim[edge:-edge, edge:-edge] = False
    level = float(np.median(picture[rim]))
    # In a small picture, a digit stretched to its box covers much of the rim; in a drawing cut to its ink, nearly all of it.
    on_the_rim = np.mean(np.abs(picture[rim] - level) < 0.01)
    exactly = np.mean(np.abs(picture - level) < 0.001)
    is_small = min(height, width) <= SMALL_SIDE
    if (
        not options.light
        or exactly > 0.5
        or (on_the_rim > (0.5 if is_small else 0.75) and (is_small or grain(picture) < DRAWN_GRAIN))
    ):
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


def without_shadows(picture: np.ndarray) -> np.ndarray:
    """Keep what is brighter than its surroundings and narrower than a third of the picture. This top-hat transform removes
    gradients and the edges of shadows.
    """
    size = max(3, min(picture.shape) // 3) | 1
    strokes = cv2.morphologyEx(picture, cv2.MORPH_TOPHAT, np.ones((size, size), np.uint8), borderType=cv2.BORDER_REFLECT)
    return np.maximum(strokes - np.median(strokes), 0)  # the paper's grain lifts the top-hat everywhere


def grain(difference: np.ndarray) -> float:
    """The standard deviation of the paper's grain, estimated robustly from the differences of neighbouring pixels."""
    steps = np.abs(np.diff(difference, axis=1))
    return float(np.median(steps)) / 0.954  # the median of |a - b| is 0.954 sigma
