"""Confidence intervals, by the bootstrap and in closed form."""

import numpy as np
import pytest
from scipy import stats
from sklearn import metrics as sklearn_metrics

from digitcore.evaluation.intervals import bootstrap_intervals, wilson
from tests.unit.evaluation.random_cases import random_case


@pytest.mark.parametrize(("count", "right"), [(400, 380), (2000, 1985), (150, 75)])
def test_accuracy_has_the_binomial_interval(count, right):
    """Resampled accuracy is binomial, so its interval has that distribution's quantiles, but for the luck of the draw."""
    labels = np.arange(count) % 10
    answers = np.where(np.arange(count) < right, labels, (labels + 1) % 10)
    interval = bootstrap_intervals(labels, np.eye(10)[answers], samples=4000)["accuracy"]
    low, high = stats.binom.ppf([0.025, 0.975], count, right / count) / count
    tolerance = 0.15 * np.sqrt(right * (count - right) / count**3) + 1 / count  # of 4,000 draws, and the steps
    assert (interval.value, interval.low, interval.high) == (
        right / count,
        pytest.approx(low, abs=tolerance),
        pytest.approx(high, abs=tolerance),
    )


def test_interval_is_that_of_a_plain_bootstrap():
    """The bounds are those of drawing images one resample at a time and asking scikit-learn, but for the luck of the draw."""
    labels, probabilities = random_case("all digits", 250)
    answers, generator = probabilities.argmax(axis=1), np.random.default_rng(99)
    drawn = [generator.integers(250, size=250) for _ in range(500)]
    plain = [sklearn_metrics.f1_score(labels[chosen], answers[chosen], average="macro") for chosen in drawn]
    interval = bootstrap_intervals(labels, probabilities)["f1"]
    low, high = np.percentile(plain, [2.5, 97.5])
    tolerance = 0.3 * np.std(plain)
    assert (interval.low, interval.high) == (pytest.approx(low, abs=tolerance), pytest.approx(high, abs=tolerance))


@pytest.mark.parametrize("right", [0, 40])
def test_no_interval_has_the_width_zero(right):
    """Where every resample has the same accuracy, it gets Wilson's interval; other metrics of that kind get none."""
    labels = np.arange(40) % 10
    predictions = labels if right else (labels + 1) % 10
    intervals = bootstrap_intervals(labels, np.eye(10)[predictions])
    assert intervals["accuracy"] == wilson(right, 40)
    assert all(interval.low < interval.high for interval in intervals.values())


def test_intervals_can_be_repeated():
    """The same seed gives the same intervals, another seed others."""
    case = random_case("all digits")
    first = bootstrap_intervals(*case, samples=100, seed=1)
    assert first == bootstrap_intervals(*case, samples=100, seed=1)
    assert first != bootstrap_intervals(*case, samples=100, seed=2)


def test_more_images_than_fit_at_once(monkeypatch):
    """Resamples made in parts are as many, and their bounds are close to those made at once."""
    case = random_case("all digits")
    whole = bootstrap_intervals(*case)["accuracy"]
    monkeypatch.setattr("digitcore.evaluation.intervals.MAX_WEIGHTS", 90 * 300)
    parts = bootstrap_intervals(*case)["accuracy"]
    assert (parts.low, parts.high) == (pytest.approx(whole.low, abs=0.02), pytest.approx(whole.high, abs=0.02))


@pytest.mark.parametrize(("right", "count"), [(0, 10), (10, 10), (81, 263), (9951, 10_000)])
def test_wilson(right, count):
    """The closed form is scipy's."""
    expected = stats.binomtest(right, count).proportion_ci(method="wilson")
    found = wilson(right, count)
    assert (found.value, found.low, found.high) == pytest.approx((right / count, expected.low, expected.high), abs=1e-12)
