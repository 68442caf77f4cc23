"""A wrong answer becomes a picture of the set ``collected``, with the label that the visitor gives."""

import ipaddress
import os
from typing import TYPE_CHECKING

import streamlit as st

from digitcore.datasets import collections
from digitcore.errors import DigitcoreError
from digitcore.figures.words import with_article

if TYPE_CHECKING:
    from ui.shared.widgets import NamedPicture

#: The set, in the folder of data. Compare shows it, and Train offers it as a labelled folder.
SET = "collected"
#: 1 lets every visitor of a server keep pictures, 0 nobody. Without it, only who sits at the computer itself may.
VARIABLE = "DIGITLAB_COLLECT"
KEY, MESSAGE = "recognise_was", "recognise_collected"


def may_collect() -> bool:
    """Whether this visitor may keep pictures on the computer that serves the page."""
    if setting := os.environ.get(VARIABLE):
        return setting == "1"
    return is_local(st.context.ip_address, forwarded="X-Forwarded-For" in st.context.headers)


def is_local(address: str | None, *, forwarded: bool) -> bool:
    """Whether a visitor sits at the computer that serves the page.

    Args:
        address: where the visitor's browser is, as Streamlit knows it; None for this computer.
        forwarded: whether a reverse proxy has passed the request on, whose own address says nothing of the visitor.
    """
    if forwarded:
        return False
    if address is None:
        return True
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return False
    # A server that listens on all addresses sees 127.0.0.1 as ::ffff:127.0.0.1.
    return (getattr(found, "ipv4_mapped", None) or found).is_loopback


def offer_to_collect(picture: "NamedPicture") -> None:
    """The question, and a button for each digit; nothing where pictures may not be kept."""
    if not may_collect():
        return
    with st.popover("Wrong? It was a …", icon=":material/edit_note:", key="recognise_wrong"):
        st.caption(
            "Keeps the picture on this computer, with the right digit, in the set **collected**. Compare shows the set, tests "
            "models on it, exports and deletes it; Train can train on it."
        )
        st.pills("The right digit", range(10), key=KEY, on_change=_keep, args=(picture,), label_visibility="collapsed")
        if message := st.session_state.pop(MESSAGE, None):
            st.write(message)


def _keep(picture: "NamedPicture") -> None:
    label = st.session_state.get(KEY)
    if label is None:
        return
    st.session_state[KEY] = None
    try:
        kept = collections.keep(SET, [(picture.name, picture.content, label)])
    except DigitcoreError as error:
        st.session_state[MESSAGE] = f"The picture cannot be kept: {error}"
        return
    if kept.refused:
        st.session_state[MESSAGE] = f"The picture cannot be kept: {kept.refused[0]}"
    else:
        what = "was already kept" if kept.repeated else "is kept"
        count = collections.count(SET)
        pictures = f"{count:,} picture{'s' * (count != 1)}"
        st.session_state[MESSAGE] = f"The picture {what} as {with_article(label)}. The set now holds {pictures}."
