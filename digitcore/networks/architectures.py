"""The architectures, by name: ``build("cnn_v2")`` returns an uncompiled network, a ``keras.Model``.

Every network takes float32 ``(N, 28, 28, 1)`` in 0-1, white on black, and returns float32 ``(N, 10)`` probabilities.
Parameter counts are those of the default arguments.
"""

from collections.abc import Callable, Sequence
from typing import Any

import keras
from keras import layers

from digitcore.networks.cost import IMAGE_SIZE, NUM_CLASSES, network_cost

INPUT_SHAPE = (IMAGE_SIZE, IMAGE_SIZE, 1)


def build(name: str, **arguments: Any) -> keras.Model:
    """Build a network by name; ``arguments`` replace the architecture's defaults.

    Raises:
        ConfigError: an unknown name, an unknown argument, an invalid value, or a network over the limits of ``cost``.
    """
    network_cost(name, arguments)  # before anything is built
    return ARCHITECTURES[name](**arguments)


def cnn_v1(*, filters: Sequence[int] = (32, 64), dense_units: int = 128) -> keras.Model:
    """The classic first network: 421,642 parameters.

    Conv2D 32 3x3 ReLU, MaxPooling 2x2, Conv2D 64 3x3 ReLU, MaxPooling 2x2 (all same-padded), Flatten, Dense 128 ReLU,
    Dense 10 softmax.

    Source: the pattern of LeCun et al., "Gradient-based learning applied to document recognition", Proc. IEEE 86 (1998),
    with ReLU and max-pooling, as introductory courses teach it.
    """
    model = keras.Sequential([keras.Input(INPUT_SHAPE)], name="cnn_v1")
    for i, width in enumerate(filters, start=1):
        model.add(layers.Conv2D(width, 3, padding="same", activation="relu", name=f"conv{i}"))
        model.add(layers.MaxPooling2D(2, name=f"pool{i}"))
    model.add(layers.Flatten(name="flatten"))
    model.add(layers.Dense(dense_units, activation="relu", name="dense"))
    model.add(_output_layer())
    return model


def cnn_v2(*, filters: Sequence[int] = (64, 128), dense_units: int = 128, dropout: float = 0.5) -> keras.Model:
    """A deeper network without a large dense layer: 276,810 parameters.

    (Conv2D 64 3x3 ReLU) twice, MaxPooling 2x2, (Conv2D 128 3x3 ReLU) twice (unpadded), GlobalAveragePooling2D, Flatten,
    Dense 128 ReLU, Dropout 0.5, Dense 10 softmax. After the global pooling, Flatten changes nothing; it is there because the
    network is usually taught that way.

    Sources: paired 3x3 convolutions from Simonyan and Zisserman, "Very deep convolutional networks for large-scale image
    recognition" (2015); global average pooling from Lin, Chen and Yan, "Network in network" (2014); dropout from Srivastava et
    al., JMLR 15 (2014).
    """
    model = keras.Sequential([keras.Input(INPUT_SHAPE)], name="cnn_v2")
    for i, width in enumerate(filters, start=1):
        if i > 1:
            model.add(layers.MaxPooling2D(2, name=f"pool{i - 1}"))
        model.add(layers.Conv2D(width, 3, activation="relu", name=f"conv{i}a"))
        model.add(layers.Conv2D(width, 3, activation="relu", name=f"conv{i}b"))
    model.add(layers.GlobalAveragePooling2D(name="global_average_pool"))
    model.add(layers.Flatten(name="flatten"))
    model.add(layers.Dense(dense_units, activation="relu", name="dense"))
    model.add(layers.Dropout(dropout, name="dropout"))
    model.add(_output_layer())
    return model


def lenet(*, filters: Sequence[int] = (32, 64), kernel_size: int = 5) -> keras.Model:
    """Two convolutions and one dense layer, for experiments with filters: 62,346 parameters.

    Conv2D 32 5x5 ReLU, MaxPooling 2x2, Conv2D 64 5x5 ReLU, MaxPooling 2x2 (unpadded), Flatten, Dense 10 softmax.

    Source: the convolutional half of LeNet-5 (LeCun et al., 1998), with ReLU and max-pooling.
    """
    model = keras.Sequential([keras.Input(INPUT_SHAPE)], name="lenet")
    for i, width in enumerate(filters, start=1):
        model.add(layers.Conv2D(width, kernel_size, name=f"conv{i}"))
        model.add(layers.ReLU(name=f"relu{i}"))
        model.add(layers.MaxPooling2D(2, name=f"pool{i}"))
    model.add(layers.Flatten(name="flatten"))
    model.add(_output_layer())
    return model


