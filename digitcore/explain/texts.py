"""The purpose of each kind of layer in a few sentences, with its formula and the layer's own numbers."""

from collections.abc import Callable
from dataclasses import dataclass

from digitcore.explain.network import Layer, Network

LECUN = "LeCun et al., Gradient-based learning applied to document recognition, Proc. IEEE 86 (1998)"
GOODFELLOW = "Goodfellow, Bengio and Courville, Deep Learning (2016)"
SRIVASTAVA = "Srivastava et al., Dropout: a simple way to prevent neural networks from overfitting, JMLR 15 (2014)"
#: Kind of dropout -> what it does to its input in training, and the source of the method.
DROPOUTS = {
    "Dropout": (
        "{rate:.0%} of the numbers, chosen at random in each step, are set to zero, and the others are scaled up in return.",
        SRIVASTAVA,
    ),
    "SpatialDropout2D": (
        "{rate:.0%} of the maps, chosen at random in each step, are set to zero as a whole, and the others are scaled up in "
        "return.",
        "Tompson et al., Efficient object localization using convolutional networks, CVPR (2015)",
    ),
    "GaussianDropout": ("each number is multiplied by a random factor whose mean is 1.", SRIVASTAVA),
    "AlphaDropout": (
        "{rate:.0%} of the numbers, chosen at random in each step, are set to a fixed negative number. All are then scaled and "
        "shifted, so that mean and variance stay the same on average.",
        "Klambauer et al., Self-normalizing neural networks, NeurIPS (2017)",
    ),
}


@dataclass(frozen=True, kw_only=True)
class Text:
    """The description of a layer.

    Attributes:
        purpose: the purpose of this kind of layer.
        formula: LaTeX; empty if words are enough.
        numbers: the sizes and parameters of this layer.
        training: how it behaves differently in training; empty if it does not.
        source: the source of the method.
    """

    purpose: str
    formula: str = ""
    numbers: str = ""
    training: str = ""
    source: str = ""


def describe(network: Network, layer: Layer) -> Text:
    """The description of a layer of any kind."""
    before = [network[name].shape for name in layer.inputs]
    return TEXTS.get(layer.kind, _other)(layer, before)


def times(shape: tuple[int, ...]) -> str:
    """A shape with multiplication signs.

    Example:
        >>> times((28, 28, 1))
        '28 × 28 × 1'
    """
    return " × ".join(map(str, shape))


def _input(layer: Layer, before: list[tuple[int, ...]]) -> Text:
    return Text(
        purpose="The digit as the network sees it: cropped, scaled, centred by its centre of mass, white on black.",
        numbers=f"{times(layer.shape)} numbers between 0 (black) and 1 (white).",
        source="The MNIST database, http://yann.lecun.com/exdb/mnist, describes the same preprocessing",
    )


def _convolution(layer: Layer, before: list[tuple[int, ...]]) -> Text:
    keras_layer = layer.layer
    *size, channels, units = (int(n) for n in keras_layer.kernel.shape)
    bias = 1 if keras_layer.use_bias else 0
    name = keras_layer.activation.__name__
    steps = f" It moves in steps of {times(keras_layer.strides)} pixels." if max(keras_layer.strides) > 1 else ""
    return Text(
        purpose=(
            "Looks for one small pattern per feature map. A kernel slides over the input, and where the patch under it "
            "resembles the kernel, the result is large. The same kernel is used everywhere, so a stroke is found wherever "
            "it is drawn."
        ),
        formula=r"y_{i,j,u} = f\Big(b_u + \sum_{c}\sum_{m,n} x_{i s+m,\; j s+n,\; c}\; k_{m,n,c,u}\Big)",
        numbers=(
            f"{units} kernels of {times((*size, channels))} numbers{', each with a bias' if bias else ', no bias'}: "
            f"({times((*size, channels))} + {bias}) × {units} = {layer.parameters:,} parameters. "
            f"{keras_layer.padding.capitalize()} padding turns {times(before[0])} into {times(layer.shape)}. "
            f"f is {name}.{steps}"
        ),
        source=LECUN,
    )


def _depthwise(layer: Layer, before: list[tuple[int, ...]]) -> Text:
    return Text(
        purpose="A convolution in which each kernel reads only one input map. It needs far fewer weights and less arithmetic.",
        formula=r"y_{i,j,u} = f\Big(b_u + \sum_{m,n} x_{i s+m,\; j s+n,\; c(u)}\; k_{m,n,u}\Big)",
        numbers=f"{times(before[0])} becomes {times(layer.shape)} with {layer.parameters:,} parameters.",
        source="Chollet, Xception: deep learning with depthwise separable convolutions, CVPR (2017)",
    )


