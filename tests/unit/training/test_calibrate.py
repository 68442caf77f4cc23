"""After training: the confidence is made honest, and the network gets a threshold."""

from dataclasses import replace

import keras
import numpy as np
import pytest

from digitcore.networks.predict import as_input
from digitcore.runs.config import Augmentation, TrainConfig
from digitcore.training.calibrate import HIGHEST_THRESHOLD, LOWEST_THRESHOLD, calibrate

CONFIG = TrainConfig(name="calibrated", architecture="lenet")


@pytest.fixture(scope="module")
def network(sample):
    """A network with one dense layer, which reads most digits and is much too sure."""
    model = keras.Sequential([keras.Input((28, 28, 1)), keras.layers.Flatten(), keras.layers.Dense(10, activation="softmax")])
    model.compile("adam", "sparse_categorical_crossentropy")
    model.fit(as_input(sample.x_train), sample.y_train, epochs=2, verbose=0)
    model.layers[-1].set_weights([6 * weights for weights in model.layers[-1].get_weights()])
    return model


def copy_of(network):
    copy = keras.models.clone_model(network)
    copy.set_weights(network.get_weights())
    return copy


def loss(network, sample):
    probabilities = network.predict(as_input(sample.x_validation), verbose=0)
    return -np.log(np.clip(probabilities[np.arange(len(probabilities)), sample.y_validation], 1e-9, 1)).mean()


def test_confidence_becomes_honest(network, sample):
    """The logits are divided by the temperature: the validation loss falls, and every answer stays the same."""
    calibrated = copy_of(network)
    found = calibrate(calibrated, sample, CONFIG)
    assert found.temperature > 2
    assert loss(calibrated, sample) < loss(network, sample)
    images = as_input(sample.x_validation)
    assert np.array_equal(calibrated.predict(images, verbose=0).argmax(1), network.predict(images, verbose=0).argmax(1))
    assert found.to_json() == {"temperature": found.temperature}


def test_threshold(network, sample):
    """A network that was trained with outliers gets a threshold, and the shares that it refuses and accepts are measured."""
    config = replace(CONFIG, augmentation=Augmentation(outliers=0.1, rotation=5))
    found = calibrate(copy_of(network), sample, config)
    assert LOWEST_THRESHOLD <= found.threshold <= HIGHEST_THRESHOLD
    assert 0 < found.digits_refused < 1
    assert 0 < found.outliers_accepted < 1
    assert found.to_json().keys() == {"temperature", "threshold", "digits_refused", "outliers_accepted"}
    assert calibrate(copy_of(network), sample, config) == found
