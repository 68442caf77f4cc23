"""Digits in the plane, as the network's last hidden layer sees them."""

import keras
import numpy as np
import pytest
from keras import layers

from digitcore.errors import DataError
from digitcore.explain.embedding import embed, last_hidden_layer
from digitcore.explain.network import Network
from tests.unit.small_networks import branching, constant, one_layer, one_pixel_maps, straight

pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")


@pytest.fixture(scope="module")
def few(sample):
    return sample.x_test[:150], sample.y_test[:150]


def without_dense():
    return Network(
        keras.Sequential(
            [keras.Input((28, 28, 1)), layers.Conv2D(10, 5), layers.GlobalMaxPooling2D(name="pool"), layers.Softmax()]
        )
    )


@pytest.mark.parametrize(
    ("build", "expected"),
    [(straight, "hidden"), (branching, "pool"), (one_layer, "flatten"), (one_pixel_maps, "flatten"), (without_dense, "pool")],
)
def test_last_hidden_layer(build, expected):
    """It is what the last dense layer takes, before the dropout; without a dense layer, what the softmax takes."""
    assert last_hidden_layer(build()) == expected


def test_principal_components(few):
    """The points are those of scikit-learn's PCA, up to the sign of each axis."""
    from sklearn.decomposition import PCA

    network = straight()
    hidden = network.activations(few[0].astype(np.float32) / 255)["hidden"]
    reference = PCA(2, svd_solver="full").fit(hidden)
    found = embed(network, *few)
    assert np.allclose(np.abs(found.points), np.abs(reference.transform(hidden)), atol=1e-4)
    assert np.allclose(found.explained, reference.explained_variance_ratio_, atol=1e-5)
    assert found.points.shape == (150, 2)
    assert found.points.dtype == np.float32
    assert np.array_equal(found.labels, few[1])


@pytest.mark.parametrize("build", [straight, one_layer, branching])
def test_place(build, few):
    """A digit that is placed anew lies where it lay, whatever the layer's shape."""
    network = build()
    found = embed(network, *few)
    hidden = network.activations(few[0][:4].astype(np.float32) / 255)[found.layer]
    placed = found.place(hidden)
    assert placed.shape == (4, 2)
    assert np.allclose(placed, found.points[:4], atol=1e-4)


def test_same_picture_every_time(few):
    """The same digits give the same points, and the largest entry of each axis is positive."""
    first, second = embed(straight(), *few), embed(straight(), *few)
    assert np.array_equal(first.points, second.points)
    assert all(axis[np.abs(axis).argmax()] > 0 for axis in first.axes)


@pytest.mark.parametrize(("build", "count"), [(constant, 20), (straight, 1)])
def test_nothing_varies(build, count, few):
    """Where all digits look alike, or there is one alone, all lie in the middle and no variance is explained."""
    with np.errstate(all="raise"):
        found = embed(build(), few[0][:count], few[1][:count])
    assert not found.points.any()
    assert not found.explained.any()


def test_one_unit():
    """A hidden layer of one unit has one axis; the other stays at zero."""
    stack = [layers.Flatten(), layers.Dense(1), layers.Dense(10, "softmax")]
    network = Network(keras.Sequential([keras.Input((28, 28, 1)), *stack]))
    images = np.random.default_rng(0).integers(0, 256, (10, 28, 28)).astype(np.uint8)
    found = embed(network, images, np.arange(10))
    assert found.points[:, 0].any()
    assert not found.points[:, 1].any()
    assert list(found.explained) == [1, 0]


@pytest.mark.parametrize("count", [0, 3])
def test_errors(count, few):
    """No images, or another number of labels, are refused with the counts."""
    with pytest.raises(DataError, match=f"there are {count} and 0"):
        embed(straight(), few[0][:count], few[1][:0])
