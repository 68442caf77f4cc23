"""A visitor's set of pictures: choose or name it, see its pictures, correct their labels, rename it and delete it."""

from collections.abc import Callable
from pathlib import Path

import streamlit as st

from digitcore import paths
from digitcore.datasets import collections
from digitcore.datasets.labelled_folder import LabelledPicture
from digitcore.errors import ConfigError, DigitcoreError
from digitcore.paths import check_name
from digitcore.preprocessing.pictures import load_picture
from digitcore.runs.registry import active_runs
from ui.shared.pictures import tile

NAME, NEW_NAME, MESSAGE, REVISION = "compare_set_name", "compare_set_new_name", "compare_set_changed", "compare_set_revision"
CELL_WIDTH, SIDE, PAGE = 130, 84, 24
DIGITS = list(range(10))
STORED = "Sets are saved on this server, under the name that you choose, for everyone who uses it. File names are not saved."


def choose_set() -> str | None:
    """Choose a set, or type the name of a new one. Returns None, with the reason on the page, without a usable name."""
    names = collections.names()
    if not isinstance(st.session_state.get(NAME), str | None):
        st.session_state[NAME] = None
    if (chosen := st.session_state.get(NAME)) and chosen not in names:
        names.append(chosen)
    name = st.selectbox(
        "Set",
        names,
        index=None,
        key=NAME,
        accept_new_options=True,
        placeholder="Choose or name a set",
        persist_state="session",
        width=200,
        help=STORED,
    )
    if not name:
        return None
    try:
        return check_name(name)
    except ConfigError as error:
        st.error(str(error))
        return None


def show_set(name: str) -> None:
    """The set's pictures, with a menu for each label, and what can be done with the set; nothing if it is empty."""
    if text := st.session_state.pop(MESSAGE, None):
        st.error(text)
    try:
        pictures = collections.pictures_of(name)
    except DigitcoreError:  # a new name
        return
    count = f"{len(pictures):,} picture{'s' * (len(pictures) != 1)}"
    with st.container(horizontal=True, vertical_alignment="center"):
        st.subheader(f"{name}: {count}", anchor=False, width="content")
        with st.popover("Rename", icon=":material/edit:"):
            st.text_input("New name", key=NEW_NAME, max_chars=64, placeholder=name)
            st.button("Rename the set", key="compare_set_rename", on_click=_rename, args=(name,))
        st.download_button(
            "Export", lambda: collections.export(name), f"{name}.zip", "application/zip", icon=":material/download:",
            on_click="ignore", help="All pictures of the set, sorted by digit, as a zip file.",
        )  # fmt: skip
        with st.popover("Delete", icon=":material/delete:"):
            st.write(f"Delete the set **{name}** with its {count}?")
            st.button(f"Yes, delete {name}", type="primary", key="compare_set_delete", on_click=_delete, args=(name,))
    st.caption("Choose the set under *Compared on* to compare the models on it. Changes of a label are saved at once.")
    _show_pictures(name, pictures)


def _show_pictures(name: str, pictures: list[LabelledPicture]) -> None:
    pages = -(-len(pictures) // PAGE)
    page = st.number_input(f"Page, 1 to {pages}", 1, pages, key=f"compare_set_page_{pages}", width=160) if pages > 1 else 1
    revision = st.session_state.get(REVISION, 0)
    with st.grid("auto", min_column_width=CELL_WIDTH, key="compare_set"):
        for picture in pictures[(page - 1) * PAGE : page * PAGE]:
            with st.container(gap="xsmall"):
                st.image(tile(load_picture(picture.path).pixels, SIDE), width=SIDE, alt=f"Labelled {picture.label}")
                key = f"compare_set_label_{revision}_{name}_{picture.name}"
                with st.container(horizontal=True, vertical_alignment="center", gap="xsmall"):
                    st.selectbox(
                        f"Label of {picture.name}",
                        DIGITS,
                        index=picture.label,
                        key=key,
                        width=72,
                        label_visibility="collapsed",
                        on_change=_relabel,
                        args=(name, picture.name, key),
                    )
                    st.button(
                        "",
                        icon=":material/close:",
                        help="Remove the picture from the set",
                        type="tertiary",
                        key=f"compare_set_remove_{name}_{picture.name}",
                        on_click=_attempt,
                        args=(lambda file=picture.name: collections.remove(name, file),),
                    )


def _relabel(name: str, picture: str, key: str) -> None:
    _attempt(lambda: collections.relabel(name, picture, st.session_state.get(key)))


def _rename(name: str) -> None:
    new = st.session_state.get(NEW_NAME) or ""

    def change() -> None:
        _refuse_if_used(name)
        collections.rename(name, new)
        st.session_state[NAME] = new

    _attempt(change)


def _delete(name: str) -> None:
    def change() -> None:
        _refuse_if_used(name)
        collections.delete(name)
        st.session_state[NAME] = None

    _attempt(change)


def _refuse_if_used(name: str) -> None:
    """A run that trains on the set needs it under its name.

    Raises:
        ConfigError: there is such a run.
    """
    folder = (paths.data_dir() / name).resolve()
    for run in active_runs():
        if run.config.folder and Path(run.config.folder).resolve() == folder:
            raise ConfigError(f"A queued or running run trains on {name}. Cancel it, or wait for it.")


def _attempt(change: Callable[[], None]) -> None:
    """Do it; if it fails, the page says why. Widgets that show the old state are made anew."""
    try:
        change()
    except DigitcoreError as error:
        st.session_state[MESSAGE] = str(error)
    st.session_state[REVISION] = st.session_state.get(REVISION, 0) + 1
