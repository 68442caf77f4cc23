"""The figure of accuracy against size: its dots, its intervals, and labels that collide with nothing."""

import itertools

import numpy as np
import pytest

from digitcore.evaluation.intervals import wilson
from digitcore.figures.accuracy import MAX_LABELS, ModelPoint, accuracy_chart, labelled
from digitcore.figures.labels import NARROW, place_labels


def model(title, x, right, count=10_000, *, is_leading=True):
    return ModelPoint(title=title, x=x, accuracy=wilson(right, count), is_leading=is_leading)


def overlaps(boxes):
    """The pairs of (left, right, bottom, top) that overlap."""
    return [(a, b) for a, b in itertools.combinations(boxes, 2) if a[0] < b[1] and b[0] < a[1] and a[2] < b[3] and b[2] < a[3]]


@pytest.mark.parametrize("width", [NARROW, 400, 1100])
@pytest.mark.parametrize("length", [5, 30, 64])
@pytest.mark.parametrize("seed", range(5))
def test_no_labels_overlap(width, length, seed):
    """Twelve titles, however long and wherever their points are, cover neither each other nor leave the plot."""
    generator = np.random.default_rng(seed)
    titles = [f"{number} " + "m" * 9 + " " + "x" * (length - 3) for number in range(12)]
    shares = generator.choice([0.05, 0.5, 0.52, 0.95], 12) if seed else np.full(12, 0.5)
    tops = generator.uniform(100, 230, 12)
    labels = place_labels(titles, shares, [(top - 50, top) for top in tops])
    lefts = [label.share * width + label.shift for label in labels]
    boxes = [
        (left, left + label.right - label.left, label.bottom, label.top) for left, label in zip(lefts, labels, strict=True)
    ]
    assert overlaps(boxes) == []
    if length < 30:
        assert all(left >= 0 and right <= width for left, right, *_ in boxes)
    assert all(label.bottom >= top for label, top in zip(labels, tops, strict=True))


def test_overlaps_are_found():
    """The test of the layout sees two boxes that collide."""
    assert len(overlaps([(0, 10, 0, 10), (5, 15, 5, 15), (20, 30, 0, 10)])) == 1


def test_dots_and_bars():
    """Each dot is at its size and accuracy, with the bounds of its interval; the best model's group is apart."""
    others, leading = accuracy_chart([model("A", 100, 9900), model("B", 50, 9000, is_leading=False)], x_title="size").data
    assert (list(leading.x), list(leading.y), list(others.x), list(others.y)) == ([100], [0.99], [50], [0.9])
    interval = wilson(9900, 10_000)
    assert leading.y[0] + leading.error_y.array[0] == pytest.approx(interval.high)
    assert leading.y[0] - leading.error_y.arrayminus[0] == pytest.approx(interval.low)
    assert leading.marker.color != others.marker.color


@pytest.mark.parametrize("count", [1, 4])
def test_few_images(count):
    """The bars of a model without a mistake have a length, and no tick is above 100 %."""
    figure = accuracy_chart([model("A", 100, count, count)], x_title="size")
    assert figure.data[1].error_y.arrayminus[0] > 0.1
    assert max(figure.layout.yaxis.tickvals) == 1
    assert [annotation.text for annotation in figure.layout.annotations] == ["A"]


def test_labels_of_many_models():
    """Few models all have a label; of 200, those that no other one beats in both size and accuracy."""
    assert len(labelled([model(f"{number}", 10, 5000 + number) for number in range(MAX_LABELS)])) == MAX_LABELS
    many = [model(f"{number}", 1000 - number % 5, 5000 + number) for number in range(200)]
    kept = labelled(many)
    assert "199" in [point.title for point in kept]
    for point in kept:
        assert not any(other.x < point.x and other.accuracy.value >= point.accuracy.value for other in many)
    assert len(accuracy_chart(many, x_title="size").layout.annotations) == len(kept) <= MAX_LABELS
