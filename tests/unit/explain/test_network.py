"""A network is the list of its layers, with what each gives for an image."""

import gc
import weakref
from concurrent.futures import ThreadPoolExecutor

import keras
import numpy as np
import pytest
from keras import layers

from digitcore.errors import ModelError
from digitcore.explain.ablation import ablate
from digitcore.explain.embedding import embed
from digitcore.explain.gradcam import grad_cam
from digitcore.explain.network import MAX_COMPILED, Network
from digitcore.explain.occlusion import occlusion
from digitcore.explain.saliency import saliency
from digitcore.explain.statistics import activation_statistics
from digitcore.networks import registry

#: Keras with NumPy 2, at every weight that it reads.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")


def digits(count=2):
    return np.random.default_rng(0).random((count, 28, 28), np.float32)


def sequential(*stack):
    return keras.Sequential([keras.Input((28, 28, 1)), *stack])


def described(network):
    return [(layer.name, layer.kind, layer.inputs) for layer in network.layers]


def branching_model():
    """A layer used twice, two branches that meet, an operation without a layer, a nested model and three outputs."""
    image = keras.Input((28, 28, 1), name="image")
    shared = layers.Conv2D(1, 3, padding="same", name="shared")
    first = shared(image)
    second = shared(first)
    joined = layers.Concatenate(name="join")([layers.Add(name="sum")([first, second]), keras.ops.abs(first), first + second])
    inside = keras.Input((28, 28, 3))
    nested = keras.Model(inside, [layers.Flatten()(inside), layers.GlobalMaxPooling2D()(inside)], name="nested")
    flat, largest = nested(joined)
    return keras.Model(image, [layers.Dense(10, "softmax", name="digit")(flat), layers.Dense(2, name="other")(largest), second])


def test_branches():
    """Branches, second uses, operations, nested models and further outputs are all named, each with its inputs."""
    network = Network(branching_model())
    found = {name: (kind, inputs) for name, kind, inputs in described(network)}
    assert found["image"] == ("input", ())
    assert found["shared"] == ("convolution", ("image",))
    assert found["shared (use 2)"] == ("convolution", ("shared",))
    assert found["sum"] == ("add", ("shared", "shared (use 2)"))
    assert found["join"][0] == "concatenate"
    assert [found[name][0] for name in found["join"][1]] == ["add", "other", "add"]
    assert found["nested"] == found["nested (output 2)"] == ("other", ("join",))
    assert found["digit"] == ("dense", ("nested",))
    assert found["other"] == ("dense", ("nested (output 2)",))
    assert network.outputs == ("digit", "other", "shared (use 2)")


def test_order():
    """The input comes first, and each layer after those that it takes its inputs from."""
    network = Network(branching_model())
    names = [layer.name for layer in network.layers]
    assert names[0] == "image"
    assert len(set(names)) == len(names)
    for i, layer in enumerate(network.layers):
        assert set(layer.inputs) <= set(names[:i])


def test_a_second_use_learns_nothing_new():
    """A layer's parameters count once, so that they add up to the model's."""
    network = Network(branching_model())
    assert network["shared"].parameters == 10
    assert network["shared (use 2)"].parameters == 0
    assert sum(layer.parameters for layer in network.layers) == network.model.count_params()


def test_activations_of_branches():
    """Every layer's activations are float32 of its shape, and the outputs are the model's."""
    network = Network(branching_model())
    activations = network.activations(digits(3))
    assert list(activations) == [layer.name for layer in network.layers]
    for layer in network.layers:
        assert activations[layer.name].shape == (3, *layer.shape)
        assert activations[layer.name].dtype == np.float32
    for name, expected in zip(network.outputs, network.model.predict(digits(3)[..., None], verbose=0), strict=True):
        assert np.allclose(activations[name], expected, atol=1e-5)
    assert np.array_equal(activations["image"], digits(3)[..., None])


@pytest.mark.parametrize("name", ["cnn_v1", "cnn_v2", "lenet", "sprint"])
def test_shipped_models(name):
    """All layers of a shipped model are of a known kind, in the model's order, and end in its probabilities."""
    model = registry.load_model(name)
    network = Network(model)
    assert [layer.layer for layer in network.layers[1:]] == model.layers
    assert "other" not in {layer.kind for layer in network.layers}
    assert np.allclose(network.activations(digits())[network.outputs[0]].sum(axis=1), 1, atol=1e-5)


@pytest.mark.parametrize(
    ("stack", "kinds"),
    [
        ([], ["input"]),
        ([layers.Flatten()], ["input", "flatten"]),
        ([layers.Conv2D(2, 28)], ["input", "convolution"]),
    ],
)
def test_tiny_models(stack, kinds):
    """A model of one layer, or of none but its input, is a network too."""
    image = x = keras.Input((28, 28, 1))
    for layer in stack:
        x = layer(x)
    network = Network(keras.Model(image, x))
    assert [layer.kind for layer in network.layers] == kinds
    assert network.outputs == (network.layers[-1].name,)
    assert network.activations(digits())[network.outputs[0]].shape == (2, *network.layers[-1].shape)


