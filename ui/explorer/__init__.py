"""The explorer: one output number of a layer, computed on the page from what goes into the layer.

A Streamlit v2 component without a build step. The page gets the arrays once, as the network has them, and does the arithmetic
itself in double precision, so that a step asks the server nothing; Keras's own number stands beside the result.
"""

from collections.abc import Callable
from pathlib import Path

import streamlit as st

from ui.explorer.data import (
    ConvolutionData,
    DenseData,
    ExplorerData,
    MapsData,
    PointwiseData,
    PoolingData,
    SoftmaxData,
    payload,
)

__all__ = [
    "ConvolutionData",
    "DenseData",
    "ExplorerData",
    "MapsData",
    "PointwiseData",
    "PoolingData",
    "SoftmaxData",
    "explorer",
    "payload",
]

HERE = Path(__file__).parent
#: Streamlit takes one script a component without a build step, so the parts are joined; the last has the only export.
PARTS = (
    *("activations", "numbers", "geometry", "pictures", "words", "tables", "page", "maps"),
    *("convolution_terms", "kernel_presets", "own_kernel", "convolution", "pooling", "pointwise", "softmax", "dense"),
    *("explorer", "index"),
)
SCRIPT = "\n".join((HERE / f"{name}.js").read_text("utf-8") for name in PARTS)
HTML, STYLE = (HERE / "index.html").read_text("utf-8"), (HERE / "style.css").read_text("utf-8")


def explorer(
    data: ExplorerData, *, key: str = "explorer", on_unit: Callable[[int], None] | None = None
) -> tuple[int, int] | None:
    """Show the explorer; choosing another unit or digit keeps the visitor's place.

    Put it into a fragment where the rest of the page does not depend on the place: when the visitor has rested on an output
    pixel for half a second, what surrounds the explorer is run again.

    Args:
        data: the layer, one of its units, and what goes into it.
        key: the component's key; the session also keeps ``KEY_sent``.
        on_unit: called, before the script runs again, with the unit that the visitor chose in the explorer; None: none can be
            chosen there.

    Returns:
        The output row and column that the visitor chose on a map; None until then, and for layers without maps.
    """
    # At each mount, not at import: a component belongs to the server that runs at that moment. The same again costs nothing.
    component = st.components.v2.component("layer_explorer", html=HTML, css=STYLE, js=SCRIPT)
    sent = payload(data) | {"choosable": on_unit is not None}
    if isinstance(data, MapsData):
        chosen = _place(st.session_state.get(key, {}).get("position"), data.output.shape)
        sent["position"] = _position_to_send(data.position, chosen, f"{key}_sent")

    def tell_unit() -> None:
        unit = _unit(st.session_state.get(key, {}).get("unit"), data.units_in_layer)
        if on_unit and unit is not None:
            on_unit(unit)

    result = component(data=sent, key=key, on_position_change=lambda: None, on_unit_change=tell_unit)
    return _place(result.position, data.output.shape) if isinstance(data, MapsData) else None


def _place(reported: object, shape: tuple[int, ...]) -> tuple[int, int] | None:
    """What a browser said, if it is a place; on a map that has become smaller, the nearest one."""
    match reported:
        case [int(row), int(column)]:
            return min(max(row, 0), shape[0] - 1), min(max(column, 0), shape[1] - 1)
    return None


def _unit(reported: object, count: int) -> int | None:
    """What a browser said, if it is one of the layer's units."""
    return reported if type(reported) is int and 0 <= reported < count else None


def _position_to_send(wanted: tuple[int, int], chosen: tuple[int, int] | None, memory: str) -> list[int]:
    """What came back from the page is not sent there again: the arrays would travel with it."""
    if memory not in st.session_state or tuple(wanted) != chosen:
        st.session_state[memory] = [int(place) for place in wanted]
    return st.session_state[memory]
