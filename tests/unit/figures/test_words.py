"""Digits and probabilities in words."""

import pytest

from digitcore.figures.words import percent, with_article


@pytest.mark.parametrize(
    ("share", "text"), [(0, "0.0%"), (0.5, "50.0%"), (0.9994, "99.9%"), (0.99999, ">99.9%"), (1, ">99.9%")]
)
def test_no_probability_is_rounded_to_certainty(share, text):
    """A network is never certain, not even where float32 has no number between its probability and 1."""
    assert percent(share) == text


@pytest.mark.parametrize(
    ("digit", "options", "words"),
    [(0, {}, "a 0"), (8, {}, "an 8"), ("8", {}, "an 8"), (8, {"bold": True}, "an **8**"), (1, {"bold": True}, "a **1**")],
)
def test_a_digit_in_a_sentence(digit, options, words):
    """One says "an 8", and "a" before every other digit."""
    assert with_article(digit, **options) == words
