"""Find what may be a digit in a picture: rows of pieces, and the groups of neighbouring pieces that may be one digit.

Strokes that surely belong together are joined, and a shape that is too wide for one digit is cut where its stroke is thin. What
is left open, such as whether a stem belongs to the 4 beside it, is decided by what a network makes of each group; see
``networks/reading.py``.
"""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from digitcore.geometry import Box, gap, inside, union
from digitcore.preprocessing.mnist_style import edge_distances

#: A shape lower than the first share of the tallest one is a dot, a comma or a stray stroke, and not a digit; up to the second
#: share, it is a digit if it is higher than so many widths of its broadest stroke.
LEAST_HEIGHT_SHARE, SURE_HEIGHT_SHARE, MIN_STROKE_WIDTHS = 0.08, 0.3, 2.6
#: A part of less than this share of its neighbour's height is a piece of it, if it is near enough.
PIECE_SHARE = 0.6
#: Only this many parts are considered, the largest: more would be texture, not writing.
MAX_PARTS = 120
#: Boxes that share more than this part of the smaller one are one digit: the first if one is a piece, the second for two that
#: are as high as each other, since slanted digits reach into each other's boxes.
PIECE_OVERLAP, WHOLE_OVERLAP = 0.1, 0.5
#: A shape that reaches into the one below by at most this share of its height lies above it.
SLIGHT_OVERLAP = 0.15
#: Shapes stand in one row if they share this part of the lower one's height.
ROW_OVERLAP = 0.4
#: How near a piece must be, as a share of the taller part's height.
NEAR_SHARE = 0.25
#: Neighbours with a wider gap than this, as a share of the row's height, are never one digit ...
WIDEST_GAP = 0.3
#: ... and neither is a group wider than this.
WIDEST_DIGIT = 1.6
#: At most so many pieces make one digit; a shape is cut at most once less.
MAX_PIECES = 5
#: A piece wider than this, as a share of its height, may be several digits that touch.
CUT_WIDTH = 0.95
#: It is cut where a column has at most this share of the ink of a usual column.
THIN = 0.75
#: Log odds against a join, for each height of the row between the pieces.
JOIN_COST = 4.0
#: Log odds against a digit that is wider than usual, for each height more.
WIDE_COST, USUAL_WIDTH = 5.0, 1.4
#: Log odds against a part of a cut shape that is lower than usual, in heights of its row, for each height less.
LOW_COST, USUAL_HEIGHT = 8.0, 0.75
#: Log odds against a new digit that touches the one before, and the gap, as a share of the row's height, from which on it costs
#: nothing.
NEAR_COST, NEAR_GAP = 2.0, 0.15
#: Log odds against a cut: at least the first; a shape not wider than high costs more, by the second for each height.
CUT_COST, NARROW_COST, USUAL_CUT_WIDTH = 0.5, 5.0, 1.5
#: What lies so near to a piece belongs to its soft edge, in pixels.
SOFT_EDGE = 2


@dataclass(frozen=True, kw_only=True, eq=False)
class Piece:
    """Ink that is not divided further: connected parts, or a part of one between two cuts.

    Attributes:
        box: where it is.
        parts: the numbers of the connected parts, in ``Pieces.labels``.
        cut_cost: log odds against the cut that divides it from the piece before; None if there is none.
    """

    box: Box
    parts: tuple[int, ...]
    cut_cost: float | None = None

    @property
    def is_cut(self) -> bool:
        """Whether it was cut off the piece before it."""
        return self.cut_cost is not None


@dataclass(frozen=True, kw_only=True, eq=False)
class Group:
    """Neighbouring pieces of a row that may be one digit.

    Attributes:
        row: the number of the row.
        start: the first piece, by its number in the row.
        stop: the piece after the last one.
        box: where the group is.
        cost: log odds against it, at least 0, from the gaps alone: those between its pieces, and the one before it.
    """

    row: int
    start: int
    stop: int
    box: Box
    cost: float


