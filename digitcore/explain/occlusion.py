"""Occlusion: how much of the answer goes when a part of the image is hidden.

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
#: Images that go through the network at once; a wide network's feature maps of more would fill the memory.
BATCH_SIZE = 256


def occlusion(network: Network, image: np.ndarray, digit: int, *, patch: int = 5, stride: int = 2) -> Heatmap:
    """How far the digit's probability falls when a square patch is painted black, the mean over the patches on each pixel.

    The paper paints grey on photographs; here black is the paper, so that hiding a pixel is to take its ink away.

    Args:
        network: the network.
        image: float32 ``(28, 28)`` in 0-1, white on black.
        digit: 0-9, the digit to explain.
        patch: side of the square, 1-28 pixels.
        stride: from one position to the next, 1 to ``patch`` pixels, so that every pixel is hidden at least once.

    Returns:
        Signed: ``values`` in -1 to 1; ``raw`` is ``(28, 28)``, in probability, above 0 where the pixel speaks for the digit.

    Raises:
        ConfigError: ``patch`` or ``stride`` is out of range.
    """
    if not 1 <= patch <= SIDE or not 1 <= stride <= patch:
        raise ConfigError(
            f"patch is {patch} and stride {stride}: choose a patch of 1 to {SIDE} and a stride of 1 to the patch."
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
    """Where each position hides the image: bool ``(positions, 28, 28)``; the last row and column are always reached."""
    last = SIDE - patch
    starts = np.array([*range(0, last, stride), last])
    pixels = np.arange(SIDE)
    along = (pixels >= starts[:, None]) & (pixels < starts[:, None] + patch)
    return (along[:, None, :, None] & along[None, :, None, :]).reshape(-1, SIDE, SIDE)
