"""Turn and crop a picture before it is read."""

import zlib
from dataclasses import replace

import streamlit as st
from PIL import Image

from digitcore.errors import DigitcoreError
from ui.shared.pictures import as_png, upright_image
from ui.shared.widgets import NamedPicture

#: At least this much of a picture is left, percent.
LEAST = 5


def turned_and_cropped(picture: NamedPicture) -> NamedPicture:
    """Show the buttons, and the picture as they leave it; that is what is read."""
    key = f"crop_{zlib.crc32(picture.content)}"
    turns = st.session_state.get(f"{key}_turns", 0)
    across, down = (st.session_state.get(f"{key}_{side}", (0, 100)) for side in ("across", "down"))
    content = picture.content
    if turns or (across, down) != ((0, 100), (0, 100)):
        try:
            content = _edited(content, turns, across, down)
        except DigitcoreError:
            return picture  # the answer says why it cannot be read
    with st.container(horizontal=True, vertical_alignment="center", key="recognise_crop"):
        st.button("Turn", icon=":material/rotate_90_degrees_cw:", on_click=_turn, args=(key,), help="By 90 degrees, clockwise.")
        crops = st.toggle("Crop", key=f"{key}_on", help="Keep only a part of the picture, such as one number on a page.")
    if crops:
        st.slider("From left to right", 0, 100, (0, 100), format="%d%%", key=f"{key}_across")
        st.slider("From top to bottom", 0, 100, (0, 100), format="%d%%", key=f"{key}_down")
    return replace(picture, content=content)


def _turn(key: str) -> None:
    st.session_state[f"{key}_turns"] = (st.session_state.get(f"{key}_turns", 0) + 1) % 4


@st.cache_data(max_entries=16, show_spinner=False)
def _edited(content: bytes, turns: int, across: tuple[int, int], down: tuple[int, int]) -> bytes:
    """The picture, turned clockwise by so many right angles, then cropped to these parts of it, in percent."""
    image = upright_image(content)
    if turns:
        image = image.transpose((Image.Transpose.ROTATE_270, Image.Transpose.ROTATE_180, Image.Transpose.ROTATE_90)[turns - 1])
    left, right = _edges(across, image.width)
    top, bottom = _edges(down, image.height)
    return as_png(image.crop((left, top, right, bottom)))


def _edges(shares: tuple[int, int], length: int) -> tuple[int, int]:
    """The first and the last pixel of a part, which is never empty."""
    low, high = shares
    high = max(high, min(100, low + LEAST))
    low = min(low, high - LEAST)
    return round(low * length / 100), round(high * length / 100)
