"""A visitor's own pictures: labelled here and saved as a named set, to compare models on and to train on."""

import streamlit as st

from digitcore.datasets import collections
from digitcore.datasets.dataset import UNLABELLED
from digitcore.datasets.labelled_folder import label_of
from digitcore.errors import DigitcoreError, ImageError
from digitcore.preprocessing.pictures import load_picture
from ui.shared.canvas import digit_canvas
from ui.shared.pictures import tile
from ui.shared.widgets import NamedPicture

UPLOAD, DRAW = "Upload", "Draw"
MAX_AT_ONCE = 60
CELL_WIDTH, SIDE = 130, 84
DIGITS = list(range(10))
SET_NAME, MESSAGE, ROUND, CANVAS = "compare_set_name", "compare_set_message", "compare_set_round", "compare_canvas"


def show_handwriting() -> None:
    """Name a set, add pictures, label each one and save them."""
    st.caption("Saved on this server under the name that you choose, for everyone who uses it. File names are not saved.")
    st.text_input("Name of the set", key=SET_NAME, max_chars=64, placeholder="mine", persist_state="session", width=320)
    way = st.segmented_control("Add pictures", [UPLOAD, DRAW], default=UPLOAD, required=True, key="compare_set_way")
    if message := st.session_state.pop(MESSAGE, None):
        is_good, text = message
        (st.success if is_good else st.error)(text)
    pictures = _uploaded() if way == UPLOAD else _drawn()
    if not pictures:
        return
    labelled = _label(pictures)
    missing = sum(label is None for *_, label in labelled)
    st.button(
        f"Save {len(labelled)} picture{'s' * (len(labelled) != 1)}",
        type="primary",
        icon=":material/save:",
        disabled=bool(missing) or not labelled,
        on_click=_keep,
        args=(labelled, way),
    )
    if missing:
        st.caption(f"Still without a label: {missing}.")


def _uploaded() -> list[NamedPicture]:
    files = st.file_uploader(
        "Pictures of one digit each",
        ["png", "jpg", "jpeg", "webp"],
        accept_multiple_files=True,
        key=f"compare_set_files_{st.session_state.get(ROUND, 0)}",
        help="PNG, JPEG or WebP, up to 5 MB each. A name such as 3_mine.png gives the label.",
    )
    if len(files) > MAX_AT_ONCE:
        st.warning(f"You uploaded {len(files)} pictures. The first {MAX_AT_ONCE} can be labelled now.")
    return [NamedPicture(name=file.name, content=file.getvalue()) for file in files[:MAX_AT_ONCE]]


def _drawn() -> list[NamedPicture]:
    content = digit_canvas(CANVAS)
    return [NamedPicture(name="drawing.png", content=content)] if content else []


def _label(pictures: list[NamedPicture]) -> list[tuple[str, bytes, int | None]]:
    """Show each picture small, with a picker for its label; for one that cannot be read, show the reason."""
    labelled = []
    with st.grid("auto", min_column_width=CELL_WIDTH, key="compare_to_label"):
        for number, picture in enumerate(pictures):
            with st.container():
                try:
                    st.image(tile(load_picture(picture.content).pixels, SIDE), width=SIDE, alt=picture.name)
                except ImageError as error:
                    st.error(f"{picture.name}: {error}")
                    continue
                suggestion = label_of(picture.name)
                index = None if suggestion == UNLABELLED else suggestion
                key = f"compare_label_{st.session_state.get(ROUND, 0)}_{number}_{picture.name}"
                label = st.selectbox(picture.name, DIGITS, index=index, key=key, placeholder="digit")
                labelled.append((picture.name, picture.content, label))
    return labelled


def _keep(labelled: list[tuple[str, bytes, int]], way: str) -> None:
    name = st.session_state[SET_NAME] or ""  # the latest text: it may have come with this click
    try:
        kept = collections.keep(name, labelled)
    except DigitcoreError as error:
        st.session_state[MESSAGE] = (False, str(error))
        return
    text = f"Pictures saved in **{name}**: {kept.added}. The set now holds {collections.count(name)}."
    if kept.repeated:
        text += f" Already there: {kept.repeated}."
    text += " Choose it under *Compared on*." if kept.added else ""
    st.session_state[MESSAGE] = (True, "  \n".join([text, *kept.refused]))
    st.session_state[ROUND] = st.session_state.get(ROUND, 0) + 1  # a new, empty uploader
    if way == DRAW:
        st.session_state.pop(f"{CANVAS}_drawing", None)
        st.session_state.pop(CANVAS, None)
