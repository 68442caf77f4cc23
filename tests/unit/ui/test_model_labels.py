"""What the model picker says of each model."""

from pathlib import Path

import pytest

from digitcore.networks.registry import ModelEntry
from ui.shared.model_labels import model_facts, model_labels


def entry(name: str, **card: object) -> ModelEntry:
    return ModelEntry(name=name, path=Path(name), card=card)


def measured(name: str, accuracy: float, images: int = 10_000, parameters: int = 1000) -> ModelEntry:
    return entry(name, metrics={"test_accuracy": accuracy, "test_images": images}, parameters=parameters)


def test_superlatives_are_computed():
    """The highest accuracy and the fewest parameters are named, whichever models have them."""
    assert model_labels([measured("big", 0.991, parameters=9), measured("small", 0.98, parameters=8)]) == {
        "big": "Big · most accurate · 99.10%",
        "small": "Small · smallest · 98.00%",
    }


def test_equals_share_a_superlative():
    """Of two equally accurate models, neither is preferred."""
    labels = model_labels([measured("a", 0.99, parameters=1), measured("b", 0.99, parameters=2)])
    assert all("most accurate" in label for label in labels.values())


def test_a_few_images_do_not_make_the_most_accurate():
    """100 % of 20 images say less than 99 % of 10,000."""
    labels = model_labels([measured("mine", 1.0, images=20), measured("a", 0.99), measured("b", 0.98)])
    assert [name for name, label in labels.items() if "most accurate" in label] == ["a"]


def test_the_only_model_is_not_compared():
    """A superlative needs another model."""
    assert model_labels([measured("lenet", 0.99)]) == {"lenet": "LeNet · 99.00%"}


@pytest.mark.parametrize(
    "card", [{}, {"metrics": 3}, {"metrics": {"test_accuracy": "high", "test_images": 5}}, {"parameters": "x"}]
)
def test_a_card_without_results_says_so(card):
    """A model without a card, or with one that somebody has broken, is listed all the same."""
    assert model_labels([entry("bare", **card), measured("a", 0.99)])["bare"] == "Bare · no test result"
    assert model_facts(entry("bare", **card)) == "There is no test result of it."


def test_the_facts_name_the_number_of_images():
    """A percentage means little without them."""
    assert model_facts(measured("a", 0.9951, parameters=276_810)) == (
        "It read 99.51% of 10,000 test images right. It has 276,810 parameters."
    )
