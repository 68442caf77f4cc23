"""Recognise the digits in a picture. The canvas, uploads, the camera, the command line and the library all use this module."""

import time
from dataclasses import dataclass, field, replace

import keras
import numpy as np
import tensorflow as tf

from digitcore.geometry import Box, PreprocessingStep
from digitcore.networks import predict, registry
from digitcore.networks.model_cache import ModelCache
from digitcore.networks.reading import best_groups
from digitcore.preprocessing.options import ALL_STEPS, Options
from digitcore.preprocessing.pictures import ImageSource, load_picture
from digitcore.preprocessing.pipeline import Prepared, prepare

#: With so many shapes, of which this share is like no digit, a picture is a page of text; with fewer, it may lie on its side,
#: if the mean confidence is so much higher when it is turned.
MANY, SEVERAL, UNSURE_SHARE, MUCH = 20, 3, 0.4, 0.25
PAGE_OF_TEXT = "This looks like a page of text: crop to the digits."
ON_ITS_SIDE = "The picture seems to lie on its side: turn it."
#: Two digits that have this probability together are named both.
BETWEEN_TWO = 0.75
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
    """A loaded model, compiled once; safe to call from several threads.

    Args:
        model: the network.
        threshold: below this confidence, 0-1, no digit is named.
    """

    def __init__(self, model: keras.Model, threshold: float = registry.USUAL_THRESHOLD) -> None:
        self.model, self.threshold = model, threshold
        signature = [tf.TensorSpec((None, 28, 28, 1), tf.float32)]
        self._forward = tf.function(lambda x: model(x, training=False), input_signature=signature).get_concrete_function()
        self.probabilities(np.zeros((1, 28, 28), np.float32))  # the first call includes the set-up

    def probabilities(self, images: np.ndarray) -> np.ndarray:
        """float32 images ``(N, 28, 28)`` or ``(N, 28, 28, 1)`` in 0-1, white on black -> float32 probabilities ``(N, 10)``."""
        return self._forward(tf.constant(images.reshape(-1, 28, 28, 1))).numpy()

    def recognise(self, image: ImageSource, *, threshold: float | None = None, options: Options = ALL_STEPS) -> Recognition:
        """Read the digits in a picture.

        Args:
            image: as for ``pictures.load_picture``.
            threshold: below this confidence, 0-1, no digit is named; None for the model's own.
            options: which steps of the preprocessing are done.

        Raises:
            ImageError: the picture cannot be used; see ``pictures.load_picture``.
        """
        recognition = self.read(prepare(image, options), threshold=threshold)
        if _is_mostly_unsure(recognition, MANY):
            return replace(recognition, notes=(*recognition.notes, PAGE_OF_TEXT))
        if _is_mostly_unsure(recognition, SEVERAL) and self._is_on_its_side(image, recognition, options):
            return replace(recognition, notes=(*recognition.notes, ON_ITS_SIDE))
        return recognition

    def _is_on_its_side(self, image: ImageSource, recognition: Recognition, options: Options) -> bool:
        """Whether much more can be read when the picture is turned by 90 degrees to either side."""
        upright = (load_picture(image).pixels * 255).astype(np.uint8)
        for turns in (1, 3):
            turned = self.read(prepare(np.rot90(upright, turns), options))
            if len(turned.digits) >= SEVERAL and _mean(turned) > _mean(recognition) + MUCH:
                return True
        return False

    def read(self, prepared: Prepared, *, threshold: float | None = None) -> Recognition:
        """Read the digits in a prepared picture, which other networks may read too."""
        threshold = self.threshold if threshold is None else threshold
        recognition, odds = self._read(prepared, threshold)
        if prepared.swapped is not None:
            other, other_odds = self._read(prepared.swapped, threshold)
            if other_odds > odds + SWAP_COST:
                return other
        return recognition

    def _read(self, prepared: Prepared, threshold: float) -> tuple[Recognition, float]:
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
                digit=int(probabilities[number].argmax()) if confidences[number] >= threshold else None,
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
            reason=None if digit.digit is not None else _why_unsure(probabilities[main]),
            digits=digits,
            steps=prepared.steps[main],
            notes=prepared.notes,
            network_seconds=network_seconds,
        )
        return recognition, odds


def _is_mostly_unsure(recognition: Recognition, least: int) -> bool:
    """Whether at least so many shapes were found, and a good part of them are like no digit."""
    unsure = sum(found.digit is None for found in recognition.digits)
    return len(recognition.digits) >= least and unsure >= UNSURE_SHARE * len(recognition.digits)


def _mean(recognition: Recognition) -> float:
    return float(np.mean([found.confidence for found in recognition.digits]))


def _why_unsure(probabilities: np.ndarray) -> str:
    """Why no digit is named: because of two that are alike, or because it is like none."""
    second, first = np.argsort(probabilities)[-2:].tolist()
    if probabilities[first] + probabilities[second] >= BETWEEN_TWO:
        chances = f"{first} ({probabilities[first]:.0%}) or {second} ({probabilities[second]:.0%})"
        return f"Not sure: it may be {chances}. Try a larger or clearer digit."
    best = f"the best guess is {first}, at {probabilities[first]:.0%}"
    return f"This does not look like a digit: {best}. Try a larger or clearer digit."


def recognise(
    image: ImageSource, model: str | None = None, *, threshold: float | None = None, options: Options = ALL_STEPS
) -> Recognition:
    """Read the digits in a picture with a saved model.

    Args:
        image: a path, the bytes of a file, a PIL image, or a uint8 array ``(H, W)``, ``(H, W, 3)`` or ``(H, W, 4)``.
        model: a name in ``models/``; the default model if None.
        threshold: below this confidence, 0-1, no digit is named; None for the model's own.
        options: which steps of the preprocessing are done.

    Raises:
        ImageError: the picture cannot be used.
        ModelError: the model is missing or broken.

    Example:
        >>> import digitcore
        >>> digitcore.recognise("seven.png").digit  # doctest: +SKIP
        7
    """
    return get_recogniser(model or registry.DEFAULT_MODEL).recognise(image, threshold=threshold, options=options)


def get_recogniser(name: str) -> Recogniser:
    """The compiled model of that name: loaded on the first call, and again when its file changes.

    Raises:
        ModelError: it is missing or broken.
    """
    return _recognisers.get(name, registry.find(name).version)


def _load(name: str) -> Recogniser:
    return predict.load(registry.find(name))


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
