"""Grad-CAM: where in the image a convolution finds evidence for a digit.

Source: Selvaraju et al., "Grad-CAM: Visual explanations from deep networks via gradient-based localization", ICCV 2017.
"""

from collections.abc import Callable

import numpy as np
import tensorflow as tf

from digitcore.errors import ModelError
from digitcore.explain.heatmap import Heatmap, as_batch, scaled
from digitcore.explain.network import Layer, Network
from digitcore.explain.replay import ONE_IMAGE, ancestors, answer, compile_function, compiled_once, logits, replay

CONVOLUTIONS = {"convolution", "depthwise_convolution", "separable_convolution", "transposed_convolution"}


def grad_cam(network: Network, image: np.ndarray, digit: int, layer: str | None = None) -> Heatmap:
    """The sum of a layer's feature maps, each weighted by its effect on the digit's logit; negative sums become 0.

    With the feature maps ``A_k`` of height H and width W and the logit ``y`` of the digit, the weight of a map is the mean of
    its gradient, ``a_k = sum_ij(dy / dA_kij) / (H W)``, and the heatmap is ``ReLU(sum_k a_k A_k)``.

    Args:
        network: the network.
        image: float32 ``(28, 28)`` in 0-1, white on black.
        digit: 0-9, the digit to explain.
        layer: a layer with feature maps; None for ``default_layer(network)``. A layer that the answer does not use gives zeros.

    Returns:
        ``values`` in 0-1, all zero if the layer has no evidence for the digit; ``raw`` is ``(H, W)``, 0 or more.

    Raises:
        ModelError: the network has no such layer, or the layer has no feature maps.
    """
    layer = layer or default_layer(network)
    maps, gradient, score = _compiled(network, layer)(as_batch(image), tf.constant(digit, tf.int32))
    weights = gradient.numpy().mean(axis=(0, 1))
    raw = np.maximum(maps.numpy() @ weights, 0)
    return Heatmap(digit=digit, score=float(score), values=scaled(raw), raw=raw, layer=layer)


def default_layer(network: Network) -> str:
    """The last convolution that the answer depends on, after any batch normalisation and activation that directly follow it.

    The paper uses the last convolution's rectified maps; in some models a separate layer rectifies them. A nested model that
    outputs feature maps counts as a convolution.

    Raises:
        ModelError: there is none.
    """
    useful = ancestors(network, answer(network))
    candidates = [layer for layer in network.layers if layer.name in useful and _has_maps(layer) and _convolves(layer)]
    if not candidates:
        raise ModelError(
            "Grad-CAM needs a convolution, and this network has none that its answer depends on. "
            "Choose the occlusion map or the saliency map instead; both work for every network."
        )
    found = candidates[-1]
    while (after := [layer for layer in network.layers if found.name in layer.inputs]) and len(after) == 1:
        if after[0].kind not in ("batch_normalization", "activation") or after[0].name not in useful:
            break
        found = after[0]
    return found.name


def _has_maps(layer: Layer) -> bool:
    return len(layer.shape) == 3


def _convolves(layer: Layer) -> bool:
    return layer.kind in CONVOLUTIONS or layer.class_name in ("Functional", "Sequential")


@compiled_once
def _compiled(network: Network, name: str) -> Callable[[tf.Tensor, tf.Tensor], tuple[tf.Tensor, tf.Tensor, tf.Tensor]]:
    """(image, digit) -> feature maps ``(H, W, C)``, the gradient of the digit's logit with respect to them, and the logit."""
    if not _has_maps(network[name]):
        raise ModelError(
            f"Grad-CAM needs feature maps (height, width, channels); the layer {name!r} gives {network[name].shape}. "
            "Choose a convolution or another layer before the flatten layer."
        )
    first = network.layers[0].name

    def explain(image: tf.Tensor, digit: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
        with tf.GradientTape() as tape:
            tape.watch(image)  # for a network without variables
            values = replay(network, {first: image})
            score = logits(network, values)[0, digit]
        gradient = tape.gradient(score, values[name], unconnected_gradients=tf.UnconnectedGradients.ZERO)
        return values[name][0], gradient[0], score

    return compile_function(explain, ONE_IMAGE, tf.TensorSpec((), tf.int32))
