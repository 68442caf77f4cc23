"""ROC and precision-recall curves are scikit-learn's."""

import numpy as np
import pytest
from sklearn.metrics import average_precision_score, precision_recall_curve, roc_auc_score, roc_curve

from digitcore.evaluation.curves import precision_recall, roc


def case(kind):
    """Labels and probabilities; tied ones, a perfect model's, or those of few images."""
    generator = np.random.default_rng(5)
    count = 6 if kind == "few" else 400
    labels = generator.integers(10, size=count)
    labels[:2] = 3, 4
    probabilities = generator.dirichlet(np.ones(10), count) + 0.3 * np.eye(10)[labels]
    if kind == "ties":
        probabilities = np.round(probabilities, 1)
    if kind == "perfect":
        probabilities = np.eye(10)[labels]
    return labels, probabilities.astype(np.float32 if kind == "float32" else float)


KINDS = pytest.mark.parametrize("kind", ["plain", "ties", "perfect", "few", "float32"])


@KINDS
def test_roc(kind):
    """Points, thresholds and area are scikit-learn's to 1e-12."""
    labels, probabilities = case(kind)
    found = roc(labels, probabilities, 3)
    x, y, thresholds = roc_curve(labels == 3, probabilities[:, 3])
    np.testing.assert_allclose(np.stack([found.x, found.y]), np.stack([x, y]), rtol=0, atol=1e-12)
    assert found.thresholds == pytest.approx(thresholds)
    assert found.area == pytest.approx(roc_auc_score(labels == 3, probabilities[:, 3]), abs=1e-12)


@KINDS
def test_precision_recall(kind):
    """Points, thresholds and average precision are scikit-learn's to 1e-12, the strictest threshold first."""
    labels, probabilities = case(kind)
    found = precision_recall(labels, probabilities, 3)
    precision, recall, thresholds = precision_recall_curve(labels == 3, probabilities[:, 3], drop_intermediate=True)
    np.testing.assert_allclose(np.stack([found.x, found.y]), np.stack([recall, precision])[:, ::-1], rtol=0, atol=1e-12)
    assert found.thresholds[1:] == pytest.approx(thresholds[::-1])
    assert found.area == pytest.approx(average_precision_score(labels == 3, probabilities[:, 3]), abs=1e-12)


@pytest.mark.parametrize("curve", [roc, precision_recall])
@pytest.mark.parametrize("labels", [[], [1, 2, 2], [-1, 33, -1]])
def test_digit_that_is_not_there(curve, labels):
    """A digit that no image has gives an empty curve without an area."""
    found = curve(np.array(labels, int), np.full((len(labels), 10), 0.1), 3)
    assert (len(found.x), len(found.y), found.area) == (0, 0, None)


def test_one_digit_only():
    """Where every image is the digit there is no ROC curve, and all precision is 1."""
    labels, probabilities = np.full(5, 3), case("few")[1][:5]
    assert roc(labels, probabilities, 3).area is None
    assert precision_recall(labels, probabilities, 3).area == 1


def test_labels_outside_0_to_9_are_left_out():
    """Images without a label change nothing."""
    labels, probabilities = case("plain")
    found = roc(np.append(labels, [-1, 10]), np.append(probabilities, np.eye(10)[[3, 3]], axis=0), 3)
    assert found.area == roc(labels, probabilities, 3).area
