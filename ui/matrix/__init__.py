"""A confusion matrix as a table of buttons, of which one is chosen: by click, tap or keyboard.

A Streamlit v2 component without a build step.
"""

from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path

import streamlit as st

from digitcore.figures.confusion import Cell

HERE = Path(__file__).parent
SCRIPT, STYLE = (HERE / "index.js").read_text("utf-8"), (HERE / "style.css").read_text("utf-8")
#: The number of digits, and so of rows and columns.
SIDE = 10


def matrix(
    cells: Sequence[Cell],
    chosen: tuple[int, int] | None,
    on_choose: Callable[[tuple[int, int] | None], None],
    *,
    label: str,
    key: str,
) -> None:
    """Show the table.

    Args:
        cells: a hundred, row by row: rows by label, columns by prediction.
        chosen: (label, prediction) of the chosen cell; None if there is none.
        on_choose: called with the cell that the visitor chooses, before the page runs again; with None if the visitor chooses
            the chosen cell again.
        label: what the table shows, for screen readers.
        key: the session-state key.
    """
    component = st.components.v2.component("matrix", html="<div><table></table></div>", css=STYLE, js=SCRIPT)
    at = -1 if chosen is None else SIDE * chosen[0] + chosen[1]

    def choose() -> None:
        match st.session_state.get(key):  # whatever a browser sends
            case {"chosen": int(index)} if -1 <= index < SIDE**2:
                on_choose(None if index < 0 else divmod(index, SIDE))

    component(data={"cells": [asdict(cell) for cell in cells], "chosen": at, "label": label}, key=key, on_chosen_change=choose)
