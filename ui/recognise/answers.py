"""Recognitions: one in full, or several in a grid."""

import contextlib
import html
from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from digitcore.errors import DigitcoreError
from digitcore.figures.words import percent, with_article
from digitcore.preprocessing.links import encode
from digitcore.preprocessing.options import ALL_STEPS, Options
from ui.recognise.collect import offer_to_collect
from ui.recognise.crop import turned_and_cropped
from ui.recognise.examples import show_examples
from ui.recognise.experiments import chosen_options, chosen_threshold, show_experiments
from ui.recognise.steps import show_steps
from ui.shared.bars import probability_bars
from ui.shared.detail import shows_everything
from ui.shared.glossary import explain
from ui.shared.pictures import tile, upright, with_boxes
from ui.shared.widgets import NamedPicture

if TYPE_CHECKING:
    from digitcore.networks.recogniser import Recognition

PAGES = Path(__file__).resolve().parents[2] / "pages"
#: The answer, and beside it the bars.
COLUMNS = [2, 3]
GRID_COLUMN_WIDTH = 150
SMALL_SIDE = 96
#: A screen reader says what changes here. The space separates the digits from the text that follows.
DIGITS = '<div class="recognise-answer recognise-digits" role="status" style="--count:{count}"><span>{text}</span> </div>'
MESSAGE = '<div class="recognise-answer" role="status"><h3>{heading}</h3> <p>{text}</p></div>'


def show_large(pictures: list[NamedPicture]) -> list[NamedPicture]:
    """Show the only picture as wide as the column, to be turned and cropped, unless it was drawn or chosen here.

    Returns:
        The pictures as the visitor has left them.
    """
    if len(pictures) != 1 or not pictures[0].is_file:
        return pictures
    place = st.container()
    picture = turned_and_cropped(pictures[0])
    if not picture.is_shown or picture.content != pictures[0].content:
        with place, contextlib.suppress(DigitcoreError):  # the answer says why it cannot be read
            st.image(upright(picture.content), width="stretch", alt=picture.name)
    return [picture]


def show_nothing_yet(*, can_read: bool) -> None:
    """Show the empty state: where the answer will be, and drawings to try if there is a model to read them."""
    _message(_answer_and_bars()[0], "Nothing to read yet", "Draw or upload a digit, and the answer appears here.")
    if can_read:
        show_examples()


def show_answer(picture: NamedPicture, model: str) -> None:
    """Show the digit in large type, the ten probabilities beside it, and below them how the picture was prepared."""
    answer, bars = _answer_and_bars()
    try:
        result = _recognise(picture.content, model, threshold=chosen_threshold(model), options=chosen_options())
    except DigitcoreError as error:
        answer.error(f"{picture.name}: {error}")
        return
    if not result.text:
        _message(answer, "No digit", result.reason)
        _offer_best_guess(answer, result)
    else:
        answer.html(DIGITS.format(text=result.text, count=len(result.text)))
        answer.markdown(_confidence(result), help=explain("confidence"))
    if result.confidence:
        with bars:
            probability_bars(result.probabilities)
            if len(result.digits) > 1:
                st.caption(_about_several(result))
        if len(result.digits) > 1:
            boxes = [(found.box, "?" if found.digit is None else str(found.digit)) for found in result.digits]
            st.image(
                with_boxes(picture.content, boxes),
                width="stretch",
                alt=f"The picture, with a box around each digit: {result.text}",
            )
        with st.container(horizontal=True, vertical_alignment="center", key="recognise_links"):
            _show_links(result, model)
            if len(result.digits) == 1:
                offer_to_collect(picture)
    for note in result.notes:
        st.caption(note)
    st.caption("How the picture was prepared", help=explain("preprocessing"))
    show_steps(result.steps)
    show_experiments(model)
    if shows_everything() and result.confidence:
        st.caption(f"The network took {result.network_seconds * 1000:.1f} ms.")


def show_answers(pictures: list[NamedPicture], model: str) -> None:
    """Show a grid of pictures, each with its digit, or with the reason why there is none."""
    st.container(key="answer").subheader(f"{len(pictures)} pictures", anchor=False)
    with st.grid("auto", min_column_width=GRID_COLUMN_WIDTH, border=True):
        for picture in pictures:
            with st.container():
                _show_small(picture, model)


def _answer_and_bars() -> tuple[DeltaGenerator, DeltaGenerator]:
    left, right = st.columns(COLUMNS, gap="medium", vertical_alignment="center")
    return left.container(key="answer", gap="xsmall"), right


def _message(answer: DeltaGenerator, heading: str, text: str) -> None:
    answer.html(MESSAGE.format(heading=heading, text=html.escape(text)))


def _offer_best_guess(answer: DeltaGenerator, result: "Recognition") -> None:
    """The best guess on request, for those who want one all the same."""
    if result.digits and answer.toggle("Show the best guess", key="recognise_guess"):
        answer.html(DIGITS.format(text="".join(str(found.best_guess) for found in result.digits), count=len(result.digits)))


def _confidence(result: "Recognition") -> str:
    lowest = min(found.confidence for found in result.digits)
    return f"**{percent(lowest)} confidence**" + (" in the least certain digit" if len(result.digits) > 1 else "")


def _about_several(result: "Recognition") -> str:
    each = ", ".join(
        f"**{found.digit}** {percent(found.confidence)}"
        if found.digit is not None
        else f"**?** (perhaps {found.best_guess}, {percent(found.confidence)})"
        for found in result.digits
    )
    largest = "the largest shape" if result.digit is None else f"the largest digit, {with_article(result.digit)}"
    return f"Confidence of each digit: {each}. The bars and the pictures below show {largest}."


def _show_links(result: "Recognition", model: str) -> None:
    """Ways to go on: what the network saw in this digit, and what the other models read."""
    digit = encode(result.steps[-1].pixels)
    st.page_link(
        PAGES / "layers.py",
        label="See why",
        icon=":material/search:",
        query_params={"model": model, "digit": digit, "look": "Why this answer?"},
        help="Which parts of the digit speak for this answer, and what each layer makes of it.",
    )
    st.page_link(
        PAGES / "compare.py",
        label="Ask all models",
        icon=":material/compare_arrows:",
        query_params={"show": "Try your own", "own": "Drawing"},
        help="What the other models read in the same picture.",
    )


def _show_small(picture: NamedPicture, model: str) -> None:
    try:
        result = _recognise(picture.content, model)
    except DigitcoreError as error:
        st.error(str(error))
    else:
        st.image(tile(result.steps[0].pixels, SMALL_SIDE), width=SMALL_SIDE, alt=picture.name)
        if not result.text:
            st.write(result.reason)
        else:
            lowest = percent(min(found.confidence for found in result.digits))
            st.metric("reads", result.text, f"{lowest} confidence", delta_color="off", delta_arrow="off")
    st.caption(picture.name)


def _recognise(content: bytes, model: str, *, threshold: float | None = None, options: Options = ALL_STEPS) -> "Recognition":
    from digitcore.networks.recogniser import recognise

    return recognise(content, model, threshold=threshold, options=options)
