"""Which groups of pieces are read: the path with the best product of confidences and odds."""

import numpy as np
import pytest

from digitcore.geometry import Box
from digitcore.networks.reading import best_groups
from digitcore.preprocessing.segmentation import Group, Piece

ROW = tuple(Piece(box=Box(left=10 * i, top=0, right=10 * i + 8, bottom=20), parts=(i + 1,)) for i in range(3))


def group(start, stop, cost=0.0, row=0):
    return Group(row=row, start=start, stop=stop, box=ROW[start].box, cost=cost)


@pytest.mark.parametrize(
    ("apart", "together", "cost", "expected"),
    [
        ((0.9, 0.9), 0.99, 0.0, [2]),  # 0.81 against 0.99
        ((0.99, 0.99), 0.5, 0.0, [0, 1]),
        ((0.9, 0.9), 0.99, 1.0, [0, 1]),  # 0.99 divided by e is less than 0.81
        ((0.3, 0.99), 0.4, 0.0, [2]),
    ],
)
def test_two_pieces(apart, together, cost, expected):
    """Two pieces are one digit if that is more probable than two digits, after the odds against the join."""
    groups = [group(0, 1), group(1, 2), group(0, 2, cost)]
    chosen, odds = best_groups([ROW[:2]], groups, np.array([*apart, together]))
    assert chosen == expected
    wanted = np.log(together) - cost if expected == [2] else np.log(apart[0] * apart[1])
    assert odds == pytest.approx(wanted)


def test_three_pieces_and_two_rows():
    """Each row has its own path, in reading order, and the odds add up."""
    groups = [group(0, 1), group(1, 2), group(2, 3), group(0, 2), group(1, 3), group(0, 1, row=1)]
    confidences = np.array([0.9, 0.2, 0.9, 0.3, 0.95, 0.6])
    chosen, odds = best_groups([ROW, ROW[:1]], groups, confidences)
    assert chosen == [0, 4, 5]
    assert odds == pytest.approx(np.log(0.9 * 0.95 * 0.6))


def test_nothing_to_read():
    """Without pieces there is nothing."""
    assert best_groups([], [], np.zeros(0)) == ([], 0.0)
