"""A layer's output over many images: sparsity, dead and saturated units, and the images that activate each unit most."""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import tensorflow as tf

from digitcore.errors import DataError
from digitcore.explain.network import Layer, Network
from digitcore.explain.replay import MANY_IMAGES, compile_function, compiled_once, replay
from digitcore.networks.predict import as_input

#: Images that go through the network at once: 100 of 128 maps of 28x28 are 40 MB.
BATCH_SIZE = 100
TOP = 9
#: A number this near to a limit, as a share of the range between the limits, counts as saturated.
NEAR = 0.01
#: The (lower, upper) limits of activation functions; None where there is none, or where it is the function's "off" state.
LIMITS: dict[str, tuple[float | None, float | None]] = {
    "sigmoid": (0, 1),
    "hard_sigmoid": (0, 1),
    "softmax": (0, 1),
    "tanh": (-1, 1),
    "hard_tanh": (-1, 1),
    "softsign": (-1, 1),
    "relu6": (None, 6),
}


@dataclass(frozen=True, kw_only=True, eq=False)
class Statistics:
    """A layer's output over N images, for each of its C channels: feature maps of a convolution, units of a dense layer.

    Attributes:
        layer: the layer's name.
        count: N.
        mean, smallest, largest: float32 ``(C,)``.
        zeros: float32 ``(C,)``, the share of exact zeros, 0-1: the sparsity.
        saturated: float32 ``(C,)``, the share of numbers within 1 % of a limit of the layer's activation function: 0 or 1 for a
            sigmoid or softmax, -1 or 1 for tanh, the cap of ReLU6. None where the function has no limit. A ReLU's zero is its
            "off" state and does not count: see ``zeros``.
        top: int ``(min(9, N), C)``, the images with each channel's largest numbers, largest first; ties in the images' order.
        top_values: float32, those numbers, in the shape of ``top``.
        top_positions: int ``(min(9, N), C, axes)``, their places in the map: (row, column) for a convolution, empty for a dense
            layer.
    """

    layer: str
    count: int
    mean: np.ndarray = field(repr=False)
    smallest: np.ndarray = field(repr=False)
    largest: np.ndarray = field(repr=False)
    zeros: np.ndarray = field(repr=False)
    saturated: np.ndarray | None = field(repr=False)
    top: np.ndarray = field(repr=False)
    top_values: np.ndarray = field(repr=False)
    top_positions: np.ndarray = field(repr=False)

    @property
    def dead(self) -> np.ndarray:
        """Bool ``(C,)``: the channel has the same number everywhere for every image; after a ReLU, usually 0."""
        return self.smallest == self.largest

    @property
    def sparsity(self) -> float:
        """The share of zeros in the whole layer, 0-1."""
        return float(self.zeros.mean())


def activation_statistics(network: Network, layer: str, images: np.ndarray) -> Statistics:
    """Run images through the network up to one layer, and summarise its output.

    Args:
        network: the network.
        layer: the layer's name.
        images: uint8 ``(N, 28, 28)``, white on black, such as 1,000 of the test set; at least one.

    Raises:
        ModelError: there is no such layer.
        DataError: there are no images.
    """
    if not len(images):
        raise DataError("Statistics need images; give at least one.")
    forward, limits = layer_function(network, layer), _limits(network[layer])
    shape = network[layer].shape or (1,)
    places, channels = int(np.prod(shape[:-1])), shape[-1]
    total, zeros, near = (np.zeros(channels) for _ in range(3))
    smallest, largest = np.full(channels, np.inf, np.float32), np.full(channels, -np.inf, np.float32)
    values, top, where = np.empty((0, channels), np.float32), np.empty((0, channels), int), np.empty((0, channels), int)
    for start in range(0, len(images), BATCH_SIZE):
        batch = as_input(images[start : start + BATCH_SIZE])
        outputs = forward(tf.constant(batch)).numpy().reshape(len(batch), places, channels)
        total += outputs.sum(axis=(0, 1), dtype=np.float64)
        zeros += (outputs == 0).sum(axis=(0, 1))
        near += _at_limits(outputs, limits).sum(axis=(0, 1))
        smallest = np.minimum(smallest, outputs.min(axis=(0, 1)))
        peaks = outputs.max(axis=1)
        largest = np.maximum(largest, peaks.max(axis=0))

        values, top, where = (
            np.concatenate(pair)
            for pair in (
                (values, peaks),
                (top, np.broadcast_to(start + np.arange(len(batch))[:, None], peaks.shape)),
                (where, outputs.argmax(axis=1)),
            )
        )
        best = np.argsort(-values, axis=0, kind="stable")[:TOP]
        values, top, where = (np.take_along_axis(array, best, axis=0) for array in (values, top, where))
    numbers = len(images) * places
    return Statistics(
        layer=layer,
        count=len(images),
        mean=(total / numbers).astype(np.float32),
        smallest=smallest,
        largest=largest,
        zeros=(zeros / numbers).astype(np.float32),
        saturated=(near / numbers).astype(np.float32) if limits != (None, None) else None,
        top=top,
        top_values=values,
        top_positions=np.stack(np.unravel_index(where, shape[:-1]), axis=-1) if shape[:-1] else where[..., None][..., :0],
    )


def _limits(layer: Layer) -> tuple[float | None, float | None]:
    """The (lower, upper) limits of the layer's activation function."""
    if layer.class_name == "ReLU":
        return None, layer.layer.max_value
    if layer.kind == "softmax":
        return LIMITS["softmax"]
    return LIMITS.get(getattr(getattr(layer.layer, "activation", None), "__name__", ""), (None, None))


def _at_limits(outputs: np.ndarray, limits: tuple[float | None, float | None]) -> np.ndarray:
    low, high = limits
    margin = NEAR * ((high or 0) - (low or 0))
    at = np.zeros(outputs.shape, bool)
    if low is not None:
        at |= outputs <= low + margin
    if high is not None:
        at |= outputs >= high - margin
    return at


@compiled_once
def layer_function(network: Network, name: str) -> Callable[[tf.Tensor], tf.Tensor]:
    """Images -> the layer's output, float32; TensorFlow computes only what the layer needs."""
    network[name]  # raises the error for an unknown name
    first = network.layers[0].name
    return compile_function(lambda images: tf.cast(replay(network, {first: images})[name], tf.float32), MANY_IMAGES)
