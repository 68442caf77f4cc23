"""A folder's test -> one picture: totals at the top, below them each picture with every model's answer.

Right and wrong differ in shape, tick and cross, as well as in colour; the colours are Okabe and Ito's, which people with any
colour vision can tell apart ("Color Universal Design", 2008).
"""

import bisect
import io
from collections.abc import Iterable

from PIL import Image, ImageDraw, ImageFont

from digitcore.evaluation.folder_results import THUMBNAIL_SIDE, Answer, FolderPicture, FolderTest, is_right

#: More than these would make a picture that no viewer shows; the CSV has them all.
MAX_PICTURES, MAX_MODELS = 200, 12
MAX_COLUMNS = 8

PAPER, INK, GREY, LINE = "white", "#1a1a1a", "#595959", "#d0d0d0"
RIGHT, WRONG, UNSURE, UNLABELLED = "#006b4f", "#b34700", "#595959", "#0072b2"  # three of them darkened, to be read on white

TILE_WIDTH, ROW, MARGIN, GAP = 164, 20, 24, 26
MARK = 12
FONT, TITLE = ImageFont.load_default(14), ImageFont.load_default(22)


def draw(result: FolderTest) -> Image.Image:
    """The picture, RGB; at most ``MAX_PICTURES`` pictures and ``MAX_MODELS`` models are drawn, and a line says so."""
    pictures, models = result.pictures[:MAX_PICTURES], result.models[:MAX_MODELS]
    columns = min(MAX_COLUMNS, max(3, len(pictures)))  # three are needed for the totals' width
    rows = -(-len(pictures) // columns)
    tile_height = THUMBNAIL_SIDE + ROW * (1 + len(models))
    remarks = _remarks(result)
    top = MARGIN + 40 + ROW * (1 + len(models) + 1 + len(remarks)) + GAP
    width = 2 * MARGIN + columns * TILE_WIDTH + (columns - 1) * GAP
    image = Image.new("RGB", (width, top + rows * (tile_height + GAP) + MARGIN), PAPER)
    pen = ImageDraw.Draw(image)

    _draw_head(pen, result, models, remarks, width)
    for index, picture in enumerate(pictures):
        row, column = divmod(index, columns)
        corner = (MARGIN + column * (TILE_WIDTH + GAP), top + row * (tile_height + GAP))
        _draw_tile(image, pen, corner, picture, [(model, result.answers[model][index]) for model in models])
    return image


def to_png(result: FolderTest) -> bytes:
    """The picture as a PNG file."""
    file = io.BytesIO()
    draw(result).save(file, "PNG")
    return file.getvalue()


def _remarks(result: FolderTest) -> list[str]:
    remarks = []
    if len(result.pictures) > MAX_PICTURES:
        remarks.append(f"Shown: the first {MAX_PICTURES} of {len(result.pictures):,} pictures. The totals count them all.")
    if len(result.models) > MAX_MODELS:
        remarks.append(f"Shown: the first {MAX_MODELS} of {len(result.models):,} models. The CSV has them all.")
    if result.problems:
        remarks.append(f"Left out: {', '.join(problem.name for problem in result.problems)}.")
    return remarks


def _draw_head(pen: ImageDraw.ImageDraw, result: FolderTest, models: Iterable[str], remarks: list[str], width: int) -> None:
    labelled = sum(picture.label is not None for picture in result.pictures)
    title = f"{result.folder}: {_count(len(result.pictures), 'picture')}, {labelled:,} labelled"
    pen.text((MARGIN, MARGIN), _fit(title, width - 2 * MARGIN, TITLE), INK, TITLE)
    y = MARGIN + 40
    places = (MARGIN, MARGIN + 220, MARGIN + 390)
    for x, heading in zip(places, ("model", "right of labelled", "abstained"), strict=True):
        pen.text((x, y), heading, GREY, FONT)
    for model in models:
        y += ROW
        total = result.totals[model]
        right = f"{total.right:,} of {total.labelled:,}, {total.share:.1%}" if total.labelled else "no labels"
        for x, text in zip(places, (_fit(model, 210), right, f"{total.abstained:,}"), strict=True):
            pen.text((x, y), text, INK, FONT)
    y += ROW + 6
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
        pen.text((MARGIN, y), _fit(remark, width - 2 * MARGIN), INK, FONT)


def _draw_tile(
    image: Image.Image,
    pen: ImageDraw.ImageDraw,
    corner: tuple[int, int],
    picture: FolderPicture,
    answers: Iterable[tuple[str, Answer]],
) -> None:
    left, y = corner
    right = left + TILE_WIDTH
    small = Image.fromarray(picture.thumbnail)
    factor = THUMBNAIL_SIDE / max(small.size)
    if factor > 1:  # a 28 x 28 picture would be a stamp
        small = small.resize([max(1, round(side * factor)) for side in small.size], Image.Resampling.NEAREST)
    image.paste(small, (left, y))
    pen.rectangle((left, y, left + small.width - 1, y + small.height - 1), outline=LINE)
    beside = left + THUMBNAIL_SIDE + 8
    pen.text((beside, y), "label", GREY, FONT)
    pen.text((beside, y + 18), "none" if picture.label is None else str(picture.label), INK, TITLE)
    y += THUMBNAIL_SIDE + 2
    pen.text((left, y), _fit(picture.name, TILE_WIDTH), GREY, FONT)
    for model, answer in answers:
        y += ROW
        mark, colour = _verdict(picture, answer)
        mark(pen, (left, y + 3), colour)
        pen.text((left + MARK + 6, y), _fit(model, TILE_WIDTH - MARK - 80), INK, FONT)
        pen.text((right - 40, y), "?" if answer.digit is None else str(answer.digit), colour, FONT, anchor="ra")
        pen.text((right, y), f"{answer.confidence:.0%}", colour, FONT, anchor="ra")


def _verdict(picture: FolderPicture, answer: Answer) -> tuple:
    if answer.digit is None:
        return _dash, UNSURE
    right = is_right(picture, answer)
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
    """The text on one line, its middle left out where it is too long: the ends of names tell them apart."""
    text = " ".join(text.split())
    if font.getlength(text) <= width:
        return text

    def shortened(kept: int) -> str:
        return f"{text[: kept - kept // 2]}...{text[len(text) - kept // 2 :]}"

    too_long = bisect.bisect_left(range(len(text)), True, key=lambda kept: font.getlength(shortened(kept)) > width)
    return shortened(max(0, too_long - 1))


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}" + ("" if number == 1 else "s")
