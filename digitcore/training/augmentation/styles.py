"""Ways to write a digit that are rare in MNIST, made by rule: a crossed 7, a slashed 0, a 1 with flag and foot, and others.

MNIST was written in the United States. Elsewhere, people learn other forms.
"""

from collections.abc import Callable

import numpy as np

from digitcore.training.augmentation.canvas import Canvas

Style = Callable[[Canvas, np.random.Generator], None]


def add_style(canvas: Canvas, label: int, generator: np.random.Generator) -> None:
    """Change the digit on a canvas to another way to write it, one of ``STYLES``."""
    styles = STYLES[label]
    if len(canvas.points) > 8:
        styles[generator.integers(len(styles))](canvas, generator)


def _slashed_zero(canvas: Canvas, generator: np.random.Generator) -> None:
    left, top, width, height = canvas.box
    centre = np.array([left + width / 2, top + height / 2])
    angle = np.deg2rad(generator.uniform(35, 70))
    half = generator.uniform(0.3, 0.62) * np.hypot(width, height)
    step = half * np.array([np.cos(angle), -np.sin(angle)])
    canvas.line(centre - step, centre + step)


def _dotted_zero(canvas: Canvas, generator: np.random.Generator) -> None:
    left, top, width, height = canvas.box
    centre = np.array([left + width / 2, top + height / 2])
    canvas.line(centre, centre + np.array([0, 0.1]), pen=canvas.pen * generator.uniform(1, 1.5))


def _zero_with_tail(canvas: Canvas, generator: np.random.Generator) -> None:
    _, _, _, height = canvas.box
    start = canvas.points[np.argmin(canvas.points[:, 1])]
    side = generator.choice([-1, 1])
    canvas.line(start, start + generator.uniform(0.1, 0.35) * height * np.array([side, -generator.uniform(0, 0.6)]))


def _one_with_flag(canvas: Canvas, generator: np.random.Generator) -> None:
    _flag(canvas, generator)
    if generator.random() < 0.4:
        _foot(canvas, generator)


def _flag(canvas: Canvas, generator: np.random.Generator) -> None:
    """The upstroke: from the upper end down to the left, clearly shorter than the stem."""
    upper, lower = canvas.end(0.2, -1), canvas.end(-0.2, 1)
    stem = lower - upper
    angle = np.deg2rad(generator.uniform(22, 60))
    turned = np.array([np.cos(angle) * stem[0] - np.sin(angle) * stem[1], np.sin(angle) * stem[0] + np.cos(angle) * stem[1]])
    canvas.line(upper, upper + generator.uniform(0.18, 0.6) * turned)


def _foot(canvas: Canvas, generator: np.random.Generator) -> None:
    lower, height = canvas.end(0, 1), canvas.box[3]
    half, tilt = generator.uniform(0.12, 0.38) * height, generator.uniform(-0.15, 0.15)
    canvas.line(lower - half * np.array([1, tilt]), lower + half * np.array([1, tilt]))


def _looped_two(canvas: Canvas, generator: np.random.Generator) -> None:
    _, _, _, height = canvas.box
    corner = canvas.points[np.argmax(canvas.points @ (-1.0, 1.0))]
    radii = generator.uniform(0.1, 0.22) * height, generator.uniform(0.06, 0.13) * height
    canvas.arc((corner[0] + radii[0] * 0.5, corner[1] - radii[1] * 0.7), radii, generator.uniform(-40, 20), 0, 360)


def _closed_four(canvas: Canvas, generator: np.random.Generator) -> None:
    """Join the two upper ends of an open 4, if they are near each other: else it would look like a 9."""
    _, top, _, height = canvas.box
    upper = canvas.ends[canvas.ends[:, 1] < top + 0.4 * height]
    if len(upper) > 1:
        left, right = upper[np.argmin(upper[:, 0])], upper[np.argmax(upper[:, 0])]
        if right[0] - left[0] < 0.4 * height:
            canvas.line(left, right)


def _four_with_long_bar(canvas: Canvas, generator: np.random.Generator) -> None:
    _, top, _, height = canvas.box
    middle = canvas.points[np.abs(canvas.points[:, 1] - top - 0.6 * height) < 0.15 * height]
    if len(middle):
        start = middle[np.argmax(middle[:, 0])]
        canvas.line(start, start + np.array([generator.uniform(0.15, 0.4) * height, generator.uniform(-0.06, 0.06) * height]))


