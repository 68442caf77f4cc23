"""What the explorer sends to the page, and what it takes from there."""

import base64
import dataclasses
import json

import numpy as np
import pytest

from tests.explored import random_layer
from ui import explorer
from ui.explorer import DenseData, PointwiseData, payload


def floats(array):
    """An array as the page reads it."""
    bits = np.unpackbits(np.frombuffer(base64.b64decode(array["filled"]), np.uint8), bitorder="little", count=array["count"])
    numbers = np.zeros(array["count"], "<f4")
    numbers[bits == 1] = np.frombuffer(base64.b64decode(array["floats"]), "<f4")
    return numbers.reshape(array["shape"])


def test_arrays_travel_exactly():
    """Every float32 arrives bit by bit, a view in its own order too."""
    layer = random_layer()
    mirrored = dataclasses.replace(layer, inputs=layer.inputs[::-1])
    np.testing.assert_array_equal(floats(payload(mirrored)["inputs"]), layer.inputs[::-1])
    np.testing.assert_array_equal(floats(payload(layer)["kernel"]), layer.kernel)


def test_only_the_group_is_sent():
    """Of a convolution with groups, only the channels that the unit sees go to the page."""
    layer = random_layer(channels=12, groups=3, unit=1)
    sent = payload(layer)
    np.testing.assert_array_equal(floats(sent["inputs"]), layer.inputs[:, :, 4:8])
    assert sent["names"] == [f"map {channel}" for channel in range(4, 8)]


def test_a_large_layer_is_light():
    """A layer of 128 channels of 28 by 28 pixels takes well below a megabyte."""
    assert sum(len(str(part)) for part in payload(random_layer(channels=128)).values()) < 600_000


def test_a_diverged_layer_can_be_sent():
    """JSON has no NaN; the layer's numbers may all be it."""
    layer = random_layer(channels=1)
    sick = dataclasses.replace(layer, bias=np.nan, output=np.full_like(layer.output, np.nan))
    json.dumps(payload(sick), allow_nan=False)


def test_a_kernel_that_does_not_fit_is_refused():
    """The error says what came and what was expected."""
    with pytest.raises(ValueError, match=r"\(3, 3, 4\) from channel 2.*\(28, 28, 4\)"):
        dataclasses.replace(random_layer(channels=4), first_channel=2)


@pytest.mark.parametrize(
    ("reported", "place"),
    [([2, 3], (2, 3)), ([99, -1], (27, 0)), (None, None), ("2,3", None), ([2], None), ([2.5, "x"], None), ({"row": 1}, None)],
)
def test_a_browsers_word_is_checked(reported, place):
    """A place outside the map becomes the nearest one; anything else is none."""
    assert explorer._place(reported, (28, 28)) == place


def test_a_place_is_not_sent_back(monkeypatch):
    """What the visitor chose leaves the message as it was; a place that they did not choose goes into it."""
    monkeypatch.setattr(explorer.st, "session_state", {})
    assert explorer._position_to_send((0, 0), None, "sent") == [0, 0]
    assert explorer._position_to_send((5, 6), (5, 6), "sent") == [0, 0]
    assert explorer._position_to_send((7, 8), (5, 6), "sent") == [7, 8]


@pytest.mark.parametrize(
    ("reported", "unit"), [(0, 0), (9, 9), (10, None), (-1, None), (True, None), (2.0, None), ("3", None), (None, None)]
)
def test_a_browsers_unit_is_checked(reported, unit):
    """Only a whole number of one of the layer's units is a unit."""
    assert explorer._unit(reported, 10) == unit


def test_parameters_are_sent_under_their_names():
    """A number for all travels without axes, a number for each place with them, and a name as it is."""
    data = PointwiseData(
        output_name="unit 1",
        picture=None,
        inputs=np.arange(20, dtype=np.float32),
        names=("Dense",),
        output=np.arange(20, dtype=np.float32),
        grid=(2, 16),
        function="activation",
        parameters={"activation": "leaky_relu", "slope": np.linspace(0, 1, 20), "epsilon": 0.001},
    )
    sent = payload(data)
    assert sent["activation"] == "leaky_relu"
    assert sent["slope"]["shape"] == [20]
    assert sent["epsilon"]["shape"] == []
    assert sent["inputs"]["shape"] == sent["output"]["shape"] == [2, 16]
    assert floats(sent["inputs"] | {"shape": [20]})[-1] == 19
    json.dumps(sent, allow_nan=False)


def test_a_dense_layer_sends_one_unit():
    """Of a dense layer with 3,136 inputs, the inputs and one unit's weights are sent, not all weights."""
    generator = np.random.default_rng(0)
    inputs, weights = (generator.random(3136, np.float32) for _ in range(2))
    names = tuple(f"map {channel}" for channel in range(64))
    common = {"inputs": inputs, "weights": weights, "shape": (7, 7, 64), "names": names, "is_vector": False}
    data = DenseData(output_name="unit 1", bias=0.5, activation="relu", keras=1.0, **common)
    assert len(json.dumps(payload(data), allow_nan=False)) < 40_000
