"""What the explorer is told of a layer, by its kind, and how it is sent to the page."""

import base64
import dataclasses
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np

from ui.shared.glossary import TERMS


@dataclass(frozen=True, kw_only=True, eq=False)
class ExplorerData:
    """What every kind has.

    Attributes:
        unit: which of the layer's feature maps or units is shown, from 0.
        units_in_layer: how many the layer has.
        axes: of the layer's output for one image: 3 for maps, 1 for a vector.
        output_name: what the page calls it, such as "feature map 3" or "digit 7".
        rule: how one output number is computed, in a sentence.
        formula: the same in symbols; empty for none.
    """

    kind: ClassVar[str]
    #: The terms that the page explains.
    terms: ClassVar[tuple[str, ...]] = ()

    unit: int = 0
    units_in_layer: int = 1
    axes: int = 3
    output_name: str
    rule: str = ""
    formula: str = ""


@dataclass(frozen=True, kw_only=True, eq=False)
class MapsData(ExplorerData):
    """A layer whose output numbers each belong to a place; rows, columns and channels count from 0.

    Attributes:
        picture: the drawing, float32 ``(28, 28)`` in 0-1; None for a vector, whose numbers have no place in it.
        inputs: what goes into the layer, float32 ``(H, W, channels)``.
        names: how each channel is called, such as "the digit" or "map 12".
        output: the unit's feature map as Keras computed it, float32 ``(H', W')``.
        range: the lowest and the highest number of all the layer's feature maps; None: this map's own.
        field: what output ``(y, x)`` sees of the picture: ``(start_y, step_y, size_y, start_x, step_x, size_x)`` means the rows
            ``[start_y + y * step_y, + size_y)`` and columns alike, clipped to the picture.
        position: the output row and column that is chosen at first. Once the visitor has moved, give back what ``explorer``
            returned; any other position makes the explorer go there.
    """

    picture: np.ndarray | None
    inputs: np.ndarray
    names: tuple[str, ...]
    output: np.ndarray
    range: tuple[float, float] | None = None
    field: tuple[int, int, int, int, int, int] = (0, 0, 28, 0, 0, 28)
    position: tuple[int, int] = (0, 0)


@dataclass(frozen=True, kw_only=True, eq=False)
class WindowData(MapsData):
    """A layer with a window that moves over its input.

    Attributes:
        strides: rows and columns from one window to the next.
        dilation: rows and columns from one cell of a window to the next.
        offset: output ``(y, x)`` sees the window whose first cell is input ``(y * stride - offset, x * stride - offset)``.
    """

    strides: tuple[int, int]
    dilation: tuple[int, int] = (1, 1)
    offset: tuple[int, int]


@dataclass(frozen=True, kw_only=True, eq=False)
class ConvolutionData(WindowData):
    """One unit of a convolution.

    Attributes:
        kernel: the unit's weights, float32 ``(kernel rows, kernel columns, channels of its group)``.
        first_channel: where the group begins among the channels; 0 unless the convolution has groups. Only the group is sent.
        bias: what is added to the sum; 0 where the layer has none.
        activation: Keras's name of the function that comes last, such as "relu"; "linear" for none.
        next_activation: what the page calls the next layer, if that is an activation; empty if it is none.

    Raises:
        ValueError: the kernel's channels are not among the inputs'.
    """

    kind = "convolution"
    terms = ("bias", "activation function")

    kernel: np.ndarray
    first_channel: int = 0
    bias: float
    activation: str
    next_activation: str = ""

    def __post_init__(self) -> None:
        last, channels = self.first_channel + self.kernel.shape[2], self.inputs.shape[2]
        if last > channels or len(self.names) != channels:
            raise ValueError(
                f"The kernel {self.kernel.shape} from channel {self.first_channel} on and {len(self.names)} names "
                f"do not fit inputs of the shape {self.inputs.shape}: expected (H, W, channels) with a name each."
            )


@dataclass(frozen=True, kw_only=True, eq=False)
class PoolingData(WindowData):
    """One map of a pooling layer; its inputs have this one channel.

    Attributes:
        operation: "max" or "mean".
        window: its rows and columns; those of the whole map for global pooling.
    """

    kind = "pooling"

    operation: str
    window: tuple[int, int]


