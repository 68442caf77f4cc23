"""Layers of random numbers for the tests of the explorer: a convolution with NumPy's result, and networks with every kind."""

import keras
import numpy as np
from keras import layers

from digitcore.explain.network import Network
from ui.explorer import ConvolutionData

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
    next_activation: str = "",
    position: tuple[int, int] = (0, 0),
) -> ConvolutionData:
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
        "names": ("drawing",) if channels == 1 else tuple(f"map {n}" for n in range(channels)),
        "kernel": weights.normal(0, 0.3, (kernel, kernel, group)).astype(np.float32),
        "first_channel": unit % groups * group,
        "bias": float(np.float32(weights.normal(0, 0.1))),
        "strides": (stride, stride),
        "dilation": (dilation, dilation),
        "offset": (outside // 2, outside // 2),
    }
    length = (side + outside - size) // stride + 1
    layer = ConvolutionData(
        **data,
        activation=activation,
        next_activation=next_activation,
        output=np.zeros((length, length), np.float32),
        field=(-2 - outside // 2, stride, size + 4, -2 - outside // 2, stride, size + 4),
        unit=unit,
        units_in_layer=10,
        output_name=f"feature map {unit}",
        position=position,
    )
    layer.output[:] = ACTIVATIONS[activation](convolution_sum(layer) + layer.bias)
    return layer


def convolution_sum(layer: ConvolutionData) -> np.ndarray:
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


def image_of(seed: int) -> np.ndarray:
    """A ring with noise, float32 ``(28, 28)`` in 0-1."""
    return random_layer(seed=seed).picture


def network_of_maps() -> Network:
    """Pooling with strides and padding, and layers that change each number by itself; their weights are random."""
    keras.utils.set_random_seed(3)
    stack = [
        layers.Rescaling(2.0, offset=-0.5, name="rescaling"),
        layers.Conv2D(6, 3, padding="same", bias_initializer="normal", name="conv"),
        layers.BatchNormalization(name="norm"),
        layers.ReLU(name="relu"),
        layers.MaxPooling2D(2, name="max"),
        layers.MaxPooling2D((3, 2), strides=(2, 3), padding="same", name="max_same"),
        layers.LeakyReLU(0.3, name="leaky"),
        layers.Activation("tanh", name="tanh"),
        layers.PReLU(alpha_initializer="normal", name="prelu"),
        layers.ReLU(max_value=0.05, negative_slope=0.1, threshold=0.01, name="bounded"),
        layers.AveragePooling2D(3, strides=2, padding="same", name="mean_same"),
        layers.SpatialDropout2D(0.5, name="dropout"),
        layers.DepthwiseConv2D(2, activation="relu", depth_multiplier=2, name="depthwise"),
        layers.GlobalAveragePooling2D(name="mean"),
        layers.Dense(20, activation="relu", name="dense"),
        layers.BatchNormalization(name="norm_of_units"),
        layers.ELU(0.7, name="elu"),
        layers.Dense(10, name="scores"),
        layers.Softmax(name="softmax"),
    ]
    network = Network(keras.Sequential([keras.Input((28, 28, 1), name="image"), *stack]))
    generator = np.random.default_rng(4)
    for name in ("norm", "norm_of_units"):
        norm = network[name].layer
        norm.set_weights([np.abs(generator.normal(1, 0.5, weight.shape)) for weight in norm.get_weights()])
    return network


def network_of_pixels() -> Network:
    """A dense layer that looks at the pixels, and the ten probabilities."""
    keras.utils.set_random_seed(5)
    stack = [
        layers.Flatten(name="flatten"),
        layers.Dense(30, activation="tanh", bias_initializer="normal", name="dense"),
        layers.Dense(10, activation="softmax", bias_initializer="normal", name="probabilities"),
    ]
    return Network(keras.Sequential([keras.Input((28, 28, 1), name="image"), *stack]))


def network_of_flattened_maps() -> Network:
    """Global maximum pooling beside a dense layer on 7x7 maps."""
    keras.utils.set_random_seed(6)
    image = keras.Input((28, 28, 1), name="image")
    x = layers.Conv2D(8, 3, strides=4, padding="same", activation="relu", name="conv")(image)
    largest = layers.GlobalMaxPooling2D(name="largest")(x)
    x = layers.Flatten(name="flatten")(layers.Dropout(0.2, name="dropout")(x))
    return Network(keras.Model(image, [largest, layers.Dense(10, activation="softmax", name="probabilities")(x)]))


NETWORKS = {"maps": network_of_maps, "pixels": network_of_pixels, "flattened": network_of_flattened_maps}
