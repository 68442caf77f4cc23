"""Find the boxes of the digits in a picture.

Strokes that belong together are joined, parts too small for a digit are dropped, and the rest is put in reading order.
When in doubt, a digit is kept whole, because a picture of one digit is the usual case.
"""

import cv2
import numpy as np

from digitcore.geometry import Box, gap, union

#: A group of less than this share of the tallest one's height is not a digit but a dot, a comma or a stray stroke.
MIN_HEIGHT_SHARE = 0.3
#: A part of less than this share of its neighbour's height is a piece of it, if it is near enough.
PIECE_SHARE = 0.6
#: Only this many parts are considered, the largest: more would be texture, not writing.
MAX_PARTS = 100
#: How near a piece must be, as a share of the taller part's height.
NEAR_SHARE = 0.25


def find_digits(mask: np.ndarray) -> list[Box]:
    """The boxes of the digits in a bool ``(H, W)`` mask of ink, row by row, each row from left to right.

    Example:
        >>> mask = np.zeros((20, 30), bool)
        >>> mask[5:15, 4:8] = mask[5:15, 20:24] = True
        >>> [box.left for box in find_digits(mask)]
        [4, 20]
    """
    _, _, statistics, _ = cv2.connectedComponentsWithStats(mask.view(np.uint8))
    boxes = [Box(left=x, top=y, right=x + width, bottom=y + height) for x, y, width, height, _ in statistics[1:].tolist()]
    boxes = _join_pieces(sorted(boxes, key=lambda box: -box.area)[:MAX_PARTS])
    tallest = max((box.height for box in boxes), default=0)
    return _reading_order([box for box in boxes if box.height >= MIN_HEIGHT_SHARE * tallest])


def _join_pieces(boxes: list[Box]) -> list[Box]:
    """Join the boxes that are pieces of one digit, beginning with the tallest."""
    boxes = sorted(boxes, key=lambda box: -box.height)
    joined = True
    while joined:
        joined = False
        for i, first in enumerate(boxes):
            for second in boxes[i + 1 :]:
                if _belong_together(first, second):
                    boxes.remove(second)
                    boxes[i] = union(first, second)
                    joined = True
                    break
            if joined:
                break
    return boxes


def _belong_together(first: Box, second: Box) -> bool:
    across, down = gap(first, second)
    tall = max(first.height, second.height)
    if across < 0 and down < 0:  # one reaches into the other, as the bar of a 5 or an unclosed 0 does
        shared = across * down
        return shared > 0.1 * min(first.width * first.height, second.width * second.height)
    piece = min(first.height, second.height) < PIECE_SHARE * tall
    above = -across > 0.3 * min(first.width, second.width)
    if above:
        return down < (NEAR_SHARE if piece else 0.1) * tall
    return piece and across < 0.5 * NEAR_SHARE * tall and down < 0


def _reading_order(boxes: list[Box]) -> list[Box]:
    rows: list[list[Box]] = []
    for box in sorted(boxes, key=lambda box: box.top + box.bottom):
        row = rows[-1] if rows else None
        if row and box.top + box.bottom < 2 * max(other.bottom for other in row):
            row.append(box)
        else:
            rows.append([box])
    return [box for row in rows for box in sorted(row, key=lambda box: box.left)]
