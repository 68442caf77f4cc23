"""The convolution explorer: one output number of a convolution, taken apart on the page.

A Streamlit v2 component without a build step. The page gets the arrays once, as the network has them, and does the arithmetic
itself in double precision, so that a step asks the server nothing; Keras's own number stands beside the result.
"""

import base64
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import streamlit as st

HERE = Path(__file__).parent
#: Streamlit takes one script a component without a build step, so the parts are joined; the last has the only export.
PARTS = ("arithmetic.js", "words.js", "pictures.js", "drawing.js", "index.js")
SCRIPT = "\n".join((HERE / name).read_text("utf-8") for name in PARTS)
HTML, STYLE = (HERE / "index.html").read_text("utf-8"), (HERE / "style.css").read_text("utf-8")


@dataclass(frozen=True, kw_only=True, eq=False)
class ExplorerData:
    """One unit of a convolution and all that goes into it; rows, columns and channels count from 0.

    Attributes:
        picture: the drawing, float32 ``(28, 28)`` in 0-1.
        inputs: what goes into the layer, float32 ``(H, W, channels)``.
        input_names: how each channel is called, such as "drawing" or "feature map 12 of conv_1".
        kernel: the unit's weights, float32 ``(kernel rows, kernel columns, channels of its group)``.
        first_channel: where the group begins among the channels; 0 unless the convolution has groups.
        bias: what is added to the sum; 0 where the layer has none.
        activation: Keras's name of the function that comes last, such as "relu"; "linear" for none.
        output: the unit's feature map as Keras computed it, float32 ``(H', W')``.
        output_range: the lowest and the highest number of all the layer's feature maps; None: this map's own.
        strides: rows and columns from one patch to the next.
        dilation: rows and columns from one cell of a patch to the next.
        offset: output ``(y, x)`` sees the patch whose first cell is input ``(y * stride - offset, x * stride - offset)``.
        field: what output ``(y, x)`` sees of the picture: ``(start_y, step_y, size_y, start_x, step_x, size_x)`` means the rows
            ``[start_y + y * step_y, + size_y)`` and columns alike, clipped to the picture.
        layer: the layer's name.
        unit: which of its feature maps this is.
        position: the output row and column that is chosen at first. Once the visitor has moved, give back what
            `convolution_explorer` returned; any other position makes the explorer go there.
    """

    picture: np.ndarray
    inputs: np.ndarray
    input_names: tuple[str, ...]
    kernel: np.ndarray
    first_channel: int = 0
    bias: float
    activation: str
    output: np.ndarray
    output_range: tuple[float, float] | None = None
    strides: tuple[int, int]
    dilation: tuple[int, int]
    offset: tuple[int, int]
    field: tuple[int, int, int, int, int, int]
    layer: str
    unit: int
    position: tuple[int, int] = (0, 0)


def convolution_explorer(data: ExplorerData, *, key: str = "explorer") -> tuple[int, int] | None:
    """Show the explorer; choosing another unit or digit keeps the visitor's place.

    Put it into a fragment where the rest of the page does not depend on the place: when the visitor has rested on an output
    pixel for half a second, what surrounds the explorer is run again.

    Returns:
        The output row and column that the visitor chose; None until then.

    Raises:
        ValueError: the kernel's channels are not among the inputs'.
    """
    # At each mount, not at import: a component belongs to the server that runs at that moment. The same again costs nothing.
    component = st.components.v2.component("convolution_explorer", html=HTML, css=STYLE, js=SCRIPT)
    chosen = _place(st.session_state.get(key, {}).get("position"), data.output.shape)
    position = _position_to_send(data.position, chosen, f"{key}_sent")
    result = component(data=payload(data) | {"position": position}, key=key, on_position_change=lambda: None)
    return _place(result.position, data.output.shape)


def _place(reported: object, shape: tuple[int, ...]) -> tuple[int, int] | None:
    """What a browser said, if it is a place; on a map that has become smaller, the nearest one."""
    match reported:
        case [int(row), int(column)]:
            return min(max(row, 0), shape[0] - 1), min(max(column, 0), shape[1] - 1)
    return None


def _position_to_send(wanted: tuple[int, int], chosen: tuple[int, int] | None, memory: str) -> list[int]:
    """What came back from the page is not sent there again: the arrays would travel with it."""
    if memory not in st.session_state or tuple(wanted) != chosen:
        st.session_state[memory] = [int(place) for place in wanted]
    return st.session_state[memory]


def payload(data: ExplorerData) -> dict:
    """What is sent to the page: JSON values; arrays as base64 of little-endian float32, only the channels that count."""
    group = slice(data.first_channel, data.first_channel + data.kernel.shape[2])
    inputs = data.inputs[:, :, group]
    if inputs.shape[2] != data.kernel.shape[2] or len(data.input_names) != data.inputs.shape[2]:
        raise ValueError(
            f"The kernel {data.kernel.shape} from channel {data.first_channel} on and {len(data.input_names)} names "
            f"do not fit inputs of the shape {data.inputs.shape}: expected (H, W, channels) with a name each."
        )
    low, high = data.output_range or (data.output.min(), data.output.max())
    return {
        "picture": _array(data.picture),
        "inputs": _array(inputs),
        "names": list(data.input_names[group]),
        "kernel": _array(data.kernel),
        "bias": _array(np.array([data.bias])),  # as an array, because JSON has no NaN, and a network may diverge
        "activation": data.activation,
        "output": _array(data.output),
        "range": _array(np.array([low, high])),
        "strides": [int(step) for step in data.strides],
        "dilation": [int(step) for step in data.dilation],
        "offset": [int(step) for step in data.offset],
        "field": [int(number) for number in data.field],
        "layer": data.layer,
        "unit": int(data.unit),
    }


def _array(array: np.ndarray) -> dict:
    return {"shape": list(array.shape), "floats": base64.b64encode(np.ascontiguousarray(array, "<f4").tobytes()).decode()}
