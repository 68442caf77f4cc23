"""Metrics of labels and probabilities are those that scikit-learn gives."""

import warnings

import numpy as np
import pytest
from sklearn import metrics as sklearn_metrics

from digitcore.evaluation.intervals import confidence_intervals, wilson
from digitcore.evaluation.metrics import confusion, metrics_of
from digitcore.evaluation.scores import scores
from tests.unit.evaluation.random_cases import random_case

CASES = ["all digits", "missing digits", "rare digit", "ties", "one answer", "unlike scales"]


def by_sklearn(labels, probabilities, weights=None):
    """The same figures from scikit-learn."""
    answers = probabilities.argmax(axis=1)
    macro = {"average": "macro", "zero_division": 0, "sample_weight": weights}
    there = [digit for digit in range(10) if 0 < np.sum(labels == digit) < len(labels)]
    areas = [sklearn_metrics.roc_auc_score(labels == d, probabilities[:, d], sample_weight=weights) for d in there]
    clipped = np.clip(probabilities, 1e-7, 1)
    with warnings.catch_warnings(action="ignore"):  # that the clipped ones do not quite add up to 1
        loss = sklearn_metrics.log_loss(labels, clipped, labels=range(10), sample_weight=weights)
    return {
        "accuracy": sklearn_metrics.accuracy_score(labels, answers, sample_weight=weights),
        "precision": sklearn_metrics.precision_score(labels, answers, **macro),
        "recall": sklearn_metrics.recall_score(labels, answers, **macro),
        "f1": sklearn_metrics.f1_score(labels, answers, **macro),
        "roc_auc": np.mean(areas),
        "loss": loss,
    }


# The figures.


@pytest.mark.parametrize("case", CASES)
@pytest.mark.filterwarnings("ignore:y_pred contains classes not in y_true")
def test_figures_are_those_of_scikit_learn(case):
    """Each figure equals scikit-learn's to 1e-12, digits that are missing among labels or answers included."""
    labels, probabilities = random_case(case)
    expected = by_sklearn(labels, probabilities)
    found = metrics_of(labels, probabilities)
    assert {name: getattr(found, name) for name in expected} == pytest.approx(expected, rel=0, abs=1e-12)


def test_roc_auc_is_the_one_versus_rest_average_of_scikit_learn():
    """With every digit among the labels, ROC AUC is scikit-learn's multi-class one to 1e-12."""
    labels, probabilities = random_case("all digits")
    expected = sklearn_metrics.roc_auc_score(labels, probabilities, multi_class="ovr", average="macro")
    assert metrics_of(labels, probabilities).roc_auc == pytest.approx(expected, rel=0, abs=1e-12)


@pytest.mark.parametrize("case", ["all digits", "ties", "unlike scales"])
def test_weights_are_those_of_scikit_learn(case):
    """A resample's figures are scikit-learn's with the resample's weights, to 1e-12."""
    labels, probabilities = random_case(case)
    weights = np.random.default_rng(1).integers(0, 4, (len(labels), 3)).astype(float)
    found = scores(labels, probabilities, weights)
    for sample in range(3):
        expected = by_sklearn(labels, probabilities, weights[:, sample])
        assert {name: found[name][sample] for name in expected} == pytest.approx(expected, rel=0, abs=1e-12)


def test_half_right():
    """One right of two is an accuracy of one half."""
    assert metrics_of(np.array([0, 1]), np.eye(10)[[0, 2]]).accuracy == 0.5


def test_all_right():
    """Sure and right everywhere is 1 throughout, a loss of 0 and a calibration error of 0."""
    metrics = metrics_of(np.arange(10), np.eye(10))
    assert (metrics.accuracy, metrics.precision, metrics.recall, metrics.f1, metrics.roc_auc) == (1, 1, 1, 1, 1)
    assert (metrics.loss, metrics.calibration_error, metrics.count) == (0, 0, 10)


def test_sure_and_wrong():
    """A label of probability 0 gives a large loss, not an infinite one."""
    assert metrics_of(np.array([1]), np.eye(10)[[0]]).loss == pytest.approx(-np.log(1e-7))


def test_confusion():
    """Rows are labels, columns are answers, as in scikit-learn."""
    labels, probabilities = random_case("all digits")
    expected = sklearn_metrics.confusion_matrix(labels, probabilities.argmax(axis=1), labels=range(10))
    assert (confusion(labels, probabilities) == expected).all()


def test_float32_and_small_integers():
    """Labels of 8 bits and float32 probabilities, as sets and networks have them, give the same figures."""
    labels, probabilities = random_case("all digits")
    probabilities = probabilities.astype(np.float32)
    expected = by_sklearn(labels, probabilities.astype(float))
    found = metrics_of(labels.astype(np.uint8), probabilities)
    assert {name: getattr(found, name) for name in expected} == pytest.approx(expected, rel=0, abs=1e-12)
    assert confusion(labels.astype(np.uint8), probabilities).sum() == len(labels)


# What is not defined.


def test_no_images():
    """Of no images there are no figures, and no intervals."""
    metrics = metrics_of(np.empty(0, int), np.empty((0, 10)))
    assert (metrics.count, metrics.accuracy, metrics.loss, metrics.calibration_error) == (0, None, None, None)
    assert confidence_intervals(np.empty(0, int), np.empty((0, 10))) == {}
    assert confusion(np.empty(0, int), np.empty((0, 10))).sum() == 0


def test_one_image():
    """One image has an accuracy, with Wilson's interval, and nothing else that an interval could be given for."""
    labels, probabilities = np.array([3]), np.eye(10)[[3]]
    metrics = metrics_of(labels, probabilities)
    assert (metrics.count, metrics.accuracy, metrics.roc_auc) == (1, 1.0, None)
    intervals = confidence_intervals(labels, probabilities)
    assert intervals == {"accuracy": wilson(1, 1)}


def test_one_digit_only():
    """Where all labels are the same digit there is no ROC AUC, and a note says why."""
    labels, probabilities = np.full(20, 4), random_case("all digits", 20)[1]
    metrics = metrics_of(labels, probabilities)
    assert metrics.roc_auc is None
    assert "no ROC AUC" in metrics.note


def test_labels_outside_0_to_9_are_left_out():
    """An image without a label, or with an impossible one, counts nowhere, and a note says how many there are."""
    labels, probabilities = random_case("all digits", 50)
    strange = np.concatenate([labels, [-1, 10, 200, -7]])
    more = np.concatenate([probabilities, np.eye(10)[:4]])
    metrics = metrics_of(strange, more)
    assert metrics.accuracy == metrics_of(labels, probabilities).accuracy
    assert (metrics.count, metrics.left_out) == (50, 4)
    assert metrics.note == "4 of 54 images have no label from 0 to 9 and are left out."
    assert confidence_intervals(strange, more) == confidence_intervals(labels, probabilities)
    assert (confusion(strange, more) == confusion(labels, probabilities)).all()


def test_rare_digit_has_an_interval():
    """Resamples without the only image of a digit leave that digit out, and the interval stays within 0-1."""
    interval = confidence_intervals(*random_case("rare digit", 140))["roc_auc"]
    assert 0 <= interval.low <= interval.high <= 1
