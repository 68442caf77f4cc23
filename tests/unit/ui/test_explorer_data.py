"""The explorer's data for layers of real networks: what it knows, and the arrays that it sends."""

import keras
import numpy as np
import pytest
from keras import layers

from digitcore.explain.network import Network
from tests.explored import image_of, network_of_flattened_maps, network_of_maps, network_of_pixels
from tests.unit.small_networks import branching, straight, two_way
from ui.layers.explorer import can_explore
from ui.layers.explorer_data import _grid, explorer_data
from ui.layers.explorer_texts import rule_of
from ui.layers.units import default_unit, names_of_units, units_are_digits


@pytest.fixture(scope="module")
def maps():
    return network_of_maps()


def data_of(network, layer, unit=0, *, seed=0, formulas=False):
    activations = {name: batch[0] for name, batch in network.activations(image_of(seed)[None]).items()}
    data = explorer_data(network, activations, network[layer], unit, position=None, formulas=formulas)
    return data, activations


def test_batch_normalisation_gives_the_layers_output(maps):
    """Scale, shift, mean and variance of one map give that map."""
    data, activations = data_of(maps, "norm", 4)
    numbers = data.parameters
    normalised = (data.inputs[..., 0] - numbers["mean"]) / np.sqrt(numbers["variance"] + numbers["epsilon"])
    np.testing.assert_allclose(normalised * numbers["gamma"] + numbers["beta"], activations["norm"][..., 4], atol=1e-5)


def test_parameters_of_a_vector_are_one_a_unit(maps):
    """Batch normalisation of a vector has a mean for each unit."""
    data, activations = data_of(maps, "norm_of_units", 3)
    assert data.parameters["mean"].shape == data.inputs.shape == activations["norm_of_units"].shape
    assert data.position == (0, 3)


def test_prelu_has_a_slope_for_each_place(maps):
    """The slopes of one map, multiplied with its negative numbers, give that map."""
    data, activations = data_of(maps, "prelu", 2)
    x = data.inputs[..., 0]
    np.testing.assert_allclose(np.where(x < 0, x * data.parameters["slope"], x), activations["prelu"][..., 2], atol=1e-6)


def test_global_pooling_has_one_window():
    """The window is the whole map, and the output one number."""
    data, activations = data_of(network_of_flattened_maps(), "largest", 1)
    assert data.window == data.inputs.shape[:2] == (7, 7)
    assert data.output.shape == (1, 1)
    assert data.output.item() == activations["largest"][1] == data.inputs.max()


def test_the_next_layer_may_be_the_activation():
    """A convolution knows the title of the activation that reads it, and of no other layer."""
    image = keras.Input((28, 28, 1), name="image")
    x = layers.ReLU(name="relu_1")(layers.Conv2D(2, 3, name="conv_1")(image))
    x = layers.MaxPooling2D(name="pool")(layers.Conv2D(2, 3, name="conv_2")(x))
    network = Network(keras.Model(image, x))
    assert data_of(network, "conv_1")[0].next_activation == "ReLU 1"
    assert data_of(network, "conv_2")[0].next_activation == ""


def test_dense_on_pixels_has_the_image():
    """A dense layer after a flattened image shows its inputs as that image."""
    data, _ = data_of(network_of_pixels(), "dense", 2)
    assert data.shape == (28, 28, 1)
    assert data.names == ("the digit",)
    np.testing.assert_array_equal(data.inputs.reshape(28, 28), image_of(0))


def test_dense_on_flattened_maps_has_the_maps():
    """A dense layer behind dropout and flatten shows its inputs as the maps that were flattened."""
    data, activations = data_of(network_of_flattened_maps(), "probabilities", 2)
    assert data.shape == (7, 7, 8)
    np.testing.assert_array_equal(data.inputs.reshape(data.shape), activations["dropout"])
    np.testing.assert_allclose(data.logits[2], data.inputs @ data.weights + data.bias, rtol=1e-5)


def test_dense_on_units_has_a_grid(maps):
    """Inputs without places in the image are shown in rows of sixteen."""
    data, _ = data_of(maps, "scores")
    assert data.is_vector
    assert data.shape == (2, 16, 1)


@pytest.mark.parametrize(("count", "grid"), [(1, (1, 1)), (10, (1, 10)), (128, (8, 16)), (20, (2, 16)), (1000, (32, 32))])
def test_grids(count, grid):
    """A few units stand in one row, others in rows of 16 or 32."""
    assert _grid(count) == grid


def test_formulas_are_left_out_unless_wanted(maps):
    """Everybody gets a sentence, the formula only those who want it."""
    assert data_of(maps, "norm")[0].formula == ""
    assert "γ" in data_of(maps, "norm", formulas=True)[0].formula
    assert rule_of(maps["relu"]).endswith("The activation function is ReLU. It makes negative numbers 0 and keeps the others.")
    assert "ReLU" not in rule_of(maps["bounded"])


def test_what_can_be_explored():
    """Layers with several inputs, copies and unknown layers are left to the tables."""
    network = branching()
    assert [layer.name for layer in network.layers if not can_explore(network, layer)] == ["image", "sum", "join", "flat"]


def test_settings_that_cannot_be_explored():
    """A softmax or a normalisation along another axis, and a dense layer on maps, are left to the tables."""
    image = keras.Input((28, 28, 1), name="image")
    x = layers.Conv2D(4, 3, name="conv")(image)
    outputs = [
        layers.Dense(3, name="dense")(x),
        layers.Softmax(axis=1, name="softmax")(x),
        layers.BatchNormalization(axis=1, name="norm")(x),
    ]
    network = Network(keras.Model(image, outputs))
    assert not any(can_explore(network, network[name]) for name in ("dense", "softmax", "norm"))


def test_units_are_digits_at_the_end_alone():
    """Units are called digits in the answer and in the scores before it."""
    network = branching()
    assert [layer.name for layer in network.layers if units_are_digits(network, layer)] == ["scores", "digit"]
    assert names_of_units(network, network["digit"])[7] == "digit 7"
    assert data_of(network, "digit", 7)[0].output_name == "digit 7"
    assert data_of(network, "pool", 2)[0].output_name == "unit 2"
    assert data_of(network, "aside", 1)[0].output_name == "feature map 1"
    assert not any(units_are_digits(two_way(), layer) for layer in two_way().layers)


def test_the_output_opens_at_the_winning_digit():
    """The default is the most probable digit; elsewhere the unit or map with the largest magnitude."""
    network = straight()
    assert default_unit(network, network["probabilities"], np.eye(10)[7]) == 7
    assert default_unit(network, network["hidden"], np.array([1.0, -5, 2, 0, 0, 0])) == 1
    activation = np.zeros((3, 3, 4))
    activation[1, 2, 3] = -1
    assert default_unit(network, network["pool"], activation) == 3
    scores = np.array([-20.0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
    assert default_unit(branching(), branching()["scores"], scores) == 9
