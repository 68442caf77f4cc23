"""Each number of a layer is taken apart into parts that give it again, as Keras has it."""

import keras
import numpy as np
import pytest
from keras import layers

from digitcore.errors import ModelError
from digitcore.explain.decompose import decompose
from digitcore.explain.decompositions import (
    BatchNormDecomposition,
    ConvolutionDecomposition,
    CopyDecomposition,
    DenseDecomposition,
    MergeDecomposition,
    OpaqueDecomposition,
    PoolDecomposition,
    RescalingDecomposition,
    SeparableConvolutionDecomposition,
    SoftmaxDecomposition,
)
from digitcore.explain.network import Network

pytestmark = [
    #: Keras with NumPy 2, at every weight that it reads.
    pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning"),
    pytest.mark.filterwarnings("ignore:You are using a softmax over axis"),
]


def image(seed=0):
    return np.random.default_rng(seed).random((28, 28), np.float32)


def randomise(model):
    """Give every weight a random value, so that none is a 0 or 1 that a mistake would leave unseen."""
    rng = np.random.default_rng(1)
    for weight in model.weights:
        if "seed" not in weight.path:
            weight.assign(
                rng.uniform(0.1, 0.9, weight.shape) * rng.choice([1, 1 if "variance" in weight.path else -1], weight.shape)
            )
    return model


def network_of(*stack):
    """The stack on the image, as a network with random weights."""
    return Network(randomise(keras.Sequential([keras.Input((28, 28, 1)), *stack])))


def arrays(network, picture=None):
    picture = image() if picture is None else picture
    return {name: batch[0] for name, batch in network.activations(picture[None]).items()}


def last_decomposition(network, position, picture=None):
    return decompose(network, arrays(network, picture), network.layers[-1].name, position)


def positions(shape, count=12):
    """Both ends of every axis, and some places between."""
    rng = np.random.default_rng(2)
    ends = [tuple(0 for _ in shape), tuple(size - 1 for size in shape)]
    return ends + [tuple(int(rng.integers(size)) for size in shape) for _ in range(count)]


def check(network, picture=None, kind=None):
    """Every layer's value and total are Keras's own output, found without this package, at both ends and in between."""
    picture = image() if picture is None else picture
    activations = arrays(network, picture)
    for layer in network.layers[1:]:
        expected = keras.Model(network.model.inputs[0], layer.layer.output)(picture[None, ..., None], training=False).numpy()[0]
        for position in positions(layer.shape):
            decomposition = decompose(network, activations, layer.name, position)
            assert decomposition.value == pytest.approx(float(expected[position]), abs=1e-5), (layer, position)
            assert decomposition.total == pytest.approx(float(expected[position]), abs=1e-4), (layer, position)
            assert decomposition.position == position
    if kind:
        assert isinstance(decomposition, kind)


CONVOLUTIONS = {
    "valid": {},
    "same": {"padding": "same"},
    "strides": {"strides": 3},
    "same with stride 2": {"padding": "same", "strides": 2},
    "kernel of even size": {"padding": "same", "kernel_size": 4},
    "kernel that is not square": {"padding": "same", "kernel_size": (2, 5), "strides": (2, 1)},
    "stride longer than the kernel": {"padding": "same", "kernel_size": 2, "strides": 5},
    "dilation": {"dilation_rate": 3},
    "dilation, same": {"dilation_rate": (2, 3), "padding": "same"},
    "groups": {"groups": 2, "padding": "same"},
    "no bias": {"use_bias": False},
    "relu": {"activation": "relu"},
    "softmax": {"activation": "softmax"},
    "tanh": {"activation": "tanh"},
    "a layer as activation": {"activation": layers.LeakyReLU(negative_slope=0.3)},
    "the whole picture": {"kernel_size": 27},
}


@pytest.mark.parametrize("settings", CONVOLUTIONS.values(), ids=CONVOLUTIONS)
def test_convolution(settings):
    """A convolution's parts give Keras's number, with every setting, on 27 rows, 28 columns and four channels."""
    stack = layers.Cropping2D(((1, 0), (0, 0))), layers.Conv2D(4, 1), layers.Conv2D(6, **{"kernel_size": 3, **settings})
    check(network_of(*stack), kind=ConvolutionDecomposition)


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"padding": "same", "strides": 2},
        {"depth_multiplier": 3},
        {"dilation_rate": 2, "padding": "same"},
        {"strides": 2, "dilation_rate": 2, "padding": "same"},
        {"activation": "softmax", "use_bias": False},
    ],
    ids=str,
)
@pytest.mark.parametrize(
    ("layer", "kind"),
    [
        (layers.DepthwiseConv2D, ConvolutionDecomposition),
        (lambda *size, **settings: layers.SeparableConv2D(5, *size, **settings), SeparableConvolutionDecomposition),
    ],
    ids=["depthwise", "separable"],
)
def test_depthwise_and_separable(layer, kind, settings):
    """Depthwise and separable convolutions' parts give Keras's number."""
    check(network_of(layers.Cropping2D(((1, 0), (0, 0))), layers.Conv2D(4, 1), layer(3, **settings)), kind=kind)


