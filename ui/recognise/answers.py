"""Recognitions: one in full, or several in a grid."""

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from digitcore.errors import DigitcoreError
from ui.shared.pictures import tile
from ui.shared.widgets import NamedPicture

GRID_COLUMN_WIDTH = 150
STEP_SIDE = 76
#: Large for one digit; several shrink to fit the screen's width. The space separates it from the text that follows.
HEADLINE = '<div role="status" style="font-size:min(7rem,{width}vw);font-weight:700;line-height:1">{text} </div>'


def show_nothing_yet(answer: DeltaGenerator) -> None:
    """Show the empty state, before anything is drawn."""
    answer.subheader("Nothing to read yet", anchor=False)
    answer.write("Draw or upload a digit, and the answer appears here.")


def show_answer(answer: DeltaGenerator, picture: NamedPicture, model: str) -> None:
    """Show the digit in large type in ``answer``, and below it the probabilities and how the picture was prepared."""
    try:
        result = _recognise(picture.content, model)
    except DigitcoreError as error:
        answer.error(f"{picture.name}: {error}")
        return
    if result.digit is None:
        answer.subheader("No digit", anchor=False)
        answer.write(result.reason)
    else:
        answer.html(HEADLINE.format(text=result.text, width=90 // len(result.text)))
        confidence = min(digit.confidence for digit in result.digits)  # of several digits, the lowest
        answer.write(f"**{confidence:.1%} confidence** · the network took {result.network_seconds * 1000:.1f} ms")
    for note in result.notes:
        st.caption(note)
    if len(result.digits) > 1:
        st.caption(f"The picture has {len(result.digits)} digits. The chart and pictures show the largest, a {result.digit}.")
    if result.confidence:
        from digitcore.figures.probabilities import probability_chart

        st.plotly_chart(probability_chart(result.probabilities), config={"displayModeBar": False})
    st.caption("How the picture was prepared")
    with st.container(horizontal=True, gap="small", key="recognise_steps"):
        for step in result.steps:
            st.image(tile(step.pixels, STEP_SIDE), caption=step.name, width=STEP_SIDE, alt=f"{step.name}: {step.caption}")


def show_answers(answer: DeltaGenerator, pictures: list[NamedPicture], model: str) -> None:
    """Show a grid of pictures, each with its digit, or with the reason why there is none."""
    answer.subheader(f"{len(pictures)} pictures", anchor=False)
    with st.grid("auto", min_column_width=GRID_COLUMN_WIDTH, border=True):
        for picture in pictures:
            with st.container():
                _show_small(picture, model)


def _show_small(picture: NamedPicture, model: str) -> None:
    try:
        result = _recognise(picture.content, model)
    except DigitcoreError as error:
        st.error(str(error))
    else:
        st.image(tile(result.steps[0].pixels, STEP_SIDE), width=STEP_SIDE, alt=picture.name)
        if result.digit is None:
            st.write(result.reason)
        else:
            st.metric("reads", result.text, f"{result.confidence:.1%} confidence", delta_color="off", delta_arrow="off")
    st.caption(picture.name)


def _recognise(content: bytes, model: str):  # noqa: ANN202 - its type would import TensorFlow
    from digitcore.networks.recogniser import recognise

    return recognise(content, model)
