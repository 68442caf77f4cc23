"""All feature maps in one picture: each has its number below it."""

import base64
import io

import numpy as np
from PIL import Image

from ui.layers import feature_maps
from ui.shared.pictures import LABEL_GROUND, LABEL_HEIGHT, LABEL_INK, montage

MAPS = np.zeros((5, 5, 3))
MAPS[2, 2] = 1, 3, -2


def decoded(url: str) -> np.ndarray:
    return np.array(Image.open(io.BytesIO(base64.b64decode(url.split(",")[1]))))


def test_numbers_follow_their_maps(monkeypatch):
    """The strongest map comes first, and the numbers are those of the layer's maps, counted from 0."""
    sent = {}
    monkeypatch.setattr(feature_maps, "montage", lambda maps, **options: sent.update(options, maps=maps))
    feature_maps.pictures(MAPS, columns=8, cell=56, numbered=True)
    assert sent["labels"] == ["1", "2", "0"]
    assert sent["maps"][:, 2, 2].tolist() == [3, -2, 1]
    feature_maps.pictures(MAPS, columns=8, cell=56)
    assert sent["labels"] is None


def test_labels_stand_below_the_pictures():
    """Each row of a montage grows by a strip with white letters; the pictures stay as they are."""
    arrays = np.random.default_rng(0).random((3, 5, 5))
    plain, labelled = (decoded(montage(arrays, columns=2, cell=56, labels=labels)) for labels in (None, ["1", "12", "127"]))
    row = plain.shape[0] // 2
    assert labelled.shape == (plain.shape[0] + 2 * LABEL_HEIGHT, *plain.shape[1:])
    np.testing.assert_array_equal(labelled[: row - 3], plain[: row - 3])
    strip = labelled[row - 3 : row - 3 + LABEL_HEIGHT, 3 : plain.shape[1] // 2 - 3].reshape(-1, 4)
    assert {LABEL_GROUND, LABEL_INK} <= {tuple(pixel) for pixel in strip.tolist()}