@dataclass(frozen=True, kw_only=True, eq=False)
class Pieces:
    """All that may be read in a picture.

    Attributes:
        labels: int32 ``(H, W)``, the number of the connected part at each pixel of ink, 0 elsewhere.
        rows: the pieces, row by row, each row from left to right.
        groups: what may be one digit; every piece is in at least one of them.
        too_many: whether there are more connected parts than ``MAX_PARTS``, of which the largest are here.
    """

    labels: np.ndarray
    rows: tuple[tuple[Piece, ...], ...]
    groups: tuple[Group, ...]
    too_many: bool = False

    def ink_of(self, group: Group, pixels: np.ndarray) -> np.ndarray:
        """The ink of a group, without that of its neighbours.

        Args:
            group: one of ``groups``.
            pixels: float32 ``(H, W)``, the ink of the whole picture.

        Returns:
            float32, the size of the group's box and of ``SOFT_EDGE`` around it, as far as the picture reaches.
        """
        row = self.rows[group.row]
        pieces = row[group.start : group.stop]
        around = widened(group.box, self.labels.shape)
        ink, labels = inside(pixels, around), inside(self.labels, around)
        own = np.isin(labels, [part for piece in pieces for part in piece.parts])
        # What lies beyond a cut belongs to a neighbour.
        if pieces[0].is_cut:
            own[:, : pieces[0].box.left - around.left] = False
        if group.stop < len(row) and row[group.stop].is_cut:
            own[:, pieces[-1].box.right - around.left :] = False
        if own.sum() == np.count_nonzero(labels):
            return ink
        near = cv2.dilate(own.astype(np.uint8), np.ones((2 * SOFT_EDGE + 1,) * 2, np.uint8)) > 0
        return np.where(near & (own | (labels == 0)), ink, 0)


def find_pieces(mask: np.ndarray) -> Pieces:
    """The pieces of ink in a bool ``(H, W)`` mask, and what may be one digit.

    Example:
        >>> mask = np.zeros((20, 30), bool)
        >>> mask[5:15, 4:8] = mask[5:15, 20:24] = True
        >>> [group.box.left for group in find_pieces(mask).groups]
        [4, 20]
    """
    _, labels, statistics, _ = cv2.connectedComponentsWithStats(mask.view(np.uint8))
    parts = [
        Piece(box=Box(left=x, top=y, right=x + width, bottom=y + height), parts=(number,))
        for number, (x, y, width, height, _) in enumerate(statistics[1:].tolist(), start=1)
    ]
    pieces = _join_pieces(sorted(parts, key=lambda piece: -piece.box.area)[:MAX_PARTS])
    tallest = max((piece.box.height for piece in pieces), default=0)
    rows = []
    for row in _reading_order([piece for piece in pieces if _may_be_a_digit(piece, tallest, labels)]):
        rows.append(tuple(part for piece in row for part in _parts_of(piece, labels)))
    groups = [group for number, row in enumerate(rows) for group in _groups(number, row)]
    return Pieces(labels=labels, rows=tuple(rows), groups=tuple(groups), too_many=len(parts) > MAX_PARTS)


def _may_be_a_digit(piece: Piece, tallest: int, labels: np.ndarray) -> bool:
    """Whether a piece is high enough, in relation to the others or else to its own strokes."""
    height = piece.box.height
    if not LEAST_HEIGHT_SHARE * tallest <= height < SURE_HEIGHT_SHARE * tallest:
        return height >= LEAST_HEIGHT_SHARE * tallest
    own = np.isin(inside(labels, piece.box), piece.parts)
    return height >= MIN_STROKE_WIDTHS * 2 * float(edge_distances(own).max())


def _groups(number: int, row: Sequence[Piece]) -> list[Group]:
    """The groups of neighbouring pieces that are near enough and not too wide for one digit."""
    height = max(piece.box.height for piece in row)
    groups = []
    for start, first in enumerate(row):
        box, cost = first.box, _cost_of_a_new_digit(row, start, height)
        low = _cost_of_a_low_part(row, start, start + 1, box.height / height)
        groups.append(Group(row=number, start=start, stop=start + 1, box=box, cost=cost + low))
        for stop in range(start + 2, min(start + MAX_PIECES, len(row)) + 1):
            piece = row[stop - 1]
            distance = 0.0 if piece.is_cut else max(0, piece.box.left - row[stop - 2].box.right) / height
            box, cost = union(box, piece.box), cost + JOIN_COST * distance
            whole = all(part.is_cut for part in row[start + 1 : stop])
            if distance > WIDEST_GAP or (box.width > WIDEST_DIGIT * height and not whole):
                break
            too_wide = WIDE_COST * max(0.0, box.width / height - USUAL_WIDTH)
            low = _cost_of_a_low_part(row, start, stop, box.height / height)
            groups.append(Group(row=number, start=start, stop=stop, box=box, cost=cost + too_wide + low))
    return groups