def test_parts_of_a_convolution():
    """Patch times kernel is the products, which add up to the channels' sums, which with the bias are the preactivation."""
    network = network_of(layers.Conv2D(3, 1), layers.Conv2D(5, 3, padding="same", activation="relu"))
    for position in positions((28, 28, 5)):
        decomposition = last_decomposition(network, position)
        kernel, bias = network.layers[-1].layer.get_weights()
        assert np.allclose(decomposition.kernel, kernel[..., position[2]])
        assert np.allclose(decomposition.products, decomposition.patch * decomposition.kernel)
        assert np.allclose(decomposition.channel_sums, decomposition.products.sum(axis=(0, 1)))
        assert decomposition.bias == pytest.approx(float(bias[position[2]]))
        assert decomposition.preactivation == pytest.approx(decomposition.channel_sums.sum() + decomposition.bias)
        assert decomposition.total == max(0, decomposition.preactivation)
        assert decomposition.activation == "relu"
        assert decomposition.softmax is None
        sums = np.abs(decomposition.channel_sums[decomposition.order])
        assert list(sums) == sorted(sums, reverse=True)


def test_patch_at_the_corner():
    """In a corner, the patch begins before the picture and has zeros where there is padding."""
    network = network_of(layers.Conv2D(1, 3, padding="same"))
    decomposition = last_decomposition(network, (0, 27, 0), image() + 1)
    assert (decomposition.top, decomposition.left) == (-1, 26)
    assert decomposition.inside.tolist() == [[False] * 3, [True, True, False], [True, True, False]]
    assert np.array_equal(decomposition.patch[..., 0] > 0, decomposition.inside)
    assert np.allclose(decomposition.patch[1:, :2, 0], image()[:2, 26:] + 1)


def test_dilated_patch():
    """A dilated kernel looks at cells that lie apart."""
    decomposition = last_decomposition(network_of(layers.Conv2D(1, 3, dilation_rate=(2, 4))), (5, 1, 0))
    assert (decomposition.top, decomposition.left, decomposition.dilation) == (5, 1, (2, 4))
    assert np.allclose(decomposition.patch[..., 0], image()[5:10:2, 1:10:4])


@pytest.mark.parametrize(("unit", "channels"), [(0, [0, 1]), (2, [0, 1]), (3, [2, 3]), (5, [2, 3])])
def test_groups(unit, channels):
    """A filter of a grouped convolution sees the channels of its own group."""
    decomposition = last_decomposition(network_of(layers.Conv2D(4, 1), layers.Conv2D(6, 3, groups=2)), (4, 4, unit))
    assert decomposition.channels.tolist() == channels
    assert decomposition.kernel.shape == decomposition.patch.shape == (3, 3, 2)


def test_depthwise_filter_sees_one_channel():
    """The filters of a depthwise convolution come channel by channel."""
    decomposition = last_decomposition(
        network_of(layers.Conv2D(4, 1), layers.DepthwiseConv2D(3, depth_multiplier=2)), (0, 0, 5)
    )
    assert decomposition.channels.tolist() == [2]


def test_parts_of_a_separable_convolution():
    """Each channel's sums are mixed with one weight each."""
    network = network_of(layers.Conv2D(3, 1), layers.SeparableConv2D(5, 3, depth_multiplier=2))
    decomposition = last_decomposition(network, (7, 7, 4))
    assert np.allclose(
        decomposition.depthwise, (decomposition.patch[..., None] * decomposition.kernel).sum(axis=(0, 1)).ravel()
    )
    assert np.allclose(decomposition.contributions, decomposition.depthwise * decomposition.weights)
    assert decomposition.contributions.shape == (6,)
    assert decomposition.preactivation == pytest.approx(decomposition.contributions.sum() + decomposition.bias)


# Pooling.


