"""Decide which groups of pieces are the digits of a picture, by what a network makes of each group.

In each row, the best path is chosen: groups that follow each other, whose product of confidences, with the odds of the gaps
between their pieces, is the largest. Source: the segmentation graph of LeCun, Bottou, Bengio and Haffner, "Gradient-based
learning applied to document recognition", Proc. IEEE 86 (1998), section VI.
"""

from collections import defaultdict
from collections.abc import Sequence

import numpy as np

from digitcore.preprocessing.segmentation import Group, Piece


def best_groups(rows: Sequence[Sequence[Piece]], groups: Sequence[Group], confidences: np.ndarray) -> tuple[list[int], float]:
    """The numbers of the groups that are read, in reading order, and the log odds of this reading.

    Args:
        rows: the pieces, row by row.
        groups: what may be one digit.
        confidences: ``(len(groups),)``, the network's probability of its best guess for each group.
    """
    ending: dict[tuple[int, int], list[int]] = defaultdict(list)
    for number, group in enumerate(groups):
        ending[group.row, group.stop].append(number)
    chosen: list[int] = []
    total = 0.0
    for row, pieces in enumerate(rows):
        scores, paths = [0.0], [[]]
        for stop in range(1, len(pieces) + 1):
            options = []
            for number in ending[row, stop]:
                group = groups[number]
                score = scores[group.start] + float(np.log(max(confidences[number], 1e-6))) - group.cost
                options.append((score, number))
            score, number = max(options)
            scores.append(score)
            paths.append([*paths[groups[number].start], number])
        chosen += paths[-1]
        total += scores[-1]
    return chosen, total
