"""Many images are read batch by batch."""

import numpy as np
import pytest

from digitcore.errors import ModelError
from digitcore.networks import predict, registry

#: Keras with NumPy 2, at every weight that it reads.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")


class Fake:
    """A recogniser with the same outputs for every image."""

    def __init__(self, outputs):
        self.outputs = np.array(outputs, np.float32)

    def probabilities(self, images):
        return np.tile(self.outputs, (len(images), 1))


def test_as_input():
    """A network's input has one channel and values from 0 to 1."""
    found = predict.as_input(np.full((2, 28, 28), 255, np.uint8))
    assert (found.shape, found.dtype, found.max()) == ((2, 28, 28, 1), np.float32, 1)


def test_batches(models_dir, small_model_file, sample):
    """Reading batch by batch gives what reading at once gives, and says how far it is."""
    (models_dir / "small.keras").write_bytes(small_model_file)
    recogniser = predict.load(registry.find("small"))
    images, steps = np.resize(sample.x_test[:60], (predict.BATCH_SIZE + 20, 28, 28)), []
    probabilities = predict.predict(recogniser, images, lambda *step: steps.append(step))
    np.testing.assert_allclose(probabilities, recogniser.probabilities(images.astype(np.float32) / 255), atol=1e-6)
    assert steps == [(250, 270), (270, 270)]


@pytest.mark.parametrize("outputs", [[2.0] + [0.0] * 9, [1.5, -0.5] + [0.0] * 8, [np.nan] * 10])
def test_not_probabilities(outputs):
    """Outputs that do not add up to 1, are negative or are not numbers are refused."""
    with pytest.raises(ModelError, match="outputs are not probabilities"):
        predict.predict(Fake(outputs), np.zeros((3, 28, 28), np.uint8))


def test_a_loaded_model_is_not_cached(models_dir, small_model_file):
    """Loading a model to read many images leaves the pages' cache alone."""
    from digitcore.networks import recogniser

    (models_dir / "small.keras").write_bytes(small_model_file)
    before = dict(recogniser._recognisers._entries)
    predict.load(registry.find("small"))
    assert dict(recogniser._recognisers._entries) == before
