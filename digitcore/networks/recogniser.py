"""Recognise the digits in a picture. The canvas, uploads, the camera, the command line and the library all use this module."""

import time
from dataclasses import dataclass, field

import keras
import numpy as np
import tensorflow as tf

from digitcore.geometry import Box, PreprocessingStep, gap
from digitcore.networks import registry
from digitcore.networks.model_cache import ModelCache
from digitcore.preprocessing.pictures import ImageSource
from digitcore.preprocessing.pipeline import Prepared, prepare

#: Below this probability the best guess is more likely wrong than right, so no digit is named.
MIN_CONFIDENCE = 0.5
#: Models kept loaded and compiled.
MAX_LOADED = 4


@dataclass(frozen=True, kw_only=True)
class DigitFound:
    """One of the digits in a picture: which (0-9), how sure (0-1), and where, in the picture's own pixels."""

    digit: int
    confidence: float
    box: Box


@dataclass(frozen=True, kw_only=True, eq=False)
class Recognition:
    """What a network reads in a picture.

    Attributes:
        digit: 0-9, the only digit or the largest of several; None if the network abstains.
        confidence: the probability of the best guess, 0-1; 0 for a blank picture.
        probabilities: float32 ``(10,)`` of that digit; all zero for a blank picture.
        reason: why it abstained, or None.
        digits: every digit found, in reading order.
        steps: the preprocessing pictures, in order; the last is the 28x28 image that the network saw.
        notes: remarks on how the picture was read.
        network_seconds: how long the network took, without the preprocessing.
    """

    digit: int | None
    confidence: float
    probabilities: np.ndarray = field(repr=False)
    reason: str | None = None
    digits: tuple[DigitFound, ...] = ()
    steps: tuple[PreprocessingStep, ...] = field(repr=False)
    notes: tuple[str, ...] = ()
    network_seconds: float = 0.0

    @property
    def text(self) -> str:
        """All digits in reading order; empty if the network abstains."""
        if self.digit is None:
            return ""
        return "".join(str(found.digit) for found in self.digits)


class Recogniser:
    """A loaded model, compiled once; safe to call from several threads."""

    def __init__(self, model: keras.Model) -> None:
        self.model = model
        signature = [tf.TensorSpec((None, 28, 28, 1), tf.float32)]
        self._forward = tf.function(lambda x: model(x, training=False), input_signature=signature).get_concrete_function()
        self.probabilities(np.zeros((1, 28, 28), np.float32))  # the first call includes the set-up

    def probabilities(self, images: np.ndarray) -> np.ndarray:
        """float32 images ``(N, 28, 28)`` or ``(N, 28, 28, 1)`` in 0-1, white on black -> float32 probabilities ``(N, 10)``."""
        return self._forward(tf.constant(images.reshape(-1, 28, 28, 1))).numpy()

    def recognise(self, image: ImageSource) -> Recognition:
        """Read the digits in a picture.

        Raises:
            ImageError: the picture cannot be used; see ``pictures.load_picture``.
        """
        return self.read(prepare(image))

    def read(self, prepared: Prepared) -> Recognition:
        """Read the digits in a prepared picture, which other networks may read too."""
        if prepared.blank_reason:
            return Recognition(
                digit=None,
                confidence=0.0,
                probabilities=np.zeros(10, np.float32),
                reason=prepared.blank_reason,
                steps=prepared.steps[0],
                notes=prepared.notes,
            )
        started = time.perf_counter()
        probabilities = self.probabilities(prepared.images)
        network_seconds = time.perf_counter() - started

        boxes, single = prepared.boxes, prepared.digits
        if len(single) == 1 or _is_one_digit(single, probabilities):
            main, chosen = 0, [0]
        else:
            main, chosen = 1 + int(np.argmax([box.area for box in single])), range(1, len(boxes))
        digits = tuple(
            DigitFound(
                digit=int(probabilities[i].argmax()),
                confidence=float(probabilities[i].max()),
                box=_in_picture(boxes[i], prepared.working_size, prepared.size),
            )
            for i in chosen
        )
        best, confidence = int(probabilities[main].argmax()), float(probabilities[main].max())
        sure = confidence >= MIN_CONFIDENCE
        return Recognition(
            digit=best if sure else None,
            confidence=confidence,
            probabilities=probabilities[main],
            reason=None if sure else f"Not sure: the best guess is {best}, at {confidence:.0%}. Try a larger or clearer digit.",
            digits=digits,
            steps=prepared.steps[main],
            notes=prepared.notes,
            network_seconds=network_seconds,
        )


def recognise(image: ImageSource, model: str | None = None) -> Recognition:
    """Read the digits in a picture with a saved model.

    Args:
        image: a path, the bytes of a file, a PIL image, or a uint8 array ``(H, W)``, ``(H, W, 3)`` or ``(H, W, 4)``.
        model: a name in ``models/``; the default model if None.

    Raises:
        ImageError: the picture cannot be used.
        ModelError: the model is missing or broken.

    Example:
        >>> import digitcore
        >>> digitcore.recognise("seven.png").digit  # doctest: +SKIP
        7
    """
    return get_recogniser(model or registry.DEFAULT_MODEL).recognise(image)


def get_recogniser(name: str) -> Recogniser:
    """The compiled model of that name: loaded on the first call, and again when its file changes.

    Raises:
        ModelError: it is missing or broken.
    """
    return _recognisers.get(name, registry.find(name).version)


def _load(name: str) -> Recogniser:
    return Recogniser(registry.load_model(name))


_recognisers = ModelCache(_load, size=MAX_LOADED)


def _is_one_digit(boxes: tuple[Box, ...], probabilities: np.ndarray) -> bool:
    """Whether two parts that nearly touch are strokes of one digit, such as an open 4, read at least as surely as a part."""
    if len(boxes) != 2:
        return False
    across, _ = gap(*boxes)
    whole, *parts = probabilities.max(axis=1)
    return across < 0.2 * max(box.height for box in boxes) and whole >= min(parts)


def _in_picture(box: Box, working: tuple[int, int], original: tuple[int, int]) -> Box:
    """A box of the working picture in the pixels of the original; both sizes are (height, width)."""
    down, across = (whole / part for whole, part in zip(original, working, strict=True))
    return Box(
        left=round(box.left * across),
        top=round(box.top * down),
        right=round(box.right * across),
        bottom=round(box.bottom * down),
    )
