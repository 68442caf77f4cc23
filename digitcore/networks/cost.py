"""The cost of a network, by arithmetic only: nothing is built, and neither Keras nor TensorFlow is needed."""

import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from digitcore.errors import ConfigError, SettingError

IMAGE_SIZE = 28
NUM_CLASSES = 10
#: The largest value of each argument that makes sense for digits.
LARGEST = {"filters": 512, "dense_units": 4096, "kernel_size": 28, "blocks": 8}
MAX_CONVOLUTIONS = 8
#: With the gradient and Adam's two moments, these take 320 MB in training; the shipped networks have at most 0.4 million.
MAX_PARAMETERS = 20_000_000
#: About 30 ms on one core for each recognition, and over an hour on two for each epoch of MNIST. CNN v2 needs 38 million.
MAX_MULTIPLY_ADDS = 500_000_000


@dataclass(frozen=True, kw_only=True)
class LayerCost:
    """One layer of a network that changes the shape of its input.

    Attributes:
        kind: ``"convolution"``, ``"pooling"``, ``"global average"`` or ``"dense"``.
        size: height and width of its output; 1 for a list of numbers.
        channels: the output's feature maps, or its numbers if ``size`` is 1.
        parameters: its weights, with those of a batch normalisation that follows it and of a shortcut beside it.
    """

    kind: str
    size: int
    channels: int
    parameters: int


@dataclass(frozen=True, kw_only=True)
class Cost:
    """What a network costs.

    Attributes:
        parameters: number of weights, including those that are not trained.
        multiply_adds: multiply-adds of all convolutions and dense layers, for one image.
        activations: numbers that the layers output for one image; training keeps them for the backward pass.
        layers: the layers that change the shape, in order; the last one outputs the ten probabilities.
    """

    parameters: int
    multiply_adds: int
    activations: int
    layers: tuple[LayerCost, ...]


def network_cost(architecture: str, arguments: dict[str, Any]) -> Cost:
    """The cost of a network, after checking that it can be built and is within the limits.

    Args:
        architecture: a name in ``architectures.ARCHITECTURES``.
        arguments: those that differ from the architecture's defaults.

    Raises:
        ConfigError: an unknown name, an unknown argument, an invalid value, or a network that is too large.
    """
    if architecture not in COUNTERS:
        raise ConfigError(f"There is no architecture {architecture!r}. Choose one of: {', '.join(COUNTERS)}.")
    known = inspect.signature(COUNTERS[architecture]).parameters
    if unknown := sorted(set(arguments) - set(known)):
        raise ConfigError(f"{architecture} has no argument {unknown[0]!r}. It takes: {', '.join(known)}.")
    for name, value in arguments.items():
        _check_argument(name, value)
    try:
        cost = COUNTERS[architecture](**arguments)
    except ValueError as error:
        given = ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in arguments.items())
        raise ConfigError(f"{architecture} cannot be built with {given}: {error}") from error
    for count, limit, unit in (
        (cost.parameters, MAX_PARAMETERS, "parameters"),
        (cost.multiply_adds, MAX_MULTIPLY_ADDS, "multiply-adds per image"),
    ):
        if count > limit:
            raise ConfigError(
                f"{architecture} would have {count:,} {unit}; the limit is {limit:,}. Choose fewer filters or smaller layers."
            )
    return cost


def default_arguments(architecture: str) -> dict[str, Any]:
    """The arguments of an architecture, with their defaults."""
    parameters = inspect.signature(COUNTERS[architecture]).parameters
    return {name: parameter.default for name, parameter in parameters.items()}


