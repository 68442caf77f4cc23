"""Recognise the digits in a picture. The canvas, uploads, the camera, the command line and the library all use this module."""

import time
from dataclasses import dataclass, field

import keras
import numpy as np
import tensorflow as tf

from digitcore.geometry import Box, PreprocessingStep
from digitcore.networks import registry
from digitcore.networks.model_cache import ModelCache
from digitcore.networks.reading import best_groups
from digitcore.preprocessing.pictures import ImageSource
from digitcore.preprocessing.pipeline import Prepared, prepare

#: Below this probability the best guess is more likely wrong than right, so no digit is named.
MIN_CONFIDENCE = 0.5
#: Log odds against paper and ink being the other way round than their shapes say.
SWAP_COST = 1.0
#: Models kept loaded and compiled.
MAX_LOADED = 4


@dataclass(frozen=True, kw_only=True)
class DigitFound:
    """One of the digits in a picture.

    Attributes:
        digit: 0-9; None if the network abstains.
        best_guess: 0-9, the most probable digit.
        confidence: its probability, 0-1.
        box: where it is, in the picture's own pixels.
    """

    digit: int | None
    best_guess: int
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
        """All digits in reading order, ``?`` for one that is not sure; empty if the network abstains from all."""
        if all(found.digit is None for found in self.digits):
            return ""
        return "".join("?" if found.digit is None else str(found.digit) for found in self.digits)


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
        recognition, odds = self._read(prepared)
        if prepared.swapped is not None:
            other, other_odds = self._read(prepared.swapped)
            if other_odds > odds + SWAP_COST:
                return other
        return recognition

    def _read(self, prepared: Prepared) -> tuple[Recognition, float]:
        """What is read, and the log odds of that."""
        if prepared.blank_reason:
            nothing = Recognition(
                digit=None,
                confidence=0.0,
                probabilities=np.zeros(10, np.float32),
                reason=prepared.blank_reason,
                steps=prepared.steps[0],
                notes=prepared.notes,
            )
            return nothing, -np.inf
        started = time.perf_counter()
        probabilities = self.probabilities(prepared.images)
        network_seconds = time.perf_counter() - started

        confidences = probabilities.max(axis=1)
        chosen, odds = best_groups(prepared.rows, prepared.groups, confidences)
        main = max(chosen, key=lambda number: prepared.groups[number].box.area)
        digits = tuple(
            DigitFound(
                digit=int(probabilities[number].argmax()) if confidences[number] >= MIN_CONFIDENCE else None,
                best_guess=int(probabilities[number].argmax()),
                confidence=float(confidences[number]),
                box=_in_picture(prepared.groups[number].box, prepared.working_size, prepared.size),
            )
            for number in chosen
        )
        digit = digits[chosen.index(main)]
        recognition = Recognition(
            digit=digit.digit,
            confidence=digit.confidence,
            probabilities=probabilities[main],
            reason=None if digit.digit is not None else _why_unsure(digit),
            digits=digits,
            steps=prepared.steps[main],
            notes=prepared.notes,
            network_seconds=network_seconds,
        )
        return recognition, odds


def _why_unsure(digit: DigitFound) -> str:
    return f"Not sure: the best guess is {digit.best_guess}, at {digit.confidence:.0%}. Try a larger or clearer digit."


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


def _in_picture(box: Box, working: tuple[int, int], original: tuple[int, int]) -> Box:
    """A box of the working picture in the pixels of the original; both sizes are (height, width)."""
    down, across = (whole / part for whole, part in zip(original, working, strict=True))
    return Box(
        left=round(box.left * across),
        top=round(box.top * down),
        right=round(box.right * across),
        bottom=round(box.bottom * down),
    )
