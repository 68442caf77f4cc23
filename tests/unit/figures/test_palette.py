"""The palette is the only place with colours."""

import itertools
import re

import pytest

from digitcore.figures import palette
from tests.server import PROJECT


def test_rgb():
    """A colour's three parts."""
    assert palette.rgb("#0072b2") == (0, 114, 178)


def test_no_other_file_has_colours():
    """No figure, and no page but the canvas with its black pen and white paper, has a colour of its own."""
    files = [*(PROJECT / "digitcore").rglob("*.py"), *(PROJECT / "ui").rglob("*.py"), *(PROJECT / "pages").glob("*.py")]
    coloured = {path.name for path in files if re.search(r'"#[0-9a-fA-F]{6}"|"rgba?\(', path.read_text())}
    assert coloured == {"palette.py", "canvas.py"}


@pytest.mark.parametrize("series", [palette.SERIES, palette.DIGITS, palette.SERIES_MARKERS, palette.DIGIT_MARKERS])
def test_series_are_told_apart(series):
    """No colour and no marker occurs twice in a row of them."""
    assert all(one != other for one, other in itertools.combinations(series, 2))