class _Counter:
    """Adds up the cost layer by layer, starting from a 28x28 image with one channel."""

    def __init__(self) -> None:
        self.size, self.channels = IMAGE_SIZE, 1
        self.parameters = self.multiply_adds = 0
        self.layers: list[LayerCost] = []
        self.activations = self.outputs

    @property
    def outputs(self) -> int:
        """The number of outputs of the previous layer."""
        return self.size**2 * self.channels

    def convolution(self, filters: int, kernel_size: int = 3, *, padding: str = "valid", bias: bool = True) -> None:
        if padding == "valid":
            self._shrink_to(self.size - kernel_size + 1, f"a {kernel_size}x{kernel_size} kernel")
        weights = kernel_size**2 * self.channels * filters
        self.parameters += weights + bias * filters
        self.multiply_adds += self.size**2 * weights
        self.channels = filters
        self.elementwise()
        self._add_layer("convolution", weights + bias * filters)

    def pooling(self) -> None:
        self._shrink_to(self.size // 2, "2x2 pooling")
        self.elementwise()
        self._add_layer("pooling")

    def batch_normalization(self) -> None:
        self.parameters += 4 * self.channels
        self.elementwise()
        last = max(index for index, layer in enumerate(self.layers) if layer.kind == "convolution")
        self.layers[last] = replace(self.layers[last], parameters=self.layers[last].parameters + 4 * self.channels)

    def residual_block(self, filters: int) -> None:
        """Two 3x3 convolutions, and a 1x1 convolution beside them if the number of channels changes."""
        before, size = self.channels, self.size
        for _ in range(2):
            self.convolution(filters, padding="same", bias=False)
            self.batch_normalization()
        self.elementwise()  # ReLU
        if before != filters:
            weights = before * filters
            self.parameters += weights + 4 * filters
            self.layers[-1] = replace(self.layers[-1], parameters=self.layers[-1].parameters + weights + 4 * filters)
            self.multiply_adds += size**2 * weights
            self.activations += 2 * self.outputs
        self.activations += 2 * self.outputs  # addition and ReLU

    def global_average(self) -> None:
        self.size = 1
        self.elementwise()
        self._add_layer("global average")

    def dense(self, units: int) -> None:
        weights = self.outputs * units
        self.size, self.channels = 1, units
        self.parameters += weights + units
        self.multiply_adds += weights
        self.elementwise()
        self._add_layer("dense", weights + units)

    def elementwise(self) -> None:
        """A layer whose output is as large as its input, such as ReLU."""
        self.activations += self.outputs

    def cost(self) -> Cost:
        """The total, including the output layer."""
        self.dense(NUM_CLASSES)
        return Cost(
            parameters=self.parameters,
            multiply_adds=self.multiply_adds,
            activations=self.activations,
            layers=tuple(self.layers),
        )

    def _add_layer(self, kind: str, parameters: int = 0) -> None:
        self.layers.append(LayerCost(kind=kind, size=self.size, channels=self.channels, parameters=parameters))

    def _shrink_to(self, size: int, layer: str) -> None:
        if size < 1:
            raise ValueError(f"its feature maps have shrunk to {self.size}x{self.size}, too small for {layer}.")
        self.size = size


def _cnn_v1(*, filters: Sequence[int] = (32, 64), dense_units: int = 128) -> Cost:
    counter = _Counter()
    for width in filters:
        counter.convolution(width, padding="same")
        counter.pooling()
    counter.dense(dense_units)
    return counter.cost()


def _cnn_v2(*, filters: Sequence[int] = (64, 128), dense_units: int = 128, dropout: float = 0.5) -> Cost:
    _check_dropout(dropout)
    counter = _Counter()
    for i, width in enumerate(filters):
        if i:
            counter.pooling()
        counter.convolution(width)
        counter.convolution(width)
    counter.global_average()
    counter.dense(dense_units)
    counter.elementwise()  # dropout
    return counter.cost()


def _lenet(*, filters: Sequence[int] = (32, 64), kernel_size: int = 5) -> Cost:
    counter = _Counter()
    for width in filters:
        counter.convolution(width, kernel_size)
        counter.elementwise()  # ReLU
        counter.pooling()
    return counter.cost()


def _resnet(*, filters: Sequence[int] = (32, 64, 96), blocks: int = 2, dropout: float = 0.3) -> Cost:
    _check_dropout(dropout)
    counter = _Counter()
    counter.convolution(filters[0], padding="same", bias=False)
    counter.pooling()
    counter.batch_normalization()
    counter.elementwise()  # ReLU
    for i, width in enumerate(filters):
        if i:
            counter.pooling()
        for _ in range(blocks):
            counter.residual_block(width)
    counter.global_average()
    counter.elementwise()  # dropout
    return counter.cost()


def _sprint(*, filters: Sequence[int] = (16, 32, 48, 64)) -> Cost:
    counter, last = _Counter(), len(filters)
    for i, width in enumerate(filters, start=1):
        counter.convolution(width, padding="same" if 1 < i < last else "valid", bias=False)
        if i in (1, last - 1):
            counter.pooling()
        counter.batch_normalization()
        counter.elementwise()  # ReLU
    counter.global_average()
    return counter.cost()


#: Architecture -> a function that returns its cost, with the arguments of the function of that name in ``architectures``.
COUNTERS: dict[str, Callable[..., Cost]] = {
    "cnn_v1": _cnn_v1,
    "cnn_v2": _cnn_v2,
    "lenet": _lenet,
    "resnet": _resnet,
    "sprint": _sprint,
}


def _check_dropout(dropout: Any) -> None:
    if isinstance(dropout, bool) or not isinstance(dropout, int | float) or not 0 <= dropout < 1:
        raise SettingError("dropout", dropout, "give a number from 0 to less than 1")


def _check_argument(name: str, value: Any) -> None:
    if name not in LARGEST:
        return
    is_sequence = isinstance(value, Sequence) and not isinstance(value, str)
    if name == "filters" and is_sequence and not 1 <= len(value) <= MAX_CONVOLUTIONS:
        raise SettingError(name, value, f"give 1 to {MAX_CONVOLUTIONS} numbers, not {len(value)}")
    values = value if is_sequence and name == "filters" else [value]
    expects_list = name == "filters"
    whole = all(isinstance(entry, int) and not isinstance(entry, bool) and 1 <= entry <= LARGEST[name] for entry in values)
    if not whole or is_sequence != expects_list:
        expected = "a list of whole numbers" if expects_list else "a whole number"
        raise SettingError(name, value, f"give {expected} from 1 to {LARGEST[name]}")
