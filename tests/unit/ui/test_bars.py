"""Ten bars as HTML."""

import re

from ui.shared.bars import bars_html

PROBABILITIES = [0, 0, 0, 0.9, 0, 0.0999, 0, 0, 0.0001, 0]


def rows(probabilities: list[float]) -> list[str]:
    return re.findall(r"<div role=.listitem.*?</div>", bars_html(probabilities, label="Digits"))


def test_each_digit_has_its_bar_and_its_number():
    """A bar is as long as the probability, and the number stands beside it."""
    found = rows(PROBABILITIES)
    assert [re.search(r">(\d)<i", row)[1] for row in found] == [str(digit) for digit in range(10)]
    assert [float(re.search(r"width:([\d.]+)%", row)[1]) for row in found] == [0, 0, 0, 90, 0, 10, 0, 0, 0, 0]
    assert [re.search(r"<span>(.*)</span>", row)[1] for row in found] == ["0.0%"] * 3 + [
        "90.0%", "0.0%", "10.0%", "0.0%", "0.0%", "0.0%", "0.0%",
    ]  # fmt: skip


def test_the_most_likely_digit_stands_out():
    """One row is marked: that of the largest probability."""
    assert [digit for digit, row in enumerate(rows(PROBABILITIES)) if "class=best" in row] == [3]


def test_a_blank_picture_has_no_most_likely_digit():
    """Of ten zeros, none stands out."""
    assert not any("class=best" in row for row in rows([0] * 10))