@pytest.mark.parametrize("pool", [layers.MaxPooling2D, layers.AveragePooling2D], ids=["max", "average"])
@pytest.mark.parametrize(
    "settings",
    [
        {"pool_size": 2},
        {"pool_size": 2, "padding": "same"},
        {"pool_size": 3, "strides": 2},
        {"pool_size": 3, "strides": 2, "padding": "same"},
        {"pool_size": (4, 1), "strides": (1, 3), "padding": "same"},
        {"pool_size": 27},
    ],
    ids=str,
)
def test_pooling(pool, settings):
    """The largest or the mean of a window is Keras's number, also where part of the window is padding."""
    negative = layers.Rescaling(-1.0, -0.1)  # padding with zeros would win here
    check(
        network_of(layers.Cropping2D(((1, 0), (0, 0))), negative, layers.Conv2D(3, 1), pool(**settings)), kind=PoolDecomposition
    )


@pytest.mark.parametrize("keepdims", [False, True])
@pytest.mark.parametrize("pool", [layers.GlobalMaxPooling2D, layers.GlobalAveragePooling2D])
def test_global_pooling(pool, keepdims):
    """Global pooling has the whole map as its window."""
    network = network_of(layers.Conv2D(3, 3), pool(keepdims=keepdims))
    check(network, kind=PoolDecomposition)
    decomposition = last_decomposition(network, (0, 0, 2) if keepdims else (2,))
    assert decomposition.window.shape == (26, 26)
    assert decomposition.count == 26 * 26


def test_winner():
    """The winner of a max-pool is the place of the largest number in its input; of equal ones the first."""
    picture = np.zeros((28, 28), np.float32)
    picture[6, 9] = 1
    network = network_of(layers.MaxPooling2D())
    assert last_decomposition(network, (3, 4, 0), picture).winner == (6, 9)
    assert last_decomposition(network, (3, 5, 0), picture).winner == (6, 10)


def test_padding_counts_for_nothing():
    """An average pool at the border is the mean of the cells in the picture; those outside are NaN."""
    decomposition = last_decomposition(network_of(layers.AveragePooling2D(3, strides=1, padding="same")), (0, 0, 0))
    assert decomposition.count == 4
    assert decomposition.winner is None
    assert decomposition.total == pytest.approx(image()[:2, :2].mean())
    assert np.isnan(decomposition.window).sum() == 5


# Dense layers and softmax.


def test_dense():
    """A unit's contributions and bias add up to its preactivation, strongest first in their order."""
    network = network_of(layers.Flatten(), layers.Dense(7, "relu"), layers.Dense(3, use_bias=False))
    check(network, kind=DenseDecomposition)
    decomposition = decompose(network, arrays(network), network.layers[2].name, (4,))
    assert np.allclose(decomposition.contributions, decomposition.inputs * decomposition.weights)
    assert decomposition.preactivation == pytest.approx(decomposition.contributions.sum() + decomposition.bias)
    assert abs(decomposition.contributions[decomposition.order[0]]) == np.abs(decomposition.contributions).max()
    assert last_decomposition(network, (2,)).bias == 0


def test_dense_on_a_map():
    """A dense layer on a map works on the channels of each pixel."""
    network = network_of(layers.Conv2D(4, 3), layers.Dense(5, "softmax"))
    check(network, kind=DenseDecomposition)
    decomposition = last_decomposition(network, (3, 8, 1))
    assert decomposition.source == (3, 8)
    assert decomposition.inputs.shape == (4,)


@pytest.mark.parametrize(
    "layer",
    [
        layers.Dense(5, "softmax"),
        layers.Softmax(),
        layers.Activation("softmax"),
        layers.Softmax(axis=1),
        layers.Softmax(axis=-3),
    ],
    ids=["dense", "layer", "activation", "rows", "rows, from the end"],
)
def test_softmax(layer):
    """A softmax shows the logits and exponentials of all units; its probabilities add up to 1."""
    network = network_of(layers.Conv2D(5, 3), layer)
    check(network)
    decomposition = last_decomposition(network, (3, 2, 1))
    parts = decomposition.softmax
    assert parts.probabilities.sum() == pytest.approx(1)
    assert parts.denominator == pytest.approx(parts.exponentials.sum())
    assert parts.exponentials.max() == 1
    assert np.allclose(parts.exponentials, np.exp(parts.logits - parts.shift))
    assert parts.probabilities[parts.index] == decomposition.total
    if isinstance(layer, layers.Dense):
        assert parts.logits[parts.index] == decomposition.preactivation
    else:
        assert isinstance(decomposition, SoftmaxDecomposition)


