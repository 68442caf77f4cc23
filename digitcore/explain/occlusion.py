"""Occlusion: how far a digit's probability falls when a part of the image is hidden.

Source: Zeiler and Fergus, "Visualizing and understanding convolutional networks", ECCV 2014.
"""

import numpy as np
import tensorflow as tf

from digitcore.errors import ConfigError
from digitcore.explain.heatmap import Heatmap, scaled
from digitcore.explain.network import Network
from digitcore.explain.replay import ROUNDING, probabilities
from digitcore.networks.architectures import INPUT_SHAPE

SIDE = INPUT_SHAPE[0]
#: Images that go through the network at once; the feature maps of more could fill the memory.
BATCH_SIZE = 256


def occlusion(network: Network, image: np.ndarray, digit: int, *, patch: int = 5, stride: int = 2) -> Heatmap:
    """How far the digit's probability falls when a square patch is painted black, averaged over the patches on each pixel.

    The paper hides parts of photographs with grey; here the background is black, so hiding a pixel removes its ink.

    Args:
        network: the network.
        image: float32 ``(28, 28)`` in 0-1, white on black.
        digit: 0-9, the digit to explain.
        patch: side of the square, 1-28 pixels.
        stride: the step from one patch to the next, 1 to ``patch`` pixels, so that every pixel is hidden at least once.

    Returns:
        Signed: ``values`` in -1 to 1; ``raw`` is ``(28, 28)``, in probability, above 0 where the pixel supports the digit.

    Raises:
        ConfigError: ``patch`` or ``stride`` is out of range.
    """
    if not 1 <= patch <= SIDE or not 1 <= stride <= patch:
        raise ConfigError(
            f"patch is {patch} and stride {stride}: choose a patch from 1 to {SIDE} and a stride from 1 to the patch."
        )
    masks = _patches(patch, stride)
    image = np.asarray(image, np.float32)
    hidden = np.concatenate([image[None], np.where(masks, np.float32(0), image)])
    forward = probabilities(network)
    chunks = (hidden[start : start + BATCH_SIZE, ..., None] for start in range(0, len(hidden), BATCH_SIZE))
    whole, *rest = np.concatenate([forward(tf.constant(chunk)).numpy()[:, digit] for chunk in chunks])
    drops = whole - np.array(rest)
    drops[np.abs(drops) < ROUNDING] = 0
    raw = (np.tensordot(drops, masks, axes=1) / masks.sum(axis=0)).astype(np.float32)
    return Heatmap(digit=digit, score=float(whole), values=scaled(raw), raw=raw)


def _patches(patch: int, stride: int) -> np.ndarray:
    """The pixels that each position hides: bool ``(positions, 28, 28)``; the last row and column are always covered."""
    last = SIDE - patch
    starts = np.array([*range(0, last, stride), last])
    pixels = np.arange(SIDE)
    along = (pixels >= starts[:, None]) & (pixels < starts[:, None] + patch)
    return (along[:, None, :, None] & along[None, :, None, :]).reshape(-1, SIDE, SIDE)