@pytest.mark.parametrize(
    ("layer", "kind"),
    [
        (layers.Activation("softmax"), "softmax"),
        (layers.Activation("relu"), "activation"),
        (layers.LeakyReLU(), "activation"),
        (layers.GaussianNoise(0.5), "noise"),
        (layers.RandomRotation(0.5), "augmentation"),
        (layers.GroupNormalization(1), "other"),
    ],
)
def test_kinds(layer, kind):
    """Layers are known by what they do; those that are not are named "other"."""
    assert Network(sequential(layer)).layers[1].kind == kind


def test_subclasses_are_not_taken_for_what_they_derive_from():
    """A layer class derived from a known one may compute something else, so it is of no known kind."""

    class Doubled(layers.Conv2D):
        def call(self, inputs):
            return 2 * super().call(inputs)

    layer = Network(sequential(Doubled(1, 3))).layers[1]
    assert (layer.kind, layer.class_name) == ("other", "Doubled")


def test_nothing_is_trained():
    """Layers that act in training alone change nothing here."""
    network = Network(sequential(layers.Dropout(0.9), layers.GaussianNoise(1.0), layers.RandomTranslation(0.5, 0.5)))
    activations = network.activations(digits())
    for layer in network.layers:
        assert np.array_equal(activations[layer.name], digits()[..., None])


def test_threads():
    """Several threads get the same answers as one."""
    network = Network(branching_model())
    expected = network.activations(digits())["digit"]
    with ThreadPoolExecutor(4) as pool:
        for found in pool.map(lambda _: network.activations(digits())["digit"], range(20)):
            assert np.allclose(found, expected, atol=1e-6)


def test_the_model_is_left_as_it_was():
    """Taking a model apart adds nothing to the layers' graph, so that it can be done again and the model be saved."""
    model = branching_model()
    uses = [len(layer._inbound_nodes) for layer in model.layers]
    assert described(Network(model)) == described(Network(model))
    assert [len(layer._inbound_nodes) for layer in model.layers] == uses


def subclassed_model():
    class Subclassed(keras.Model):
        def call(self, inputs):
            return inputs

    return Subclassed()


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (subclassed_model, "has no graph of layers"),
        (lambda: keras.Sequential([layers.Dense(3)]), "has no graph of layers"),
        (lambda: keras.Sequential([keras.Input((28, 28, 3)), layers.Flatten()]), r"\(None, 28, 28, 3\).*expected one"),
        (lambda: keras.Model([a := keras.Input((28, 28, 1)), b := keras.Input((28, 28, 1))], a + b), "expected one"),
    ],
)
def test_models_that_cannot_be_taken_apart(build, message):
    """A model without a graph or of another input is refused with the reason."""
    with pytest.raises(ModelError, match=message):
        Network(build())


def test_unknown_layer():
    """Asking for a layer that is not there names those that are."""
    with pytest.raises(ModelError, match=r"no layer 'conv9'.*flatten"):
        Network(sequential(layers.Flatten(name="flatten")))["conv9"]


def a_function(network, *args):
    """Something to build."""
    return (network, args, object())


def test_a_function_is_built_once():
    """A network keeps what was built for it, apart by what was built and with which arguments."""
    network = Network(sequential(layers.Flatten(), layers.Dense(10)))
    assert network.compiled(a_function, "dense") is network.compiled(a_function, "dense")
    assert network.compiled(a_function, "dense") is not network.compiled(a_function, "flatten")


def test_the_oldest_functions_are_dropped():
    """A network keeps ``MAX_COMPILED`` functions; the first of more is built again."""
    network = Network(sequential(layers.Flatten(), layers.Dense(10)))
    first = network.compiled(a_function, 0)
    for number in range(1, MAX_COMPILED):
        network.compiled(a_function, number)
    assert network.compiled(a_function, 0) is first
    network.compiled(a_function, MAX_COMPILED)
    assert network.compiled(a_function, 0) is not first


def test_threads_share_one_compilation():
    """Eight threads that request a function at once get the same one."""
    network = Network(sequential(layers.Flatten(), layers.Dense(10)))
    with ThreadPoolExecutor(8) as pool:
        functions = list(pool.map(lambda _: network.compiled(a_function), range(8)))
    assert len({id(function) for function in functions}) == 1


def test_a_network_goes_with_its_functions():
    """A network that nobody holds any more is freed, though each explanation has compiled a function for it."""
    model = sequential(layers.Conv2D(2, 3, activation="relu", name="conv"), layers.Flatten(), layers.Dense(10, "softmax"))
    network = Network(model)
    images, labels = np.zeros((2, 28, 28), np.uint8), np.zeros(2, int)
    image = digits(1)[0]
    grad_cam(network, image, 3)
    saliency(network, image, 3)
    occlusion(network, image, 3)
    ablate(network, image, "conv", [0])
    activation_statistics(network, "conv", images)
    embed(network, images, labels)
    assert len(network._compiled) >= 5
    gone = weakref.ref(network)
    del network
    gc.collect()
    assert gone() is None