def test_softmax_of_large_logits():
    """Large logits overflow nothing."""
    network = network_of(layers.Flatten(), layers.Dense(10, "softmax"))
    network.layers[-1].layer.bias.assign(np.linspace(0, 2000, 10))
    decomposition = last_decomposition(network, (9,))
    assert decomposition.total == decomposition.value == 1


# Everything else.


ELEMENTWISE = {
    "batch norm": (layers.BatchNormalization(), BatchNormDecomposition),
    "batch norm without gamma": (layers.BatchNormalization(scale=False), BatchNormDecomposition),
    "batch norm without beta": (layers.BatchNormalization(center=False, epsilon=0.5), BatchNormDecomposition),
    "batch norm of rows": (layers.BatchNormalization(axis=1), BatchNormDecomposition),
    "batch norm of columns": (layers.BatchNormalization(axis=-2), BatchNormDecomposition),
    "rescaling": (layers.Rescaling(-2.5, 0.5), RescalingDecomposition),
    "rescaling by channel": (layers.Rescaling([1.0, 2.0, 3.0, 4.0], [0.0, 1.0, 0.0, 1.0]), RescalingDecomposition),
    "relu": (layers.ReLU(max_value=0.5, negative_slope=0.1), None),
    "leaky relu": (layers.LeakyReLU(negative_slope=0.2), None),
    "prelu": (layers.PReLU(), None),
    "elu": (layers.ELU(), None),
    "tanh": (layers.Activation("tanh"), None),
    "log softmax": (layers.Activation("log_softmax"), None),
    "dropout": (layers.Dropout(0.5), CopyDecomposition),
    "noise": (layers.GaussianNoise(0.5), CopyDecomposition),
    "rotation": (layers.RandomRotation(0.3), CopyDecomposition),
    "flatten": (layers.Flatten(), CopyDecomposition),
    "reshape": (layers.Reshape((14, 28, 8)), CopyDecomposition),
    "zero padding": (layers.ZeroPadding2D(((1, 2), (3, 0))), CopyDecomposition),
    "cropping": (layers.Cropping2D(((1, 2), (3, 0))), CopyDecomposition),
    "up-sampling": (layers.UpSampling2D((2, 3)), CopyDecomposition),
}


@pytest.mark.parametrize(("layer", "kind"), ELEMENTWISE.values(), ids=ELEMENTWISE)
def test_layers_without_sums(layer, kind):
    """Layers that pick, shift, scale or carry numbers over give Keras's number."""
    check(network_of(layers.Conv2D(4, 1), layer), kind=kind)


def test_batch_norm():
    """A batch normalisation takes the moving mean and variance of the number's own channel."""
    network = network_of(layers.Conv2D(4, 1), layers.BatchNormalization())
    decomposition = last_decomposition(network, (3, 4, 2))
    gamma, beta, mean, variance = (weight[2] for weight in network.layers[-1].layer.get_weights())
    assert (decomposition.gamma, decomposition.beta, decomposition.mean, decomposition.variance) == pytest.approx(
        (gamma, beta, mean, variance)
    )
    assert decomposition.total == pytest.approx(decomposition.gamma * decomposition.normalised + decomposition.beta)


def test_flatten():
    """Number i of a flattened map comes from a row, a column and a channel."""
    decomposition = last_decomposition(network_of(layers.Conv2D(4, 1), layers.Flatten()), (28 * 4 * 5 + 4 * 6 + 3,))
    assert decomposition.source_position == (5, 6, 3)


def test_padding_comes_from_nowhere():
    """A zero of padding is a copy of nothing."""
    network = network_of(layers.ZeroPadding2D(2))
    assert last_decomposition(network, (1, 5, 0)).source_position is None
    assert last_decomposition(network, (1, 5, 0)).total == 0
    assert last_decomposition(network, (2, 5, 0)).source_position == (0, 3, 0)


@pytest.mark.parametrize("merge", ["Add", "Subtract", "Multiply", "Average", "Maximum", "Minimum"])
def test_merging(merge):
    """Layers with several inputs show a part for each."""
    picture = keras.Input((28, 28, 1))
    a, b = layers.Conv2D(3, 1, name="a")(picture), layers.Conv2D(3, 1, name="b")(picture)
    network = Network(randomise(keras.Model(picture, getattr(layers, merge)()([b, a]))))
    check(network, kind=MergeDecomposition)
    decomposition = last_decomposition(network, (1, 2, 0))
    assert decomposition.sources == ("b", "a")
    assert decomposition.operation == merge.lower()
    assert len(decomposition.parts) == 2


