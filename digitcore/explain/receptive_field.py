"""Receptive fields: the pixels of the image that a number in the network depends on.

The fields of a feature map's pixels have one size and lie a fixed step apart, so one rule for each layer describes them all
(Araujo, Norris and Sim, "Computing receptive fields of convolutional neural networks", Distill, 2019). From the rule, a browser
can draw each field without a request to the server.
"""

from dataclasses import dataclass

from digitcore.explain.network import Layer, Network
from digitcore.explain.unweighted import IDLE, MERGES
from digitcore.explain.windows import Window, windows
from digitcore.geometry import Box
from digitcore.preprocessing.mnist_style import SIDE


@dataclass(frozen=True, kw_only=True)
class FieldRule:
    """The receptive fields of a layer's pixels along one axis, in pixels of the image.

    The field of pixel i goes from ``max(low, start + i * step)`` to ``min(high, start + i * step + size)``, the end excluded;
    it is empty where the end is not larger. The whole image is ``start=0, step=0, size=28``.

    Attributes:
        low, high: the range that the map's pixels together depend on. The padding around the map depends on nothing.
    """

    start: int
    step: int
    size: int
    low: int = 0
    high: int = SIDE

    def field(self, index: int) -> tuple[int, int]:
        """The field of pixel ``index``: its first pixel, and the first pixel after it."""
        start = self.start + index * self.step
        first = min(max(self.low, start), self.high)
        return first, max(first, min(self.high, start + self.size))


WHOLE = FieldRule(start=0, step=0, size=SIDE)
#: One rule for the rows, one for the columns.
Rules = tuple[FieldRule, FieldRule]


def receptive_field(network: Network, layer_name: str, position: tuple[int, ...]) -> Box:
    """The box around the pixels that a number depends on.

    It is the whole image after flatten, dense and global pooling layers, and after unknown layers. Where branches meet, it
    covers the fields of all of them. At a map's border it may be too large: by the gaps of a dilated kernel, and by windows
    that lie entirely in the padding.

    Args:
        network: the network.
        layer_name: the layer.
        position: the number's index in the layer's output; the first two of three indices are row and column.

    Raises:
        ModelError: there is no such layer.
    """
    layer = network[layer_name]
    rules = field_rules(network)[layer.name]
    pixel = position[:2] if len(layer.shape) == 3 else (0, 0)
    (top, bottom), (left, right) = (rule.field(int(i)) for rule, i in zip(rules, pixel, strict=True))
    return Box(left=left, top=top, right=right, bottom=bottom)


def field_rules(network: Network) -> dict[str, Rules]:
    """Layer name -> the layer's (rows, columns) rules."""
    rules: dict[str, Rules] = {}
    for layer in network.layers:
        if layer.kind == "input":
            rules[layer.name] = (FieldRule(start=0, step=1, size=1),) * 2
            continue
        sources = [network[name] for name in layer.inputs]
        if any(len(each.shape) != 3 for each in (layer, *sources)):
            rules[layer.name] = (WHOLE, WHOLE)
        else:
            rules[layer.name] = tuple(
                _settled(_rule(layer, axis, [(rules[source.name][axis], source) for source in sources]), layer.shape[axis])
                for axis in (0, 1)
            )
    return rules


WINDOWED = ("convolution", "depthwise_convolution", "separable_convolution", "max_pooling", "average_pooling")
#: Kinds whose outputs each depend on only the same place of the input, in one or all channels.
IN_PLACE = ("activation", "batch_normalization", "dense", "rescaling", "normalization", *IDLE)


def _rule(layer: Layer, axis: int, sources: list[tuple[FieldRule, Layer]]) -> FieldRule:
    """A layer's rule from those of its inputs, all of which are maps."""
    keras_layer = layer.layer
    if getattr(keras_layer, "data_format", None) == "channels_first":
        return WHOLE
    rule, source = sources[0]
    if layer.kind in WINDOWED:
        return _through(windows(keras_layer, source.shape)[axis], rule)
    over_channels = getattr(keras_layer, "axis", -1) in (-1, 3)
    if layer.kind in IN_PLACE or (layer.kind == "softmax" and over_channels):
        return rule
    if layer.kind in MERGES or (layer.kind == "concatenate" and over_channels):
        return _union([each for each, _ in sources])
    if layer.kind in ("zero_padding", "cropping"):
        before = keras_layer.padding[axis][0] if layer.kind == "zero_padding" else -keras_layer.cropping[axis][0]
        return _through(Window(taps=1, stride=1, dilation=1, padding=before), rule)
    if layer.kind == "up_sampling" and keras_layer.interpolation == "nearest" and rule.step % keras_layer.size[axis] == 0:
        # Several pixels share a field. One rule for all must have fields larger by the difference of the two steps.
        step = rule.step // keras_layer.size[axis]
        slack = rule.step - step
        return FieldRule(start=rule.start - slack, step=step, size=rule.size + slack, low=rule.low, high=rule.high)
    return WHOLE


def _through(window: Window, rule: FieldRule) -> FieldRule:
    return FieldRule(
        start=rule.start + window.start(0) * rule.step,
        step=rule.step * window.stride,
        size=rule.size + (window.extent - 1) * rule.step,
        low=rule.low,
        high=rule.high,
    )


def _union(rules: list[FieldRule]) -> FieldRule:
    """A rule whose fields cover those of all the rules; the whole image if their steps differ."""
    if len({rule.step for rule in rules}) > 1:
        return WHOLE
    start = min(rule.start for rule in rules)
    return FieldRule(
        start=start,
        step=rules[0].step,
        size=max(rule.start + rule.size for rule in rules) - start,
        low=min(rule.low for rule in rules),
        high=max(rule.high for rule in rules),
    )


def _settled(rule: FieldRule, length: int) -> FieldRule:
    """The rule with its bounds narrowed to the pixels that the map depends on; a map of one pixel has no step."""
    step = rule.step if length > 1 else 0
    low, high = max(rule.low, rule.start), min(rule.high, rule.start + (length - 1) * step + rule.size)
    return FieldRule(start=rule.start, step=step, size=rule.size, low=low, high=high)
