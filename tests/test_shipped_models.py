"""The models in the repository are what their cards say."""

import pytest

from digitcore import files
from digitcore.datasets import mnist as data
from digitcore.datasets.dataset import Dataset
from digitcore.evaluation.evaluate import evaluate_model
from digitcore.networks import registry
from digitcore.networks.architectures import build

#: The least accuracy on MNIST's test images that each is shipped for.
LEAST_ACCURACY = {"cnn_v1": 0.990, "cnn_v2": 0.994, "lenet": 0.988, "lenet_tuned": 0.993, "sprint": 0.990}


@pytest.fixture(scope="module")
def mnist() -> Dataset:
    return data.load_mnist()


def test_the_models_are_there_and_good() -> None:
    """Each shipped model is listed without a problem."""
    assert {entry.name: entry.problem for entry in registry.list_models()} == dict.fromkeys(LEAST_ACCURACY)


@pytest.mark.parametrize("name", LEAST_ACCURACY)
def test_a_card_tells_the_truth(name: str, mnist: Dataset) -> None:
    """File, size, data and test accuracy are those on the card, and the accuracy is high enough."""
    entry = registry.find(name)
    card = entry.card
    assert card["file"] == {"bytes": entry.path.stat().st_size, "sha256": files.sha256_of(entry.path)}
    assert card["data"]["checksum"] == mnist.checksum
    assert card["parameters"] == build(card["architecture"], **card["arguments"]).count_params()
    metrics = evaluate_model(registry.load_model(name), mnist.x_test, mnist.y_test)
    assert metrics.accuracy == pytest.approx(card["metrics"]["test_accuracy"], abs=0.0002)  # another CPU rounds otherwise
    assert metrics.loss == pytest.approx(card["metrics"]["test_loss"], rel=0.01)
    assert metrics.accuracy >= LEAST_ACCURACY[name]


def test_sprint_was_trained_for_at_most_two_epochs() -> None:
    """The fast network is fast."""
    assert registry.find("sprint").card["epochs_trained"] <= 2


def test_lenet_tuned_beats_the_network_that_was_tuned_before(mnist: Dataset) -> None:
    """Precision, recall and F1 (macro) are at least 0.9930, the area under the ROC curve at least 0.9999."""
    metrics = evaluate_model(registry.load_model("lenet_tuned"), mnist.x_test, mnist.y_test)
    assert min(metrics.precision, metrics.recall, metrics.f1) >= 0.9930
    assert metrics.roc_auc >= 0.9999