@dataclass(frozen=True, kw_only=True, eq=False)
class PointwiseData(MapsData):
    """One map of a layer that changes each number by itself; its inputs have this one channel.

    The units of a vector are shown in a grid. There, inputs and output are flat, ``(N,)``, and their shape is ``grid``.

    Attributes:
        function: "activation", "normalise", "rescale" or "copy".
        parameters: those of the function: "activation" (Keras's name), "slope", "ceiling", "threshold", "alpha"; "mean",
            "variance", "epsilon", "gamma", "beta"; "scale", "shift". A number for all, or an array with one for each output.
        grid: rows and columns of a vector; None for a map.
    """

    kind = "pointwise"
    terms = ("activation function", "batch normalisation")

    function: str
    parameters: dict[str, str | float | np.ndarray] = field(default_factory=dict)
    grid: tuple[int, int] | None = None


@dataclass(frozen=True, kw_only=True, eq=False)
class DenseData(ExplorerData):
    """One unit of a dense layer.

    Attributes:
        inputs, weights: float32 ``(N,)``.
        shape: rows, columns and channels in which the inputs are shown; the channel changes fastest, as after a flatten layer.
            The last row may be shorter.
        names: how each channel is called.
        is_vector: whether the inputs have no places in the image.
        bias: 0 where the layer has none.
        activation: Keras's name of the function.
        keras: the unit's number as Keras computed it.
        logits: for the activation "softmax", of all units ``(units,)``; None for any other.
        units: the names of all units, for a softmax.
    """

    kind = "dense"
    terms = ("bias", "activation function", "logit", "softmax", "temperature")

    inputs: np.ndarray
    weights: np.ndarray
    shape: tuple[int, int, int]
    names: tuple[str, ...]
    is_vector: bool
    bias: float
    activation: str
    keras: float
    logits: np.ndarray | None = None
    units: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, eq=False)
class SoftmaxData(ExplorerData):
    """A softmax layer over a vector.

    Attributes:
        logits, output: what goes in and what Keras made of it, float32 ``(N,)``.
        units: the names of all units.
    """

    kind = "softmax"
    terms = ("logit", "softmax", "temperature")

    logits: np.ndarray
    output: np.ndarray
    units: tuple[str, ...]


def payload(data: ExplorerData) -> dict[str, Any]:
    """What is sent to the page: JSON values; arrays as base64 of little-endian float32, only the channels that count."""
    values = {each.name: getattr(data, each.name) for each in dataclasses.fields(data)}
    values |= values.pop("parameters", {})
    if isinstance(data, MapsData):
        values["range"] = np.array(data.range or (data.output.min(), data.output.max()))
        values["position"] = list(map(int, data.position))
    if isinstance(data, ConvolutionData):
        group = slice(data.first_channel, data.first_channel + data.kernel.shape[2])
        values |= {"inputs": data.inputs[:, :, group], "names": data.names[group]}
    if isinstance(data, DenseData | SoftmaxData):
        values["position"] = [0, data.unit]
    sent = {name: _sent(value) for name, value in values.items()}
    if isinstance(data, PointwiseData) and data.grid:
        for name in ("inputs", "output"):
            sent[name]["shape"] = list(data.grid)
    return sent | {"kind": data.kind, "terms": {term: TERMS[term] for term in data.terms}}


def _sent(value: Any) -> Any:
    """Floats travel as arrays too, because JSON has no NaN, and a network may diverge.

    Of an array go the numbers that are not zero, and a bit for each place: after a ReLU half of the numbers are zero.
    """
    if isinstance(value, float | np.floating | np.ndarray):
        array = np.asarray(value)
        flat = array.astype("<f4").ravel()
        filled = flat != 0
        return {
            "shape": list(array.shape),
            "count": flat.size,
            "filled": base64.b64encode(np.packbits(filled, bitorder="little").tobytes()).decode(),
            "floats": base64.b64encode(flat[filled].tobytes()).decode(),
        }
    if isinstance(value, tuple):
        return [_sent(each) for each in value]
    return int(value) if isinstance(value, np.integer) else value
