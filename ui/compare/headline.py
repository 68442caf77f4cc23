"""How the models stand, and what they read, in one or two sentences of plain English."""

from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np

from digitcore.evaluation.folder_report import Prediction
from digitcore.evaluation.intervals import wilson
from digitcore.evaluation.significance import could_tell_apart
from digitcore.figures.confusion import images
from digitcore.figures.words import with_article

#: Names in a sentence; the others are counted.
MAX_NAMED = 3
#: A model is worth naming as smaller from this factor on.
MUCH_SMALLER = 2


def headline(
    right: Mapping[str, int],
    count: int,
    *,
    alike: Sequence[str] = (),
    sizes: Mapping[str, int] | None = None,
    noun: str = "image",
) -> str:
    """Which model reads the most images right, and whether the images tell it apart from the others.

    Args:
        right: model's title -> number of images that it reads right; the best first.
        count: the number of labelled images, at least 1.
        alike: the models that are not told apart from the best.
        sizes: model's title -> number of parameters, as far as it is known.
        noun: what was read, "image" or "picture".
    """
    best, *others = right
    if not others:
        return _of_one_model(best, right[best], count, noun)
    if not could_tell_apart(count, len(others)):
        return _too_few(list(right.values()), count)
    score = f"{right[best]:,} of {count:,}"
    first = [name for name in right if right[name] == right[best]]
    if len(first) == 1:
        sentences = [f"**{best}** reads the most {noun}s right: {score}."]
    else:
        sentences = [f"{listed(first, bold=True)} read the most {noun}s right: {score} each."]
    if rest := [name for name in alike if name not in first]:
        sentences.append(f"The {noun}s do not tell {listed(rest)} apart from {'it' if len(first) == 1 else 'them'}.")
    elif len(first) > 1:
        sentences.append(f"The {noun}s do not tell them apart.")
    return " ".join(sentences + _much_smaller(best, right, sizes or {}))


def readings(predictions: Sequence[Prediction]) -> str:
    """What most models read in one picture; a model may also read several digits, or none."""
    texts = Counter(prediction.text for prediction in predictions if prediction.text != "?")
    count = len(predictions)
    if not texts:
        return "No model reads a digit" if count > 1 else "The model reads no digit"
    (text, most), *_ = texts.most_common()
    if list(texts.values()).count(most) > 1:
        return "The models differ"
    words = with_article(text) if len(text) == 1 else f"several digits, {text}"
    if count == 1:
        return f"The model reads {words}"
    if most == count:
        return f"All {count} models read {words}"
    return f"{most} of {count} models read{'s' * (most == 1)} {words}"


def confusion_facts(counts: np.ndarray) -> str:
    """A confusion matrix, int ``(10, 10)``, in words: how many images are read right, and the commonest mistakes."""
    total, right = int(counts.sum()), int(np.trace(counts))
    wrong = counts - np.diag(np.diag(counts))
    facts = f"{right:,} of {total:,} are right."
    if not wrong.any():
        return facts
    commonest = [f"{with_article(label)} read as {with_article(answer)}" for label, answer in np.argwhere(wrong == wrong.max())]
    if len(commonest) == 1:
        return f"{facts} The commonest mistake: {commonest[0]}, {images(wrong.max())}."
    return f"{facts} The commonest mistakes: {listed(commonest)}, {images(wrong.max())} each."


def _of_one_model(name: str, right: int, count: int, noun: str) -> str:
    sentence = f"**{name}** reads {right:,} of {count:,} {noun}{'s' * (count != 1)} right."
    if could_tell_apart(count):
        return sentence
    interval = wilson(right, count)
    return (
        f"{sentence} That is too few to judge it: its accuracy may lie anywhere from {interval.low:.0%} to {interval.high:.0%}."
    )


def _too_few(right: Sequence[int], count: int) -> str:
    low, high = min(right), max(right)
    score = f"Each model reads {high:,}" if low == high else f"The models read {low:,} to {high:,}"
    return f"{score} of {count:,}; too few to tell the models apart."


def _much_smaller(best: str, right: Mapping[str, int], sizes: Mapping[str, int]) -> list[str]:
    """A sentence on the smallest model, if it is much smaller than the best."""
    smaller = [name for name in right if name in sizes and best in sizes and sizes[name] * MUCH_SMALLER <= sizes[best]]
    if not smaller:
        return []
    name = min(smaller, key=lambda name: sizes[name])
    return [f"{name} is {sizes[best] / sizes[name]:.0f} times smaller and reads {right[name]:,} right."]


def listed(names: Sequence[str], *, bold: bool = False) -> str:
    """At least one name, as in "A", "A and B", "A, B and C", or "A, B, C and 7 more"."""
    words = [f"**{name}**" if bold else name for name in names[:MAX_NAMED]]
    if len(names) > MAX_NAMED:
        words.append(f"{len(names) - MAX_NAMED} more")
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