def _loose_piece(canvas: Canvas, generator: np.random.Generator) -> None:
    """Erase a short part of a stroke in the upper half, so that the bar of a 5 or the arm of a 4 is loose."""
    _, top, _, height = canvas.box
    upper = canvas.points[canvas.points[:, 1] < top + 0.55 * height]
    canvas.erase(upper[generator.integers(len(upper))], generator.uniform(0.5, 0.8) * canvas.pen + 0.03 * height)


def _open_head(canvas: Canvas, generator: np.random.Generator) -> None:
    """Leave the loop of a 9 or an 8 open, near its upper right."""
    left, top, width, height = canvas.box
    head = canvas.points[(canvas.points[:, 1] < top + 0.3 * height) & (canvas.points[:, 0] > left + 0.5 * width)]
    if len(head):
        canvas.erase(head[generator.integers(len(head))], 0.5 * canvas.pen + generator.uniform(0.04, 0.1) * height)


def _crossed_seven(canvas: Canvas, generator: np.random.Generator) -> None:
    _, top, _, height = canvas.box
    level = top + generator.uniform(0.42, 0.62) * height
    row = canvas.points[np.abs(canvas.points[:, 1] - level) < 2]
    if len(row):
        half, tilt = generator.uniform(0.14, 0.34) * height, generator.uniform(-0.25, 0.35)
        middle = np.array([row[:, 0].mean(), level])
        canvas.line(middle - half * np.array([1, -tilt]), middle + half * np.array([1, -tilt]))
    if generator.random() < 0.3:
        _serif(canvas, generator)


def _serif(canvas: Canvas, generator: np.random.Generator) -> None:
    """A short stroke at the left end of a 7's bar, mostly downwards."""
    start, height = canvas.end(-1, -0.7), canvas.box[3]
    down = 1 if generator.random() < 0.75 else -1
    length = generator.uniform(0.1, 0.3) * height
    canvas.line(start, start + length * np.array([generator.uniform(-0.4, 0.3), down]))


def _curled_seven(canvas: Canvas, generator: np.random.Generator) -> None:
    """The lower end runs out in a curl to the right."""
    lower, height = canvas.end(-0.3, 1), canvas.box[3]
    across, down = generator.uniform(0.1, 0.28) * height, generator.uniform(0.02, 0.08) * height
    canvas.line(lower, lower + np.array([0.4 * across, down]), lower + np.array([across, down * generator.uniform(-1, 0.8)]))
    if generator.random() < 0.4:
        _crossed_seven(canvas, generator)


def _curled_nine(canvas: Canvas, generator: np.random.Generator) -> None:
    """The leg ends in a curl to the left."""
    lower, height = canvas.end(0, 1), canvas.box[3]
    across, up = generator.uniform(0.12, 0.42) * height, generator.uniform(0.02, 0.2) * height
    canvas.line(lower, lower + np.array([-0.5 * across, 0.06 * height]), lower + np.array([-across, -up]))


def _looped_leg(canvas: Canvas, generator: np.random.Generator) -> None:
    """The leg of a 9 ends in a small loop to the left."""
    lower, height = canvas.end(0, 1), canvas.box[3]
    radii = generator.uniform(0.08, 0.16) * height, generator.uniform(0.05, 0.1) * height
    canvas.arc((lower[0] - radii[0], lower[1] - 0.5 * radii[1]), radii, generator.uniform(-30, 30), 0, 360)


def _long_bar_of_five(canvas: Canvas, generator: np.random.Generator) -> None:
    end, height = canvas.end(1, -1), canvas.box[3]
    canvas.line(end, end + generator.uniform(0.1, 0.35) * height * np.array([1, generator.uniform(-0.35, 0.15)]))


def _flat_three(canvas: Canvas, generator: np.random.Generator) -> None:
    """A bar at the top left, as in a 3 with a flat head."""
    start, height = canvas.end(-1, -1), canvas.box[3]
    length = generator.uniform(0.08, 0.25) * height
    canvas.line(start, start + length * np.array([-1, generator.uniform(-0.2, 0.2)]))


#: Digit -> the ways to write it; one is drawn at random, so a way that stands twice is chosen twice as often.
STYLES: dict[int, tuple[Style, ...]] = {
    0: (_slashed_zero, _slashed_zero, _slashed_zero, _dotted_zero, _zero_with_tail),
    1: (_one_with_flag, _one_with_flag, _one_with_flag, _foot),
    2: (_looped_two,),
    3: (_flat_three,),
    4: (_closed_four, _closed_four, _four_with_long_bar, _loose_piece),
    5: (_loose_piece, _long_bar_of_five),
    7: (_crossed_seven, _crossed_seven, _crossed_seven, _serif, _curled_seven),
    8: (_open_head,),
    9: (_curled_nine, _curled_nine, _open_head, _looped_leg),
}
