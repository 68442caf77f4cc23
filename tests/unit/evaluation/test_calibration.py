"""Reliability diagrams and the expected calibration error."""

import numpy as np
import pytest

from digitcore.evaluation.calibration import fit_temperature, reliability


def answers(confidences, right):
    """Probabilities of models that say 0 with a confidence; the label is 0 where that is right, else 1."""
    confidences = np.array(confidences, float)
    probabilities = np.repeat((1 - confidences)[:, None] / 9, 10, axis=1)
    probabilities[:, 0] = confidences
    return np.where(right, 0, 1), probabilities


def test_worked_by_hand():
    """Two of four right at 0.9 and one of one at 0.5: (4 · |0.5 - 0.9| + |1 - 0.5|) / 5."""
    found = reliability(*answers([0.9] * 4 + [0.5], [True, True, False, False, True]), bins=10)
    assert found.expected_calibration_error == pytest.approx((4 * 0.4 + 0.5) / 5)
    assert found.counts.tolist() == [0, 0, 0, 0, 1, 0, 0, 0, 4, 0]
    assert found.accuracy[8] == 0.5
    assert found.confidence[8] == pytest.approx(0.9)
    assert np.isnan(found.accuracy[0])


def test_against_the_definition():
    """The error is the sum over the bins of the share of images times |accuracy - confidence|."""
    generator = np.random.default_rng(0)
    probabilities = generator.dirichlet(np.full(10, 0.2), 500)
    labels = generator.integers(10, size=500)
    sure, right, expected = probabilities.max(axis=1), probabilities.argmax(axis=1) == labels, 0.0
    for low, high in zip(np.linspace(0, 1, 16)[:-1], np.linspace(0, 1, 16)[1:], strict=True):
        inside = (sure > low) & (sure <= high)
        if inside.any():
            expected += inside.mean() * abs(right[inside].mean() - sure[inside].mean())
    assert reliability(labels, probabilities).expected_calibration_error == pytest.approx(expected, abs=1e-12)


def test_edges():
    """Certainty falls into the last bin and a bin holds its upper edge."""
    found = reliability(*answers([1.0, 0.5], [True, True]), bins=2)
    assert found.counts.tolist() == [1, 1]


def test_nothing_labelled():
    """Without labelled images there is no error to give."""
    found = reliability(np.array([-1, 12]), np.eye(10)[:2])
    assert found.expected_calibration_error is None
    assert found.counts.sum() == 0


@pytest.mark.parametrize("temperature", [0.5, 1.0, 3.0])
def test_temperature_is_found(temperature):
    """Where labels were drawn from the probabilities, sharpening these by a temperature is undone by the same temperature."""
    generator = np.random.default_rng(0)
    honest = generator.dirichlet(np.full(10, 0.3), 20_000)
    labels = np.array([generator.choice(10, p=each) for each in honest])
    shown = honest**temperature / (honest**temperature).sum(axis=1, keepdims=True)
    assert fit_temperature(labels, shown) == pytest.approx(temperature, rel=0.06)
