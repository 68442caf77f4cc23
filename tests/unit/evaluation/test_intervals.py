"""Confidence intervals, by the bootstrap and in closed form."""

import numpy as np
import pytest
from scipy import stats
from sklearn import metrics as sklearn_metrics

from digitcore.evaluation.intervals import confidence_intervals, wilson
from tests.unit.evaluation.random_cases import random_case


@pytest.mark.parametrize(("right", "count"), [(0, 1), (1, 1), (4, 4), (0, 10), (81, 263), (380, 400), (9951, 10_000)])
def test_accuracy_has_the_interval_of_wilson(right, count):
    """It is SciPy's, and it never collapses to a point: that of 4 of 4 begins at 51 %."""
    expected = stats.binomtest(right, count).proportion_ci(0.95, method="wilson")
    labels = np.arange(count) % 10
    answers = np.where(np.arange(count) < right, labels, (labels + 1) % 10)
    interval = confidence_intervals(labels, np.eye(10)[answers])["accuracy"]
    assert (interval.value, interval.low, interval.high) == (right / count, expected.low, expected.high)
    assert interval.low < interval.high


@pytest.mark.parametrize(
    ("right", "count", "low", "high"),
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_published_intervals(right, count, low, high):
    """R. G. Newcombe, "Two-sided confidence intervals for the single proportion" (Statistics in Medicine, 1998), table I."""
    assert (wilson(right, count).low, wilson(right, count).high) == pytest.approx((low, high), abs=5e-5)


@pytest.mark.parametrize("count", [1, 4, 99])
def test_few_images(count):
    """With fewer images than the bootstrap needs, only the accuracy has an interval."""
    assert set(confidence_intervals(*random_case("all digits", count))) == {"accuracy"}


def test_interval_is_that_of_a_plain_bootstrap():
    """The bounds are those of drawing images one resample at a time and asking scikit-learn, but for the luck of the draw."""
    labels, probabilities = random_case("all digits", 250)
    answers, generator = probabilities.argmax(axis=1), np.random.default_rng(99)
    drawn = [generator.integers(250, size=250) for _ in range(500)]
    plain = [sklearn_metrics.f1_score(labels[chosen], answers[chosen], average="macro") for chosen in drawn]
    interval = confidence_intervals(labels, probabilities)["f1"]
    low, high = np.percentile(plain, [2.5, 97.5])
    tolerance = 0.3 * np.std(plain)
    assert (interval.low, interval.high) == (pytest.approx(low, abs=tolerance), pytest.approx(high, abs=tolerance))


@pytest.mark.parametrize("right", [0, 140])
def test_no_interval_has_the_width_zero(right):
    """A metric that every resample gives the same value has no interval, but for the accuracy."""
    labels = np.arange(140) % 10
    predictions = labels if right else (labels + 1) % 10
    intervals = confidence_intervals(labels, np.eye(10)[predictions])
    assert intervals["accuracy"] == wilson(right, 140)
    assert "f1" not in intervals
    assert all(interval.low < interval.high for interval in intervals.values())


def test_intervals_can_be_repeated():
    """The same seed gives the same intervals, another seed others."""
    case = random_case("all digits")
    first = confidence_intervals(*case, samples=100, seed=1)
    assert first == confidence_intervals(*case, samples=100, seed=1)
    assert first != confidence_intervals(*case, samples=100, seed=2)


def test_more_images_than_fit_at_once(monkeypatch):
    """Resamples made in parts are as many, and their bounds are close to those made at once."""
    case = random_case("all digits")
    whole = confidence_intervals(*case)["f1"]
    monkeypatch.setattr("digitcore.evaluation.intervals.MAX_WEIGHTS", 90 * 300)
    parts = confidence_intervals(*case)["f1"]
    assert (parts.low, parts.high) == (pytest.approx(whole.low, abs=0.02), pytest.approx(whole.high, abs=0.02))
