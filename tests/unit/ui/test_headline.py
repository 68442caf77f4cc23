"""The compare page's sentences: which model is best, and what the models read."""

import numpy as np
import pytest

from digitcore.evaluation.folder_report import Prediction
from ui.compare.headline import confusion_facts, headline, readings


@pytest.mark.parametrize(
    ("right", "count", "options", "sentence"),
    [
        (
            {"A": 9951, "B": 9921},
            10_000,
            {"sizes": {"A": 276_810, "B": 47_514}},
            "**A** reads the most images right: 9,951 of 10,000. B is 6 times smaller and reads 9,921 right.",
        ),
        (
            {"A": 95, "B": 94, "C": 20},
            100,
            {"alike": ["B"]},
            "**A** reads the most images right: 95 of 100. The images do not tell B apart from it.",
        ),
        (
            {"A": 95, "B": 95},
            100,
            {"alike": ["B"]},
            "**A** and **B** read the most images right: 95 of 100 each. The images do not tell them apart.",
        ),
        (
            {name: 95 - number for number, name in enumerate("ABCDEF")},
            100,
            {"alike": list("BCDEF")},
            "**A** reads the most images right: 95 of 100. The images do not tell B, C, D and 2 more apart from it.",
        ),
        ({"A": 95}, 100, {}, "**A** reads 95 of 100 images right."),
        ({"A": 4, "B": 4}, 4, {}, "Each model reads 4 of 4; too few to tell the models apart."),
        ({"A": 5, "B": 0}, 5, {}, "The models read 0 to 5 of 5; too few to tell the models apart."),
        ({"A": 6, "B": 0}, 6, {"noun": "picture"}, "**A** reads the most pictures right: 6 of 6."),
    ],
)
def test_headline(right, count, options, sentence):
    """It says which model is best, which are not told apart from it, and whether there are enough images to say so."""
    assert headline(right, count, **options) == sentence


@pytest.mark.parametrize(
    ("texts", "words"),
    [
        ("7777", "All 4 models read a 7"),
        ("7771", "3 of 4 models read a 7"),
        ("888?", "3 of 4 models read an 8"),
        ("7711", "The models differ"),
        ("????", "No model reads a digit"),
        ("7?", "1 of 2 models reads a 7"),
        ("7", "The model reads a 7"),
        ("?", "The model reads no digit"),
    ],
)
def test_what_the_models_read(texts, words):
    """What most models read, in plain words."""
    digits = [None if text == "?" else int(text) for text in texts]
    assert readings([Prediction(digit=digit, confidence=0.9) for digit in digits]) == words


def test_several_digits():
    """A drawing of several digits is read as all of them."""
    several = Prediction(digit=None, confidence=0.9, several="701")
    assert readings([several, several, Prediction(digit=7, confidence=0.9)]) == "2 of 3 models read several digits, 701"


@pytest.mark.parametrize(
    ("mistakes", "words"),
    [
        ({}, "100 of 100 are right."),
        ({(8, 5): 2, (7, 1): 4}, "100 of 106 are right. The commonest mistake: a 7 read as a 1, 4 images."),
        (
            {(3, 8): 1, (8, 5): 1},
            "100 of 102 are right. The commonest mistakes: a 3 read as an 8 and an 8 read as a 5, 1 image each.",
        ),
    ],
)
def test_the_facts_of_a_matrix(mistakes, words):
    """How many are right, and the commonest mistake, or all that are equally common."""
    counts = np.diag(np.full(10, 10))
    for cell, number in mistakes.items():
        counts[cell] = number
    assert confusion_facts(counts) == words
