"""A convolution of random numbers, with NumPy's result, for the tests of the explorer."""

import numpy as np

from ui.convolution import ExplorerData

ACTIVATIONS = {
    "linear": lambda x: x,
    "relu": lambda x: np.maximum(x, 0),
    "tanh": np.tanh,
    "unheard_of": np.cos,
}


def random_layer(
    *,
    seed: int = 0,
    unit: int = 0,
    channels: int = 12,
    kernel: int = 3,
    stride: int = 1,
    dilation: int = 1,
    padding: str = "same",
    groups: int = 1,
    side: int = 28,
    activation: str = "relu",
    position: tuple[int, int] = (0, 0),
) -> ExplorerData:
    """One unit of a layer; the digit (``seed``) chooses picture and inputs, the unit the weights."""
    digit, weights = np.random.default_rng(seed), np.random.default_rng(100 + unit)
    rows, columns = np.mgrid[:28, :28]
    ring = np.hypot(rows - 13.5, columns - 13.5) + digit.normal(0, 0.3, (28, 28))
    picture = np.clip(1.5 - np.abs(ring - 8) / 2, 0, 1).astype(np.float32)
    inputs = np.maximum(digit.normal(0.3, 1, (side, side, channels)), 0).astype(np.float32)
    if channels == 1:
        inputs = picture[:side, :side, None]
    size = (kernel - 1) * dilation + 1
    outside = max((-(-side // stride) - 1) * stride + size - side, 0) if padding == "same" else 0
    group = channels // groups
    data = {
        "picture": picture,
        "inputs": inputs,
        "input_names": ("drawing",) if channels == 1 else tuple(f"feature map {n} of conv_1" for n in range(channels)),
        "kernel": weights.normal(0, 0.3, (kernel, kernel, group)).astype(np.float32),
        "first_channel": unit % groups * group,
        "bias": float(np.float32(weights.normal(0, 0.1))),
        "strides": (stride, stride),
        "dilation": (dilation, dilation),
        "offset": (outside // 2, outside // 2),
    }
    length = (side + outside - size) // stride + 1
    layer = ExplorerData(
        **data,
        activation=activation,
        output=np.zeros((length, length), np.float32),
        field=(-2 - outside // 2, stride, size + 4, -2 - outside // 2, stride, size + 4),
        layer="conv_2",
        unit=unit,
        position=position,
    )
    layer.output[:] = ACTIVATIONS[activation](convolution_sum(layer) + layer.bias)
    return layer


def convolution_sum(layer: ExplorerData) -> np.ndarray:
    """The sums without the bias, float64 ``(H', W')``: slices of the padded input, rather than one patch at a time."""
    group = slice(layer.first_channel, layer.first_channel + layer.kernel.shape[2])
    margin = layer.inputs.shape[0]
    padded = np.pad(layer.inputs[:, :, group].astype(np.float64), ((margin, margin), (margin, margin), (0, 0)))
    total = np.zeros(layer.output.shape)
    for row, column in np.ndindex(layer.kernel.shape[:2]):
        slices = []
        for axis, place in enumerate((row, column)):
            first = margin - layer.offset[axis] + place * layer.dilation[axis]
            slices.append(slice(first, first + layer.strides[axis] * layer.output.shape[axis], layer.strides[axis]))
        total += padded[tuple(slices)] @ layer.kernel[row, column].astype(np.float64)
    return total
