"""Ablation: how the network's answer changes when some of a layer's feature maps are set to zero."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import numpy as np
import tensorflow as tf

from digitcore.errors import ModelError
from digitcore.explain.heatmap import as_batch
from digitcore.explain.network import Network
from digitcore.explain.replay import ONE_IMAGE, ROUNDING, answer, compile_function, compiled_once, logits, replay

#: Maps ablated at once: each needs its own copy of all later layers' outputs.
BATCH_SIZE = 64


@dataclass(frozen=True, kw_only=True, eq=False)
class Importance:
    """How much a digit's probability depends on each feature map of a layer.

    Attributes:
        layer: the layer's name.
        digit: 0-9.
        probability: of the digit with every map in place, 0-1.
        drops: float32 ``(channels,)``: how far the probability falls when only this map is ablated; negative where it rises.
        logit_drops: float32 ``(channels,)``: the same for the digit's logit, which changes even if the probability stays at 1.
    """

    layer: str
    digit: int
    probability: float
    drops: np.ndarray = field(repr=False)
    logit_drops: np.ndarray = field(repr=False)

    @property
    def order(self) -> np.ndarray:
        """The channels, int ``(channels,)``, by descending drop of the digit's logit."""
        return np.argsort(-self.logit_drops, kind="stable")


@dataclass(frozen=True, kw_only=True, eq=False)
class Ablation:
    """What the network gives without some feature maps.

    Attributes:
        probabilities: float32 ``(10,)``, in 0-1.
        logits: float32 ``(10,)``, the scores before the softmax.
    """

    probabilities: np.ndarray
    logits: np.ndarray


def ablate(network: Network, image: np.ndarray, layer: str, channels: Iterable[int]) -> Ablation:
    """Run the network with some of a layer's feature maps, or a dense layer's units, set to zero.

    Args:
        network: the network.
        image: float32 ``(28, 28)`` in 0-1, white on black.
        layer: the layer's name; a name with "(use 2)" ablates only that use of the layer.
        channels: indices into the last axis of the layer's output; none leaves the answer unchanged.

    Raises:
        ModelError: there is no such layer or channel.
    """
    channels, count = list(channels), _channels(network, layer)
    if wrong := [channel for channel in channels if not 0 <= channel < count]:
        raise ModelError(f"The layer {layer!r} has no channel {wrong[0]}; its channels are 0 to {count - 1}.")
    mask = np.ones((1, count), np.float32)
    mask[0, channels] = 0
    probabilities, logits_left = _compiled(network, layer)(as_batch(image), tf.constant(mask))
    return Ablation(probabilities=probabilities.numpy()[0], logits=logits_left.numpy()[0])


def importance_of_maps(network: Network, image: np.ndarray, layer: str, digit: int) -> Importance:
    """Ablate each feature map of a layer in turn, and measure how far the digit's probability and logit fall.

    The arguments are those of ``ablate``; ``digit`` is 0-9.

    Raises:
        ModelError: there is no such layer.
    """
    count = _channels(network, layer)
    run, batch = _compiled(network, layer), as_batch(image)
    probability, logit = (output.numpy()[0, digit] for output in run(batch, tf.ones((1, count))))
    left = []
    for start in range(0, count, BATCH_SIZE):
        chosen = np.arange(start, min(start + BATCH_SIZE, count))
        masks = (chosen[:, None] != np.arange(count)).astype(np.float32)
        left.append([output.numpy()[:, digit] for output in run(batch, tf.constant(masks))])
    probabilities, logits_left = np.concatenate(left, axis=1)
    drops = probability - probabilities
    drops[np.abs(drops) < ROUNDING] = 0
    return Importance(layer=layer, digit=digit, probability=float(probability), drops=drops, logit_drops=logit - logits_left)


def _channels(network: Network, layer: str) -> int:
    if not (shape := network[layer].shape):
        raise ModelError(f"The layer {layer!r} outputs a single number and has no channels. Choose another layer.")
    return shape[-1]


@compiled_once
def _compiled(network: Network, name: str) -> Callable[[tf.Tensor, tf.Tensor], tuple[tf.Tensor, tf.Tensor]]:
    """(image, masks ``(M, channels)`` of 0 and 1) -> probabilities and logits for each mask, ``(M, 10)``.

    The layers before this one run only once.
    """
    names = [layer.name for layer in network.layers]
    before, rank = names[: names.index(name)], len(network[name].shape)
    output = answer(network)

    def run(image: tf.Tensor, masks: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        values = replay(network, {names[0]: image})
        copies = tf.shape(masks)[0]
        known = {earlier: tf.repeat(values[earlier], copies, axis=0) for earlier in before}
        maps = values[name]
        # (M, 1, ..., 1, channels), whatever the layer's rank. where() instead of a product: 0 times infinity is not 0.
        masks = tf.reshape(masks, [copies, *[1] * (rank - 1), -1])
        known[name] = tf.where(masks > 0, maps, tf.zeros_like(maps))
        after = replay(network, known)
        return after[output], logits(network, after)

    return compile_function(run, ONE_IMAGE, tf.TensorSpec((None, _channels(network, name)), tf.float32))
