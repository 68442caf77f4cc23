"""The palette is the only place with colours, and they can be read."""

import itertools
import re
import tomllib

import pytest

from digitcore.figures import palette
from tests.server import PROJECT

#: What WCAG 2.2 asks for, of text and of parts of a picture.
TEXT, GRAPHICS = 4.5, 3


def contrast(one: str, other: str) -> float:
    """The contrast ratio of two colours (WCAG 2.2), 1 to 21."""

    def luminance(colour: str) -> float:
        shares = (part / 255 for part in palette.rgb(colour))
        red, green, blue = (share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4 for share in shares)
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


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


def test_the_accent_is_the_themes():
    """Figures mark the answer in the colour that the page uses for everything active, in both themes."""
    theme = tomllib.loads((PROJECT / ".streamlit" / "config.toml").read_text())["theme"]
    assert (theme["light"]["primaryColor"], theme["dark"]["primaryColor"]) == (palette.ACCENT, palette.ACCENT_ON_DARK)
    assert theme["dark"]["backgroundColor"] == palette.DARK_PAGE
    style = (PROJECT / "ui" / "style.css").read_text()
    assert f"--accent: {palette.ACCENT}; --accent-on-page: light-dark(var(--accent), {palette.ACCENT_ON_DARK});" in style
    assert f"--page: light-dark({palette.PAGE}, {palette.DARK_PAGE});" in style


def test_contrast():
    """Black on white has the largest contrast there is."""
    assert contrast("#000000", "#ffffff") == pytest.approx(21)


@pytest.mark.parametrize(
    ("text", "ground"),
    [
        (palette.ACCENT, palette.PAGE),
        (palette.ACCENT_ON_DARK, palette.DARK_PAGE),
        (palette.WHITE, palette.ACCENT),
        (palette.WHITE, palette.MATRIX_RIGHT),
        (palette.BLACK, palette.MATRIX_WRONG),
        *((colour, palette.PAPER) for colour in (palette.INK, palette.GREY, palette.RIGHT, palette.WRONG, palette.UNSURE)),
        (palette.UNLABELLED, palette.PAPER),
    ],
)
def test_text_can_be_read(text, ground):
    """Text in a colour of the palette stands out from what it is written on."""
    assert contrast(text, ground) >= TEXT


@pytest.mark.parametrize("colour", [palette.BEST, palette.OTHERS])
@pytest.mark.parametrize("ground", [palette.PAGE, palette.DARK_PAGE])
def test_bars_can_be_seen(colour, ground):
    """The bars stand out from a light and from a dark page."""
    assert contrast(colour, ground) >= GRAPHICS


def test_blend():
    """At strength 0 it is the ground, at 1 the colour, and halfway the mean of both."""
    assert [palette.blend("#0072b2", "#ffffff", part) for part in (0, 0.5, 1)] == ["#ffffff", "#80b8d8", "#0072b2"]


@pytest.mark.parametrize("colour", [palette.MATRIX_RIGHT, palette.MATRIX_WRONG])
@pytest.mark.parametrize("ground", [palette.PAGE, palette.DARK_PAGE])
def test_text_can_be_read_on_every_shade(colour, ground):
    """However much of a colour lies over a light or a dark page, the text that is chosen for it stands out."""
    for step in range(256):
        shade = palette.blend(colour, ground, step / 255)
        assert contrast(palette.readable_on(shade), shade) >= TEXT
