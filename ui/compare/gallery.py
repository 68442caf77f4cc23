"""Small pictures of digits, each with a caption."""

from collections.abc import Callable, Sequence

import numpy as np
import streamlit as st

from ui.shared.pictures import tile

SIDE = 84
CELL_WIDTH = 104
PAGE = 24


def gallery(images: np.ndarray, indices: Sequence[int], caption: Callable[[int], str], *, key: str) -> None:
    """The chosen images, a page at a time.

    Args:
        images: uint8 ``(N, 28, 28)``.
        indices: the images to show, in order.
        caption: returns the Markdown below the image with an index.
        key: the gallery's key in the session state, also its CSS class.
    """
    if not len(indices):
        return
    pages = -(-len(indices) // PAGE)
    page = st.number_input(f"Page, 1 to {pages}", 1, pages, key=f"{key}_page", width=160) if pages > 1 else 1
    with st.grid("auto", min_column_width=CELL_WIDTH, key=key):
        for index in indices[(page - 1) * PAGE : page * PAGE]:
            text = caption(index)
            alt = text.replace("*", "").replace("  \n", ", ")
            with st.container():
                st.image(tile(images[index] / 255, SIDE), width=SIDE, alt=alt)
                st.caption(text)
