"""Inputs that several pages use. Each owns its session state and returns plain values."""

from dataclasses import dataclass

import streamlit as st

from digitcore.networks import registry
from ui.shared.address import follow_address, linked_choice
from ui.shared.canvas import digit_canvas
from ui.shared.mnist import mnist_picker

WAYS_IN = ("Draw", "Upload", "Camera", "MNIST")


@dataclass(frozen=True, kw_only=True)
class NamedPicture:
    """A visitor's picture: a name to show, and the bytes of a PNG, JPEG or WebP file."""

    name: str
    content: bytes


def model_picker(key: str = "model", *, link: bool = False) -> str | None:
    """Choose a saved model. Broken models are listed with the reason. Returns None if there is no model to choose.

    Args:
        key: the session-state key, and the name in the address.
        link: whether the page's address contains the model.
    """
    entries = registry.list_models()
    good = {entry.name: entry for entry in entries if not entry.problem}

    def label(name: str) -> str:
        result = good[name].test_result if name in good else None
        return f"{name} · {result}" if result else name

    if link and good:
        follow_address(key)
        first = next(iter(good))
        if key not in st.session_state:
            st.session_state[key] = linked_choice("model", good, key=key, instead=first) or first
    name = st.selectbox(
        "Read by",
        list(good),
        format_func=label,
        key=key,
        persist_state="session",
        disabled=not good,
        placeholder="No model",
    )
    if not good:
        st.info("There is no model yet. Train one on the Train page, or with: `python -m digitcore train`")
    for entry in entries:
        if entry.problem:
            st.warning(f"The model **{entry.name}** cannot be used: {entry.problem}", icon=":material/broken_image:")
    return name


def digit_source(key: str = "way_in") -> list[NamedPicture]:
    """Draw, upload, photograph or pick a digit. The list is empty while there is nothing to read.

    Args:
        key: the session-state key of the choice; pages that use the same key share the choice.
    """
    way = st.segmented_control(
        "Bring a digit",
        WAYS_IN,
        default="Draw",
        required=True,
        key=key,
        persist_state="session",
        label_visibility="collapsed",
        width="stretch",
    )
    if way == "Upload":
        files = st.file_uploader(
            "Pictures of digits",
            ["png", "jpg", "jpeg", "webp"],
            accept_multiple_files=True,
            help="PNG, JPEG or WebP, up to 5 MB and 20 megapixels each. Your pictures are not stored.",
            key=f"{key}_upload",
        )
        return [NamedPicture(name=file.name, content=file.getvalue()) for file in files]
    if way == "Camera":
        photo = st.camera_input("A digit on paper that fills most of the picture", key=f"{key}_camera")
        return [NamedPicture(name="your photo", content=photo.getvalue())] if photo else []
    content = mnist_picker() if way == "MNIST" else digit_canvas()
    return [NamedPicture(name="your drawing" if way == "Draw" else "MNIST image", content=content)] if content else []
