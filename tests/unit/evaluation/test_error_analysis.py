"""Which images a comparison shows."""

import numpy as np

from digitcore.evaluation.error_analysis import disagreements, in_cell, worst_mistakes


def probabilities(*answers):
    """A row for each (answer, how sure), the rest spread evenly."""
    rows = np.zeros((len(answers), 10))
    for row, (answer, sure) in zip(rows, answers, strict=True):
        row[:] = (1 - sure) / 9
        row[answer] = sure
    return rows


LABELS = np.array([3, 3, 3, 3, 7, -1])
READ = probabilities((3, 0.9), (5, 0.6), (5, 0.8), (3, 0.5), (7, 1.0), (2, 0.9))


def test_a_cell_of_mistakes():
    """A cell off the diagonal shows the surest mistakes first."""
    assert in_cell(LABELS, READ, label=3, prediction=5).tolist() == [2, 1]


def test_a_cell_of_right_answers():
    """A cell on the diagonal shows the least sure ones first."""
    assert in_cell(LABELS, READ, label=3, prediction=3).tolist() == [3, 0]


def test_an_empty_cell():
    """A cell without images gives none."""
    assert in_cell(LABELS, READ, label=7, prediction=1).tolist() == []


def test_the_worst_mistakes():
    """The surest mistakes come first; an image without a label cannot be one."""
    assert worst_mistakes(LABELS, READ).tolist() == [2, 1]


def test_disagreements():
    """Only images read differently are there, the ones first of which both models are sure."""
    other = probabilities((3, 0.9), (3, 0.9), (3, 0.9), (8, 0.9), (7, 1.0), (2, 0.9))
    assert disagreements(READ, other).tolist() == [2, 1, 3]
