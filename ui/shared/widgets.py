"""Inputs that several pages use. Each owns its session state and returns plain values."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import streamlit as st

from digitcore.networks import registry
from digitcore.networks.registry import ModelEntry
from ui.shared.address import IS_NEW, follow_address, linked_choice
from ui.shared.canvas import WIDE, digit_canvas
from ui.shared.glossary import explain
from ui.shared.mnist import mnist_picker
from ui.shared.model_labels import model_facts, model_labels
from ui.shared.titles import title_of

WIDE_KEY = "canvas_is_wide"
WAYS_IN = ("Draw", "Upload", "Camera", "MNIST")
NO_MODEL = "There is no model yet. Train one on the Train page, or with: `python -m digitcore train`"


@dataclass(frozen=True, kw_only=True)
class NamedPicture:
    """A visitor's picture.

    Attributes:
        name: a name to show.
        content: the bytes of a PNG, JPEG or WebP file.
        is_shown: whether the visitor sees it where it was brought, as on the canvas.
        is_file: whether it was uploaded or photographed, so that it may need to be turned or cropped.
    """

    name: str
    content: bytes
    is_shown: bool = True
    is_file: bool = False


def model_picker(key: str = "model", *, link: bool = False) -> str | None:
    """Choose a saved model. Returns None if there is none; broken models are listed with the reason.

    Args:
        key: the session-state key, and the name in the address.
        link: whether the page's address can ask for a model. Such a page has less room for the picker.
    """
    entries = registry.list_models()
    good = {entry.name: entry for entry in entries if not entry.problem}
    labels = model_labels(list(good.values()), with_results=not link)
    if link:
        follow_address(key)
        if good and (st.session_state.get(IS_NEW) or key not in st.session_state):
            linked = linked_choice("model", good, key=key, instead=title_of(next(iter(good))))
            if linked:
                st.session_state[key] = linked
    _forget_unknown_model(key, good)
    chosen = good.get(st.session_state.get(key)) or next(iter(good.values()), None)
    name = st.selectbox(
        "Read by",
        list(good),
        format_func=lambda name: labels.get(name, name),
        key=key,
        persist_state="session",
        disabled=not good,
        placeholder="No model",
        help=f"{model_facts(chosen)}\n\n{explain('test images', 'parameters')}" if chosen else None,
    )
    if not good:
        st.info(NO_MODEL)
    _show_broken([entry for entry in entries if entry.problem])
    return name if name in good else next(iter(good), None)


def _forget_unknown_model(key: str, good: dict[str, ModelEntry]) -> None:
    """A model may have been deleted since it was chosen, and a browser can send anything."""
    if key not in st.session_state or _is_one_of(good, st.session_state[key]):
        return
    if st.session_state.pop(key) is not None and good:
        st.caption(f"The model that was chosen does not exist any more. {title_of(next(iter(good)))} is used instead.")


def _is_one_of(good: dict[str, ModelEntry], name: object) -> bool:
    return isinstance(name, str) and name in good


def _show_broken(broken: Sequence[ModelEntry]) -> None:
    if not broken:
        return
    count = "1 model cannot" if len(broken) == 1 else f"{len(broken)} models cannot"
    with st.expander(f"{count} be used: why", icon=":material/broken_image:"):
        for entry in broken:
            st.write(f"The model **{entry.name}** cannot be used: {entry.problem}")


def digit_source(key: str = "way_in", *, numbers: bool = False) -> list[NamedPicture]:
    """Draw, upload, photograph or pick a digit. The list is empty while there is nothing to read.

    Args:
        key: the session-state key of the choice; pages that use the same key share the choice, and the pictures.
        numbers: whether the canvas can be made wide, to write a number.
    """
    if st.session_state.get(key, "Draw") not in WAYS_IN:  # whatever a browser sends
        st.session_state[key] = "Draw"
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
        return _uploads(f"{key}_upload")
    if way == "Camera":
        return _photo(f"{key}_camera")
    content = mnist_picker() if way == "MNIST" else _drawing(numbers=numbers)
    return [NamedPicture(name="MNIST image" if way == "MNIST" else "your drawing", content=content)] if content else []


def draws_wide() -> bool:
    """Whether the visitor draws on the wide canvas."""
    return bool(st.session_state.get(WIDE_KEY)) and st.session_state.get("way_in", "Draw") == "Draw"


def _drawing(*, numbers: bool) -> bytes | None:
    place = st.container()
    help_text = "A wide canvas, for several digits."
    is_wide = numbers and st.toggle("Write a number", key=WIDE_KEY, persist_state="session", help=help_text)
    with place:
        return digit_canvas("wide", width=WIDE) if is_wide else digit_canvas()


def _uploads(key: str) -> list[NamedPicture]:
    files = st.file_uploader(
        "Pictures of digits",
        ["png", "jpg", "jpeg", "webp"],
        accept_multiple_files=True,
        help="PNG, JPEG or WebP, up to 10 MB and 20 megapixels each (50 for a JPEG). Your pictures are not stored.",
        key=key,
        on_change=_forget_pictures,
        args=(key,),
    )
    return _kept(
        key, [NamedPicture(name=file.name, content=file.getvalue(), is_shown=False, is_file=True) for file in files or []]
    )


def _photo(key: str) -> list[NamedPicture]:
    photo = st.camera_input("A digit on paper that fills most of the picture", key=key, on_change=_forget_pictures, args=(key,))
    return _kept(key, [NamedPicture(name="your photo", content=photo.getvalue(), is_file=True)] if photo else [])


def _kept(key: str, pictures: list[NamedPicture]) -> list[NamedPicture]:
    """The pictures, or those that the visitor brought before looking at another page, where Streamlit forgets them."""
    kept = f"{key}_pictures"
    if pictures:
        st.session_state[kept] = [replace(picture, is_shown=False) for picture in pictures]
        return pictures
    if st.session_state.get(kept):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.caption(f"Still here: {_names(st.session_state[kept])}")
            st.button("Remove", icon=":material/delete:", key=f"{key}_remove", on_click=_forget_pictures, args=(key,))
    return st.session_state.get(kept, [])


def _names(pictures: list[NamedPicture]) -> str:
    return pictures[0].name if len(pictures) == 1 else f"{len(pictures)} pictures"


def _forget_pictures(key: str) -> None:
    st.session_state.pop(f"{key}_pictures", None)
