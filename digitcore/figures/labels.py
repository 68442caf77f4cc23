"""Place the labels of points with error bars so that none is cut and no two overlap, on any screen.

Heights are known in pixels, but widths depend on the screen. Labels are placed for a narrow plot. On a wider one, points only
move apart, and their labels with them.
"""

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass

#: The width of the plot on a phone, of a character, of a bar with its cap; and the height of a line of text; pixels.
NARROW, CHARACTER, BAR, LINE = 270, 7.6, 16, 17
#: Longer titles are broken into lines.
MAX_CHARACTERS = 20
#: Space above a bar, and between labels, in pixels.
SPACE = 4


@dataclass(frozen=True, kw_only=True)
class Label:
    """Where a label is: its lines, and its box in pixels from the lower left corner of a narrow plot.

    ``share`` is where its point is, from the left, 0-1; ``bottom`` and ``top`` are the same on all screens.
    """

    text: str
    share: float
    left: float
    right: float
    bottom: float
    top: float

    @property
    def shift(self) -> float:
        """From the point to the left edge, pixels; the same on all screens."""
        return self.left - self.share * NARROW


def place_labels(titles: Sequence[str], shares: Sequence[float], bars: Sequence[tuple[float, float]]) -> list[Label]:
    """Put each title above its bar, higher where it would cover another title or bar.

    Args:
        titles: one for each point; points without a title have an empty one, and get no label.
        shares: where each point is, from the left, 0-1.
        bars: (bottom, top) of each point's error bar, in pixels above the lower edge.

    Returns:
        The labels of the titles that are not empty, in their order.
    """
    obstacles = [
        Label(text="", share=share, left=share * NARROW - BAR / 2, right=share * NARROW + BAR / 2, bottom=low, top=high)
        for share, (low, high) in zip(shares, bars, strict=True)
    ]
    placed: dict[int, Label] = {}
    for number in sorted(range(len(titles)), key=lambda number: bars[number][1]):
        if titles[number]:
            others = [obstacle for other, obstacle in enumerate(obstacles) if other != number]
            placed[number] = _lift(_above(titles[number], shares[number], bars[number][1]), [*others, *placed.values()])
    return [placed[number] for number in sorted(placed)]


def _above(title: str, share: float, top: float) -> Label:
    lines = textwrap.wrap(title, MAX_CHARACTERS)
    width = CHARACTER * max(map(len, lines))
    left = min(max(0.0, share * NARROW - width / 2), max(0.0, NARROW - width))
    bottom = top + SPACE
    return Label(
        text="<br>".join(lines), share=share, left=left, right=left + width, bottom=bottom, top=bottom + LINE * len(lines)
    )


def _lift(label: Label, others: Sequence[Label]) -> Label:
    """The label, moved up until it covers none of the others."""
    bottom, height = label.bottom, label.top - label.bottom
    in_the_way = sorted((other for other in others if _share_a_column(label, other)), key=lambda other: other.bottom)
    for other in in_the_way:
        if bottom < other.top + SPACE and other.bottom < bottom + height:
            bottom = other.top + SPACE
    return Label(text=label.text, share=label.share, left=label.left, right=label.right, bottom=bottom, top=bottom + height)


def _share_a_column(one: Label, other: Label) -> bool:
    """Whether they may overlap horizontally on some screen: the left one of the two points may reach the right one."""
    first, second = (one, other) if one.share <= other.share else (other, one)
    return first.right > second.left
