"""What a network reads: one answer in full, or several in a grid."""

import io

import numpy as np
import streamlit as st
from PIL import Image, ImageOps
from streamlit.delta_generator import DeltaGenerator

from digitcore.errors import DigitcoreError
from ui.widgets import NamedPicture

GRID_COLUMN_WIDTH = 150
STEP_SIDE = 76
#: Large for one digit; a row of several shrinks to the screen's width.
HEADLINE = '<div role="status" style="font-size:min(7rem,{width}vw);font-weight:700;line-height:1">{text}</div>'


def show_nothing_yet(answer: DeltaGenerator) -> None:
    """The empty state: nothing is drawn, and no digit is shown."""
    answer.subheader("Nothing to read yet", anchor=False)
    answer.write("Draw a digit, or bring a picture of one.")


def show_answer(answer: DeltaGenerator, picture: NamedPicture, model: str) -> None:
    """The digit in large type in ``answer``; below, how sure the network is and how the picture was prepared."""
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
        answer.write(f"**{result.confidence:.1%} sure** · the network took {result.network_seconds * 1000:.1f} ms")
    for note in result.notes:
        st.caption(note)
    if result.confidence:
        from digitcore.figures import probability_chart

        st.plotly_chart(probability_chart(result.probabilities), config={"displayModeBar": False})
    st.caption("How the picture was prepared")
    with st.container(horizontal=True, gap="small", key="steps"):
        for step in result.steps:
            st.image(_as_tile(step.pixels), caption=step.name, width=STEP_SIDE, alt=f"{step.name}: {step.caption}")


def show_answers(answer: DeltaGenerator, pictures: list[NamedPicture], model: str) -> None:
    """A grid of pictures, each with its answer or with the reason why there is none."""
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
        st.image(_as_tile(result.steps[0].pixels), width=STEP_SIDE, alt=picture.name)
        if result.digit is None:
            st.write(result.reason)
        else:
            st.metric("reads", result.text, f"{result.confidence:.1%} sure", delta_color="off", delta_arrow="off")
    st.caption(picture.name)


def _recognise(content: bytes, model: str):  # noqa: ANN202 - its type would import TensorFlow
    from digitcore.recogniser import recognise

    return recognise(content, model)


def _as_tile(pixels: np.ndarray) -> bytes:
    """A square PNG of a float image in 0-1: small images stay pixels, large ones are scaled down."""
    image = Image.fromarray((np.clip(pixels, 0, 1) * 255).astype(np.uint8))
    side = 2 * STEP_SIDE
    method = Image.Resampling.NEAREST if max(image.size) < side else Image.Resampling.BOX
    scale = side / max(image.size)
    image = ImageOps.expand(image.resize([max(1, round(s * scale) - 2) for s in image.size], method), border=1, fill=128)
    tile = Image.new("L", (side, side), 128)
    tile.paste(image, ((side - image.width) // 2, (side - image.height) // 2))
    file = io.BytesIO()
    tile.save(file, "PNG")
    return file.getvalue()