def _cost_of_a_low_part(row: Sequence[Piece], start: int, stop: int, height: float) -> float:
    is_part = row[start].is_cut or (stop < len(row) and row[stop].is_cut)
    return LOW_COST * max(0.0, USUAL_HEIGHT - height) if is_part else 0.0


def _cost_of_a_new_digit(row: Sequence[Piece], start: int, height: int) -> float:
    if not start:
        return 0.0
    if (cost := row[start].cut_cost) is not None:
        return cost
    distance = max(0, row[start].box.left - row[start - 1].box.right) / height
    return NEAR_COST * max(0.0, 1 - distance / NEAR_GAP)


def _parts_of(piece: Piece, labels: np.ndarray) -> list[Piece]:
    """A piece, cut where its stroke is thin if it is too wide for one digit."""
    box = piece.box
    if box.width <= CUT_WIDTH * box.height or box.height < 12:
        return [piece]
    own = np.isin(inside(labels, box), piece.parts)
    columns = own.sum(axis=0)
    thin = columns <= THIN * columns.mean()
    least = max(3, round(0.2 * box.height))
    cuts, last = [], 0
    for column in range(least, box.width - least + 1):
        window = columns[max(0, column - least // 2) : column + least // 2 + 1]
        if thin[column] and columns[column] == window.min() and column - last >= least:
            cuts.append(column)
            last = column
    edges = [0, *cuts[: MAX_PIECES - 1], box.width]
    cost = CUT_COST + NARROW_COST * max(0.0, USUAL_CUT_WIDTH - box.width / box.height)
    parts = []
    for left, right in itertools.pairwise(edges):
        rows = np.flatnonzero(own[:, left:right].any(axis=1))
        if not len(rows):
            continue
        part = Box(left=box.left + left, top=box.top + int(rows[0]), right=box.left + right, bottom=box.top + int(rows[-1]) + 1)
        parts.append(Piece(box=part, parts=piece.parts, cut_cost=cost if parts else None))
    return parts


def widened(box: Box, shape: tuple[int, ...]) -> Box:
    """A box with the soft edge of its ink, as far as the picture of that (height, width) reaches."""
    return Box(
        left=max(0, box.left - SOFT_EDGE),
        top=max(0, box.top - SOFT_EDGE),
        right=min(shape[1], box.right + SOFT_EDGE),
        bottom=min(shape[0], box.bottom + SOFT_EDGE),
    )


def _join_pieces(pieces: list[Piece]) -> list[Piece]:
    """Join what surely is one digit, beginning with the tallest."""
    pieces, done = sorted(pieces, key=lambda piece: -piece.box.height), False
    while not done:
        done, left = True, pieces
        pieces = []
        while left:
            piece, *left = left
            near = [other for other in left if _belong_together(piece.box, other.box)]
            for other in near:
                piece = Piece(box=union(piece.box, other.box), parts=piece.parts + other.parts)
            left = [other for other in left if other not in near]
            pieces.append(piece)
            done = done and not near
    return pieces


def _belong_together(first: Box, second: Box) -> bool:
    across, down = gap(first, second)
    tall = max(first.height, second.height)
    piece = min(first.height, second.height) < PIECE_SHARE * tall
    if across < 0 and down < 0:  # one reaches into the other, as the bar of a 5 or an unclosed 0 does
        shared = across * down / min(first.area, second.area)
        if shared > (PIECE_OVERLAP if piece else WHOLE_OVERLAP):
            return True
        if -down > SLIGHT_OVERLAP * min(first.height, second.height):
            return False
    above = -across > 0.3 * min(first.width, second.width)
    if above:
        return down < (NEAR_SHARE if piece else 0.1) * tall
    return piece and across < 0.5 * NEAR_SHARE * tall and down < 0


def _reading_order(pieces: list[Piece]) -> list[list[Piece]]:
    """Rows from top to bottom, each from left to right."""
    rows: list[list[Piece]] = []
    for piece in sorted(pieces, key=lambda piece: piece.box.top + piece.box.bottom):
        row = rows[-1] if rows else []
        if any(-gap(piece.box, other.box)[1] >= ROW_OVERLAP * min(piece.box.height, other.box.height) for other in row):
            row.append(piece)
        else:
            rows.append([piece])
    return [sorted(row, key=lambda piece: piece.box.left) for row in rows]
