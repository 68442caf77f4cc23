"""A row of pictures, of which one is chosen: by click, tap or keyboard.

A Streamlit v2 component without a build step. The row scrolls sideways by swipe, wheel and arrow keys.
"""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import streamlit as st

HERE = Path(__file__).parent
SCRIPT, STYLE = (HERE / "index.js").read_text("utf-8"), (HERE / "style.css").read_text("utf-8")


@dataclass(frozen=True, kw_only=True)
class Frame:
    """One picture of the row.

    Attributes:
        label: what stands below it.
        description: what it is, in words; shown on hover and read by screen readers.
        picture: a data URL; None for a frame of the sheet, or a frame without a picture.
        is_thin: whether the frame is a narrow one, with its label upright and no picture.
    """

    label: str
    description: str
    picture: str | None = None
    is_thin: bool = False


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """All pictures in one, which is smaller than as many files.

    Attributes:
        picture: a data URL.
        columns: the number of pictures side by side; the first frames are in the first row.
        rows: the number of rows.
    """

    picture: str
    columns: int
    rows: int


def filmstrip(
    frames: Sequence[Frame],
    chosen: int,
    on_choose: Callable[[int], None],
    *,
    label: str,
    key: str,
    size: int,
    sheet: Sheet | None = None,
) -> None:
    """Show the row.

    Args:
        frames: the pictures.
        chosen: the index of the chosen one.
        on_choose: called with the index of the frame that the visitor chooses, before the page runs again.
        label: what is chosen here, for screen readers.
        key: the session-state key.
        size: the side of a picture on the page, in CSS pixels.
        sheet: the pictures, if the frames have none of their own.
    """
    component = st.components.v2.component("filmstrip", html="<ul></ul>", css=STYLE, js=SCRIPT)
    data = {"frames": [asdict(frame) for frame in frames], "chosen": chosen, "label": label, "size": size}
    data["sheet"] = asdict(sheet) if sheet else None

    def choose() -> None:
        match st.session_state.get(key):  # whatever a browser sends
            case {"chosen": int(index)} if 0 <= index < len(frames):
                on_choose(index)

    component(data=data, key=key, on_chosen_change=choose)