def _max_pooling(layer: Layer, before: list[tuple[int, ...]]) -> Text:
    return Text(
        purpose=(
            "Keeps the largest number of each window. The maps become smaller, and the result hardly changes when a stroke "
            "moves by a pixel."
        ),
        formula=r"y_{i,j,c} = \max_{m,n}\; x_{i s+m,\; j s+n,\; c}",
        numbers=f"{times(layer.layer.pool_size)} windows: {times(before[0])} becomes {times(layer.shape)}. Nothing is learned.",
        source="Scherer, Müller and Behnke, Evaluation of pooling operations, ICANN (2010)",
    )


def _average_pooling(layer: Layer, before: list[tuple[int, ...]]) -> Text:
    return Text(
        purpose="Takes the mean of each window: the maps become smaller and smoother.",
        formula=r"y_{i,j,c} = \frac{1}{|W|}\sum_{(m,n) \in W} x_{i s+m,\; j s+n,\; c}",
        numbers=f"{times(layer.layer.pool_size)} windows: {times(before[0])} becomes {times(layer.shape)}. Nothing is learned.",
        source=LECUN,
    )


def _global_pooling(layer: Layer, before: list[tuple[int, ...]]) -> Text:
    height, width, channels = before[0]
    largest = layer.kind == "global_max_pooling"
    return Text(
        purpose=(
            f"Reduces each feature map to one number, {'its largest' if largest else 'its mean'}, wherever in the image the "
            "pattern was. The next layer needs far fewer weights than after a flatten layer."
        ),
        formula=r"y_c = \max_{i,j}\; x_{i,j,c}" if largest else r"y_c = \frac{1}{HW}\sum_{i,j} x_{i,j,c}",
        numbers=f"{channels} maps of {height} × {width} become {channels} numbers. Nothing is learned.",
        source="" if largest else "Lin, Chen and Yan, Network in network, ICLR (2014)",
    )


def _flatten(layer: Layer, before: list[tuple[int, ...]]) -> Text:
    if len(before[0]) != 3:
        return Text(
            purpose="Changes nothing here: its input is already a row of numbers.", numbers=f"{times(before[0])} numbers."
        )
    return Text(
        purpose="Puts all numbers into one row for the dense layers. It changes no number, only the positions.",
        formula=r"n = (i\,W + j)\,C + c",
        numbers=f"{times(before[0])} become {layer.shape[0]:,} numbers. Nothing is learned.",
    )


def _dense(layer: Layer, before: list[tuple[int, ...]]) -> Text:
    name = layer.layer.activation.__name__
    units, inputs = layer.shape[-1], before[0][-1]
    softmax = " Softmax then turns the results of all units into probabilities." if name == "softmax" else ""
    return Text(
        purpose=f"Computes weighted sums: each unit multiplies every input by its own weight and sums the products.{softmax}",
        formula=r"y_u = f\Big(b_u + \sum_n w_{n,u}\, x_n\Big)",
        numbers=f"{inputs:,} inputs and {units} units have {layer.parameters:,} parameters. f is {name}.",
        source=f"{GOODFELLOW}, chapter 6",
    )


def _softmax(layer: Layer, before: list[tuple[int, ...]]) -> Text:
    return Text(
        purpose="Turns any numbers into probabilities: all are positive, and they add up to 1. The largest stays the largest.",
        formula=r"p_u = \frac{e^{z_u}}{\sum_v e^{z_v}}",
        numbers=f"{times(layer.shape)} numbers. Nothing is learned.",
        source="Bridle, Probabilistic interpretation of feedforward classification network outputs (1990)",
    )


def _batch_normalization(layer: Layer, before: list[tuple[int, ...]]) -> Text:
    return Text(
        purpose="Brings each map to a common scale, so that the layers after it learn faster, at higher learning rates.",
        formula=r"y = \gamma\,\frac{x - \mu}{\sqrt{\sigma^2 + \epsilon}} + \beta",
        numbers=(
            f"{layer.parameters // layer.shape[-1]} parameters for each of {layer.shape[-1]} maps: {layer.parameters:,}. "
            f"Here ε is {layer.layer.epsilon:g}."
        ),
        training=(
            "In training, μ and σ² are those of the current batch, and the layer keeps running averages of them. Now it uses "
            "these averages, so a prediction does not depend on other images."
        ),
        source="Ioffe and Szegedy, Batch normalization, ICML (2015)",
    )