def test_merging_of_more():
    """A sum has as many parts as inputs, also where one of them is a single pixel that serves for all."""
    picture = keras.Input((28, 28, 1))
    wide, single = layers.Conv2D(3, 1)(picture), layers.GlobalAveragePooling2D(keepdims=True)(picture)
    network = Network(randomise(keras.Model(picture, layers.Add()([wide, single, wide]))))
    check(network)
    assert len(last_decomposition(network, (1, 2, 0)).parts) == 3


@pytest.mark.parametrize(("axis", "position", "source"), [(-1, (4, 5, 3), (4, 5, 1)), (1, (30, 5, 1), (2, 5, 1))])
def test_concatenate(axis, position, source):
    """A number of a concatenation comes from one of its inputs."""
    picture = keras.Input((28, 28, 1))
    a, b = layers.Conv2D(2, 1, name="a")(picture), layers.Conv2D(2, 1, name="b")(picture)
    network = Network(randomise(keras.Model(picture, layers.Concatenate(axis=axis)([a, b]))))
    check(network, kind=CopyDecomposition)
    decomposition = last_decomposition(network, position)
    assert (decomposition.source, decomposition.source_position) == ("b", source)


def test_shared_layer():
    """The second use of a layer is taken apart with its own input."""
    picture = keras.Input((28, 28, 1))
    shared = layers.Conv2D(1, 3, name="shared")
    model = randomise(keras.Model(picture, shared(shared(picture))))
    network = Network(model)
    decomposition = decompose(network, arrays(network), "shared (use 2)", (3, 4, 0))
    assert decomposition.total == pytest.approx(float(model(image()[None, ..., None])[0, 3, 4, 0]), abs=1e-5)
    assert decomposition.patch[0, 0, 0] == pytest.approx(float(arrays(network)["shared"][3, 4, 0]))


@pytest.mark.parametrize("level", [0.0, 1.0])
def test_constant_pictures(level):
    """A blank or full picture is taken apart like any other, with no number that is none."""
    stack = layers.Conv2D(2, 3, activation="relu"), layers.BatchNormalization(), layers.MaxPooling2D(), layers.Flatten()
    check(network_of(*stack, layers.Dense(10, "softmax")), np.full((28, 28), level, np.float32))


def test_maps_of_one_pixel():
    """Maps of one pixel are convolved, pooled and flattened like others."""
    stack = layers.Conv2D(3, 28), layers.Conv2D(4, 3, padding="same"), layers.MaxPooling2D(2, padding="same")
    check(network_of(*stack, layers.GlobalAveragePooling2D(), layers.Dense(10)))


def test_input():
    """A number of the input is a pixel."""
    network = network_of(layers.Flatten())
    decomposition = decompose(network, arrays(network), network.layers[0].name, (4, 5, 0))
    assert decomposition.value == decomposition.total == float(image()[4, 5])


@pytest.mark.parametrize(
    ("layer", "reason"),
    [
        (layers.GroupNormalization(1), "GroupNormalization"),
        (layers.UpSampling2D(interpolation="bilinear"), "UpSampling2D"),
        (layers.Softmax(axis=(1, 2)), "Softmax"),
        (layers.Flatten(data_format="channels_first"), "channels_first"),
        (layers.Conv2D(2, 3, dtype="mixed_bfloat16"), "bfloat16"),
        (keras.Sequential([keras.Input((28, 28, 1)), layers.Conv2D(2, 3)]), "a nested network (layers: 1)"),
    ],
    ids=["unknown", "setting", "axes", "channels first", "precision", "nested"],
)
def test_layers_that_stay_closed(layer, reason):
    """A layer that is not taken apart gives its number, and says why there is no more."""
    network = network_of(layer)
    decomposition = last_decomposition(network, tuple(0 for _ in network.layers[-1].shape))
    assert isinstance(decomposition, OpaqueDecomposition)
    assert decomposition.total is None
    assert np.isfinite(decomposition.value)
    assert reason in decomposition.reason


@pytest.mark.parametrize("position", [(26, 0, 0), (0, 0), (0, 0, -1), (0, 0, 2)])
def test_no_such_position(position):
    """A position that the layer does not have is refused with the layer's shape."""
    with pytest.raises(ModelError, match=r"26, 26, 2"):
        last_decomposition(network_of(layers.Conv2D(2, 3)), position)
