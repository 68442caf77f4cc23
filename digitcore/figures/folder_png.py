"""The report of a folder -> one picture: the totals, and below them each picture with every model's prediction.

Right and wrong differ in shape, a tick and a cross, as well as in colour. Columns are as wide as their texts.
"""

import bisect
import io
from collections.abc import Iterable, Sequence

from PIL import Image, ImageDraw, ImageFont

from digitcore.evaluation.folder_report import THUMBNAIL_SIDE, FolderPicture, FolderReport, Prediction, Total, is_right
from digitcore.figures.palette import GREY, INK, LINE, PAPER, RIGHT, UNLABELLED, UNSURE, WRONG
from digitcore.figures.words import percent

#: More would make the picture too large for viewers; the CSV has them all.
MAX_PICTURES, MAX_MODELS = 200, 12
MAX_COLUMNS = 8

TILE_WIDTH, ROW, MARGIN, GAP = 164, 20, 24, 26
MARK = 12
#: The longest text of several digits, in pixels.
MAX_READ_WIDTH = 48
#: Space between the columns of the totals, and within a row of a tile, in pixels.
SPACE, INNER_SPACE = 20, 8
FONT, TITLE = ImageFont.load_default(14), ImageFont.load_default(22)


def draw(report: FolderReport) -> Image.Image:
    """The report, RGB, with at most ``MAX_PICTURES`` pictures and ``MAX_MODELS`` models; a remark says if some are missing."""
    pictures, models = report.pictures[:MAX_PICTURES], report.models[:MAX_MODELS]
    columns = min(MAX_COLUMNS, max(3, len(pictures)))  # the totals need the width of three
    rows = -(-len(pictures) // columns)
    tile_height = THUMBNAIL_SIDE + ROW * (1 + len(models))
    remarks = _remarks(report)
    top = MARGIN + 40 + ROW * (1 + len(models) + 1 + len(remarks)) + GAP
    width = 2 * MARGIN + columns * TILE_WIDTH + (columns - 1) * GAP
    image = Image.new("RGB", (width, top + rows * (tile_height + GAP) + MARGIN), PAPER)
    pen = ImageDraw.Draw(image)

    _draw_head(pen, report, models, remarks, width)
    for index, picture in enumerate(pictures):
        row, column = divmod(index, columns)
        corner = (MARGIN + column * (TILE_WIDTH + GAP), top + row * (tile_height + GAP))
        _draw_tile(image, pen, corner, picture, [(model, report.predictions[model][index]) for model in models])
    return image


def to_png(report: FolderReport) -> bytes:
    """The picture as a PNG file."""
    file = io.BytesIO()
    draw(report).save(file, "PNG")
    return file.getvalue()


def _remarks(report: FolderReport) -> list[str]:
    remarks = []
    if len(report.pictures) > MAX_PICTURES:
        remarks.append(f"Shown: the first {MAX_PICTURES} of {len(report.pictures):,} pictures. The totals count them all.")
    if len(report.models) > MAX_MODELS:
        remarks.append(f"Shown: the first {MAX_MODELS} of {len(report.models):,} models. The CSV has them all.")
    if report.problems:
        remarks.append(f"Left out: {', '.join(problem.name for problem in report.problems)}.")
    return remarks


def _draw_head(
    pen: ImageDraw.ImageDraw, report: FolderReport, models: Sequence[str], remarks: Sequence[str], width: int
) -> None:
    inside = width - 2 * MARGIN
    labelled = sum(picture.label is not None for picture in report.pictures)
    title = f"{report.folder}: {_count(len(report.pictures), 'picture')}, {labelled:,} labelled"
    pen.text((MARGIN, MARGIN), _fit(title, inside, TITLE), INK, TITLE)
    y = MARGIN + 40
    rows = [("model", "right of labelled", "abstained"), *(_total(model, report.totals[model]) for model in models)]
    _, right_width, abstained_width = (max(FONT.getlength(row[column]) for row in rows) for column in range(3))
    name_width = inside - right_width - abstained_width - 2 * SPACE
    name_width = min(name_width, max(FONT.getlength(row[0]) for row in rows))
    right_x = MARGIN + name_width + SPACE
    for number, (name, right, abstained) in enumerate(rows):
        colour = INK if number else GREY
        pen.text((MARGIN, y), _fit(name, name_width), colour, FONT)
        pen.text((right_x, y), right, colour, FONT)
        pen.text((right_x + right_width + SPACE, y), abstained, colour, FONT)
        y += ROW
    y += 6
    x = MARGIN
    for mark, colour, word in (
        (_tick, RIGHT, "right"),
        (_cross, WRONG, "wrong"),
        (_dash, UNSURE, "abstained"),
        (_dot, UNLABELLED, "no label"),
    ):
        mark(pen, (x, y + 3), colour)
        pen.text((x + MARK + 6, y), word, INK, FONT)
        x += 110
    for remark in remarks:
        y += ROW
        pen.text((MARGIN, y), _fit(remark, inside), INK, FONT)


def _total(model: str, total: Total) -> tuple[str, str, str]:
    """A model's row of the table at the top."""
    right = f"{total.right:,} of {total.labelled:,}, {total.share:.1%}" if total.labelled else "no labels"
    return model, right, f"{total.abstained:,}"


def _draw_tile(
    image: Image.Image,
    pen: ImageDraw.ImageDraw,
    corner: tuple[int, int],
    picture: FolderPicture,
    predictions: Iterable[tuple[str, Prediction]],
) -> None:
    left, y = corner
    right = left + TILE_WIDTH
    small = Image.fromarray(picture.thumbnail)
    factor = THUMBNAIL_SIDE / max(small.size)
    if factor > 1:  # enlarge a tiny picture, such as 28 x 28
        small = small.resize([max(1, round(side * factor)) for side in small.size], Image.Resampling.NEAREST)
    image.paste(small, (left, y))
    pen.rectangle((left, y, left + small.width - 1, y + small.height - 1), outline=LINE)
    beside = left + THUMBNAIL_SIDE + 8
    pen.text((beside, y), "label", GREY, FONT)
    pen.text((beside, y + 18), "none" if picture.label is None else str(picture.label), INK, TITLE)
    y += THUMBNAIL_SIDE + 2
    pen.text((left, y), _fit(picture.name, TILE_WIDTH), GREY, FONT)
    digit_right = right - FONT.getlength(">99.9%") - INNER_SPACE
    for model, prediction in predictions:
        y += ROW
        read = _fit(prediction.text, MAX_READ_WIDTH)
        name_width = digit_right - FONT.getlength(read) - INNER_SPACE - left - MARK - 6
        mark, colour = _verdict(picture, prediction)
        mark(pen, (left, y + 3), colour)
        pen.text((left + MARK + 6, y), _fit(model, name_width), INK, FONT)
        pen.text((digit_right, y), read, colour, FONT, anchor="ra")
        pen.text((right, y), percent(prediction.confidence), colour, FONT, anchor="ra")


def _verdict(picture: FolderPicture, prediction: Prediction) -> tuple:
    if prediction.digit is None and not prediction.several:
        return _dash, UNSURE
    right = is_right(picture, prediction)
    return (_dot, UNLABELLED) if right is None else (_tick, RIGHT) if right else (_cross, WRONG)


def _tick(pen: ImageDraw.ImageDraw, corner: tuple[int, int], colour: str) -> None:
    x, y = corner
    pen.line([(x, y + 7), (x + 4, y + 11), (x + 11, y + 1)], colour, 2, joint="curve")


def _cross(pen: ImageDraw.ImageDraw, corner: tuple[int, int], colour: str) -> None:
    x, y = corner
    pen.rectangle((x - 1, y - 1, x + MARK, y + MARK), fill=colour)
    pen.line([(x + 2, y + 2), (x + 9, y + 9)], PAPER, 2)
    pen.line([(x + 9, y + 2), (x + 2, y + 9)], PAPER, 2)


def _dash(pen: ImageDraw.ImageDraw, corner: tuple[int, int], colour: str) -> None:
    x, y = corner
    pen.line([(x, y + 6), (x + 11, y + 6)], colour, 2)


def _dot(pen: ImageDraw.ImageDraw, corner: tuple[int, int], colour: str) -> None:
    x, y = corner
    pen.ellipse((x + 2, y + 2, x + 9, y + 9), outline=colour, width=2)


def _fit(text: str, width: float, font: ImageFont.FreeTypeFont = FONT) -> str:
    """The text on one line, without its middle if it is too long: names differ at their ends."""
    text = " ".join(text.split())
    if font.getlength(text) <= width:
        return text

    def shortened(kept: int) -> str:
        return f"{text[: kept - kept // 2]}...{text[len(text) - kept // 2 :]}"

    too_long = bisect.bisect_left(range(len(text)), True, key=lambda kept: font.getlength(shortened(kept)) > width)
    return shortened(max(0, too_long - 1))


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}" + ("" if number == 1 else "s")