def _activation(layer: Layer, before: list[tuple[int, ...]]) -> Text:
    function = getattr(layer.layer, "activation", None)
    name = getattr(function, "__name__", layer.class_name)
    relu = _is_relu(layer)
    return Text(
        purpose=(
            "Applies a nonlinear function to each number. Without one between them, two layers of weighted sums could do no "
            "more than a single one." + (" ReLU keeps positive numbers and sets negative ones to 0." if relu else "")
        ),
        formula=r"y = \max(0, x)" if relu else r"y = f(x)",
        numbers=f"f is {name}, applied to {times(layer.shape)} numbers.",
        source="Nair and Hinton, Rectified linear units improve restricted Boltzmann machines, ICML (2010)" if relu else "",
    )


def _is_relu(layer: Layer) -> bool:
    """Whether an activation is max(0, x): a ReLU layer can also have a slope, a ceiling or a threshold."""
    if layer.class_name != "ReLU":
        return getattr(getattr(layer.layer, "activation", None), "__name__", "") == "relu"
    return not layer.layer.negative_slope and not layer.layer.threshold and layer.layer.max_value is None


def _dropout(layer: Layer, before: list[tuple[int, ...]]) -> Text:
    change, source = DROPOUTS[layer.class_name]
    return Text(
        purpose="Does nothing now: outside training, every number passes unchanged.",
        formula=r"y = x",
        numbers=f"{times(layer.shape)} numbers. Nothing is learned.",
        training=(
            f"In training, {change.format(rate=layer.layer.rate)} No unit can rely on another one, which makes it harder to "
            "memorise the training images."
        ),
        source=source,
    )


def _merge(layer: Layer, before: list[tuple[int, ...]]) -> Text:
    return Text(
        purpose=f"Combines {len(before)} branches number by number ({layer.kind}).",
        formula=r"y = x_1 + x_2 + \dots" if layer.kind == "add" else "",
        numbers=f"{' and '.join(times(shape) for shape in before)} give {times(layer.shape)}. Nothing is learned.",
        source="He et al., Deep residual learning for image recognition, CVPR (2016)" if layer.kind == "add" else "",
    )


def _concatenate(layer: Layer, before: list[tuple[int, ...]]) -> Text:
    return Text(
        purpose="Stacks the maps of several branches; no number changes.",
        numbers=f"{' and '.join(times(shape) for shape in before)} become {times(layer.shape)}. Nothing is learned.",
        source="Szegedy et al., Going deeper with convolutions, CVPR (2015)",
    )


def _zero_padding(layer: Layer, before: list[tuple[int, ...]]) -> Text:
    return Text(
        purpose="Puts a frame of zeros around each map, so that kernels can also be centred on its edge.",
        numbers=f"{times(before[0])} becomes {times(layer.shape)}. Nothing is learned.",
    )


def _only_in_training(layer: Layer, before: list[tuple[int, ...]]) -> Text:
    return Text(
        purpose="Does nothing now: outside training, every number passes unchanged.",
        numbers=f"{times(layer.shape)} numbers.",
        training=(
            "In training, it changes its input a little at random each time, so that the layers after it see more variety."
        ),
    )


def _other(layer: Layer, before: list[tuple[int, ...]]) -> Text:
    shapes = " and ".join(times(shape) for shape in before) or "nothing"
    return Text(
        purpose=f"A layer of the type {layer.class_name}. This page has no description of it.",
        numbers=f"{shapes} becomes {times(layer.shape)}, with {layer.parameters:,} parameters.",
    )


TEXTS: dict[str, Callable[[Layer, list[tuple[int, ...]]], Text]] = {
    "input": _input,
    "convolution": _convolution,
    "depthwise_convolution": _depthwise,
    "max_pooling": _max_pooling,
    "average_pooling": _average_pooling,
    "global_average_pooling": _global_pooling,
    "global_max_pooling": _global_pooling,
    "flatten": _flatten,
    "dense": _dense,
    "softmax": _softmax,
    "batch_normalization": _batch_normalization,
    "activation": _activation,
    "dropout": _dropout,
    "noise": _only_in_training,
    "augmentation": _only_in_training,
    "add": _merge,
    "subtract": _merge,
    "multiply": _merge,
    "average": _merge,
    "maximum": _merge,
    "minimum": _merge,
    "concatenate": _concatenate,
    "zero_padding": _zero_padding,
}
