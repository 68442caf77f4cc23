"""Labels and probabilities become numbers."""

import numpy as np
import pytest

from digitcore.architectures import build
from digitcore.evaluation import evaluate_model, metrics_of


def test_all_right():
    """Sure and right everywhere is an accuracy of 1 and a loss of 0."""
    metrics = metrics_of(np.arange(10), np.eye(10))
    assert (metrics.accuracy, metrics.loss, metrics.count) == (1.0, pytest.approx(0, abs=1e-6), 10)


def test_half_right():
    """One right of two is an accuracy of one half."""
    assert metrics_of(np.array([0, 1]), np.eye(10)[[0, 2]]).accuracy == 0.5


def test_loss_is_mean_cross_entropy():
    """The loss is the mean of the negative logarithm of the label's probability."""
    probabilities = np.full((2, 10), 0.5 / 9)
    probabilities[0, 3] = 0.5
    metrics = metrics_of(np.array([3, 3]), probabilities)
    assert metrics.loss == pytest.approx((np.log(2) + np.log(18)) / 2)


def test_sure_and_wrong():
    """A label of probability 0 gives a large loss, not an infinite one."""
    assert metrics_of(np.array([1]), np.eye(10)[[0]]).loss == pytest.approx(-np.log(1e-7))


def test_model_is_given_what_it_was_trained_on(sample):
    """A network is measured on images in 0-1 with one channel."""
    model = build("lenet")
    images, labels = sample.x_test[:50], sample.y_test[:50]
    expected = metrics_of(labels, model(images[..., None].astype(np.float32) / 255).numpy())
    found = evaluate_model(model, images, labels)
    assert found.count == 50
    assert found.accuracy == expected.accuracy
    assert found.loss == pytest.approx(expected.loss, rel=1e-4)
