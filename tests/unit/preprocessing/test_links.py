"""A digit in a link."""

import numpy as np
import pytest

from digitcore.errors import DataError
from digitcore.preprocessing.links import decode, encode


@pytest.mark.parametrize("seed", range(3))
def test_a_code_is_the_picture(seed):
    """A picture in steps of 1/255 comes back exactly."""
    image = (np.random.default_rng(seed).integers(0, 256, (28, 28)) / 255).astype(np.float32)
    assert (decode(encode(image)) == image).all()


@pytest.mark.parametrize("code", ["", "é", "AAAA", encode(np.eye(28))[:12], encode(np.zeros((28, 29)))])
def test_a_code_that_holds_no_picture(code):
    """What is no picture of that size is refused."""
    with pytest.raises(DataError, match="digit"):
        decode(code)
