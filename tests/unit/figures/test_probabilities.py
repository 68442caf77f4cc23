"""What the charts show."""

import numpy as np
import pytest

from digitcore.figures.palette import BEST, OTHERS
from digitcore.figures.probabilities import probability_chart


@pytest.fixture
def chart():
    probabilities = np.zeros(10)
    probabilities[[3, 5, 8]] = 0.9, 0.096, 0.004
    return probability_chart(probabilities)


def test_ten_bars(chart):
    """There is a bar for each digit, as high as its probability."""
    (bars,) = chart.data
    assert list(bars.x) == list(range(10))
    assert bars.y[3] == 0.9
    assert sum(bars.y) == pytest.approx(1)


def test_best_guess_stands_out(chart):
    """The best guess has a colour of its own."""
    assert [i for i, colour in enumerate(chart.data[0].marker.color) if colour == BEST] == [3]
    assert set(chart.data[0].marker.color) == {BEST, OTHERS}


def test_small_probabilities_have_no_label(chart):
    """Bars of at least half a percent are labelled, the others are not."""
    labels = dict(enumerate(chart.data[0].text))
    assert {digit: text for digit, text in labels.items() if text} == {3: "90%", 5: "10%"}


def test_axis_is_the_same_for_all(chart):
    """The axis always runs from 0 to 1, so that two charts can be compared."""
    assert tuple(chart.layout.yaxis.range) == (0, 1)


def test_no_probabilities():
    """The zeros of a blank picture make a chart, too."""
    assert not any(probability_chart(np.zeros(10)).data[0].y)
