"""Remove the lines of ruled and squared paper."""

import cv2
import numpy as np
from scipy import ndimage

#: A straight line that can be seen along this share of the picture's height or width is a ruling ...
RULING_SHARE = 0.85
#: ... if its slope from the vertical or horizontal is at most this, in pixels per pixel.
MAX_RULING_SLOPE = 0.04
#: A removed line leaves a gap in the strokes of at most this many pixels, less one.
GAP = 7


def without_rulings(relief: np.ndarray, noise: float, *, broadest: int | None) -> np.ndarray:
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
        # A stroke that a line has crossed is whole again: what lies between ink on both sides of it is ink.
        across = np.ones((1, GAP), np.uint8) if view is relief else np.ones((GAP, 1), np.uint8)
        mended = cv2.morphologyEx(result, cv2.MORPH_CLOSE, across)
        np.copyto(result, np.minimum(relief, mended), where=(result == 0) & (relief > 0))
    return result
