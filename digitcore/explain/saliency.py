"""Gradient saliency: the pixels whose small changes would change the digit's score most.

Source: Simonyan, Vedaldi and Zisserman, "Deep inside convolutional networks: visualising image classification models and
saliency maps", ICLR workshop 2014.
"""

from collections.abc import Callable

import numpy as np
import tensorflow as tf

from digitcore.explain.heatmap import Heatmap, as_batch, scaled
from digitcore.explain.network import Network
from digitcore.explain.replay import ONE_IMAGE, compile_function, compiled_once, logits, replay


def saliency(network: Network, image: np.ndarray, digit: int) -> Heatmap:
    """The magnitude of the gradient of the digit's logit with respect to each pixel.

    Args:
        network: the network.
        image: float32 ``(28, 28)`` in 0-1, white on black.
        digit: 0-9, the digit to explain.

    Returns:
        ``values`` in 0-1; ``raw`` is ``(28, 28)``, logit per unit of brightness, 0 or more.
    """
    gradient, score = _compiled(network)(as_batch(image), tf.constant(digit, tf.int32))
    raw = np.abs(gradient.numpy())
    return Heatmap(digit=digit, score=float(score), values=scaled(raw), raw=raw)


@compiled_once
def _compiled(network: Network) -> Callable[[tf.Tensor, tf.Tensor], tuple[tf.Tensor, tf.Tensor]]:
    first = network.layers[0].name

    def explain(image: tf.Tensor, digit: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        with tf.GradientTape() as tape:
            tape.watch(image)
            score = logits(network, replay(network, {first: image}))[0, digit]
        return tape.gradient(score, image, unconnected_gradients=tf.UnconnectedGradients.ZERO)[0, ..., 0], score

    return compile_function(explain, ONE_IMAGE, tf.TensorSpec((), tf.int32))
