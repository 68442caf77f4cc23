"""All colours of the figures, and the dashes and markers that tell series apart without colour.

The colours are based on those of M. Okabe and K. Ito, "Color Universal Design" (2008), which were chosen so that
colour-blind people can tell them apart too.
"""

BLUE, VERMILION, ORANGE, GREEN, PINK, SKY = "#0072b2", "#d55e00", "#e69f00", "#009e73", "#cc79a7", "#56b4e9"
WHITE, BLACK = "#ffffff", "#000000"
#: Streamlit's page in the light and in the dark theme.
PAGE, DARK_PAGE = WHITE, "#171614"

#: The theme's primary colour in .streamlit/config.toml: what is active, chosen or the answer.
ACCENT, ACCENT_ON_DARK = "#2260e6", "#4f8ff8"

#: Series of a chart, such as models and runs; with more of them, the colours start again.
SERIES = (BLUE, ORANGE, GREEN, PINK, SKY, VERMILION, "#f0e442", "#999999")
SERIES_DASHES = ("solid", "dash", "dot", "dashdot", "longdash", "longdashdot")
SERIES_MARKERS = ("circle", "square", "diamond", "triangle-up", "x", "cross", "triangle-down", "star")
#: The line of a perfect model.
REFERENCE = "#94a3b8"
#: The page shows through, in both themes.
TRANSPARENT = "rgba(0,0,0,0)"

#: The best model with those that are not told apart from it, and the other models.
LEADING, OTHER_MODELS = ACCENT, "#64748b"

#: The ten digits as labels.
DIGITS = (BLUE, VERMILION, GREEN, PINK, ORANGE, SKY, "#8c6d31", "#7f7f7f", "#984ea3", "#b2b200")
DIGIT_MARKERS = (
    "circle", "square", "diamond", "cross", "x", "triangle-up", "triangle-down", "pentagon", "hexagon", "star-triangle-up",
)  # fmt: skip
#: The visitor's own digit among them.
YOURS, YOURS_OUTLINE = "#ffd700", "#000000"

#: The ends of the diverging scale, with white in the middle.
NEGATIVE, POSITIVE = BLUE, VERMILION
#: The sequential scale, for what is never negative.
SEQUENTIAL = ((0, WHITE), (1, BLUE))
#: The diagonal and the other cells of a confusion matrix; of a difference, what is better and what is worse.
MATRIX_RIGHT, MATRIX_WRONG = BLUE, ORANGE
#: The bar of the most likely digit, and the other bars, which stand out from a light and from a dark page.
BEST, OTHERS = ACCENT, "#808a99"
TRAINING, VALIDATION, LEARNING_RATE = "#d97706", ACCENT, "#64748b"

#: The picture of a folder's report, on white; right and wrong are darkened so that text in these colours can be read.
PAPER, INK, GREY, LINE = "#ffffff", "#1a1a1a", "#595959", "#d0d0d0"
RIGHT, WRONG, UNSURE, UNLABELLED = "#006b4f", "#b34700", "#595959", BLUE


def rgb(colour: str) -> tuple[int, int, int]:
    """Red, green and blue, 0-255, of a colour such as "#0072b2"."""
    red, green, blue = bytes.fromhex(colour.removeprefix("#"))
    return red, green, blue


def blend(colour: str, ground: str, strength: float) -> str:
    """A colour between two: ``ground`` at strength 0, ``colour`` at 1."""
    parts = zip(rgb(colour), rgb(ground), strict=True)
    return "#" + bytes(round(below + strength * (above - below)) for above, below in parts).hex()


def readable_on(ground: str) -> str:
    """Black or white, whichever has the larger contrast to a colour; that is at least 4.5 (WCAG 2.2) for every colour."""
    shares = (part / 255 for part in rgb(ground))
    red, green, blue = (share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4 for share in shares)
    luminance = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    return BLACK if (luminance + 0.05) ** 2 > 0.05 * 1.05 else WHITE