def sprint(*, filters: Sequence[int] = (16, 32, 48, 64)) -> keras.Model:
    """A small network that learns quickly: 47,514 parameters.

    Conv2D 16 3x3, MaxPooling 2x2, Conv2D 32 3x3, Conv2D 48 3x3 (both same-padded), MaxPooling 2x2, Conv2D 64 3x3,
    GlobalAveragePooling2D, Dense 10 softmax; BatchNormalization and ReLU after each convolution and its pooling.

    It reaches 99 % in one epoch with the one-cycle learning rate of Smith and Topin, "Super-convergence" (2018). Sources:
    batch normalisation from Ioffe and Szegedy (2015), global average pooling from Lin, Chen and Yan (2014).
    """
    model = keras.Sequential([keras.Input(INPUT_SHAPE)], name="sprint")
    last = len(filters)
    for i, width in enumerate(filters, start=1):
        # Padded in the middle layers, where the edge is a large share of a feature map; not in the first layer, where the
        # border is black, nor in the last.
        padding = "same" if 1 < i < last else "valid"
        model.add(layers.Conv2D(width, 3, padding=padding, use_bias=False, name=f"conv{i}"))
        if i in (1, last - 1):
            # Before normalisation, which then processes a quarter of the numbers: training is a quarter faster.
            model.add(layers.MaxPooling2D(2, name=f"pool{i}"))
        # The moving averages have to settle within one epoch.
        model.add(layers.BatchNormalization(momentum=0.9, name=f"batch_norm{i}"))
        model.add(layers.ReLU(name=f"relu{i}"))
    model.add(layers.GlobalAveragePooling2D(name="global_average_pool"))
    model.add(_output_layer())
    return model


def resnet(*, filters: Sequence[int] = (32, 64, 96), blocks: int = 2, dropout: float = 0.3) -> keras.Model:
    """A residual network for handwriting of all kinds: 483,306 parameters.

    Conv2D 32 3x3, MaxPooling 2x2, then three stages of two residual blocks with 32, 64 and 96 filters and MaxPooling 2x2
    between them, GlobalAveragePooling2D, Dropout 0.3, Dense 10 softmax. A block adds two 3x3 convolutions to its own input.
    All convolutions are same-padded, with BatchNormalization.

    Source: He, Zhang, Ren and Sun, "Deep residual learning for image recognition" (CVPR 2016).
    """
    inputs = keras.Input(INPUT_SHAPE, name="image")
    x = layers.Conv2D(filters[0], 3, padding="same", use_bias=False, name="conv0")(inputs)
    x = layers.MaxPooling2D(2, name="pool0")(x)  # before normalisation, which then processes a quarter of the numbers
    x = layers.ReLU(name="relu0")(layers.BatchNormalization(name="batch_norm0")(x))
    for i, width in enumerate(filters, start=1):
        if i > 1:
            x = layers.MaxPooling2D(2, name=f"pool{i - 1}")(x)
        for j in range(1, blocks + 1):
            x = _residual_block(x, width, f"_{i}{'abcdefgh'[j - 1]}")
    x = layers.GlobalAveragePooling2D(name="global_average_pool")(x)
    x = layers.Dropout(dropout, name="dropout")(x)
    return keras.Model(inputs, _output_layer()(x), name="resnet")


def _residual_block(x: keras.KerasTensor, width: int, name: str) -> keras.KerasTensor:
    """Two convolutions whose result is added to the input; a 1x1 convolution gives the input as many channels."""
    y = x
    for k in (1, 2):
        y = layers.Conv2D(width, 3, padding="same", use_bias=False, name=f"conv{name}{k}")(y)
        y = layers.BatchNormalization(name=f"batch_norm{name}{k}")(y)
        if k == 1:
            y = layers.ReLU(name=f"relu{name}1")(y)
    if x.shape[-1] != width:
        x = layers.Conv2D(width, 1, use_bias=False, name=f"shortcut{name}")(x)
        x = layers.BatchNormalization(name=f"batch_norm{name}")(x)
    return layers.ReLU(name=f"relu{name}2")(layers.Add(name=f"add{name}")([y, x]))


def _output_layer() -> layers.Layer:
    return layers.Dense(NUM_CLASSES, activation="softmax", name="probabilities")


ARCHITECTURES: dict[str, Callable[..., keras.Model]] = {f.__name__: f for f in (cnn_v1, cnn_v2, lenet, resnet, sprint)}
