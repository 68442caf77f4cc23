"""Labels for pictures that a visitor brings: guessed from their names, otherwise from what a model reads."""

from dataclasses import dataclass

import numpy as np

from digitcore.evaluation.folder_report import FolderPicture, Prediction
from digitcore.figures.words import percent, with_article
from ui.compare.readers import read_by_all


@dataclass(frozen=True, kw_only=True, eq=False)
class Candidate:
    """A picture with the label that it probably has.

    Attributes:
        name: of its file.
        content: of its file.
        thumbnail: uint8 ``(H, W)``.
        label: 0-9; None if the picture gives none.
        why: where the label comes from, or why there is none.
        reads: what the model reads, as in "reads a 7, with 98 % confidence".
    """

    name: str
    content: bytes
    thumbnail: np.ndarray
    label: int | None
    why: str
    reads: str


def candidates(pictures: list[tuple[str, bytes]], model: str) -> tuple[list[Candidate], list[str]]:
    """Guess the labels of pictures: (name, content of the file).

    Returns:
        The pictures that can be read, and a sentence for each other one.

    Raises:
        DigitcoreError: no picture or no model can be used.
    """
    sources = _with_unique_names(pictures)
    report = read_by_all([*sources.items()], [model], name="pictures", keep_loaded=True)
    guesses = [
        _guess(picture, sources[picture.name], prediction)
        for picture, prediction in zip(report.pictures, report.predictions[model], strict=True)
    ]
    return guesses, [f"{problem.name}: {problem.reason}" for problem in report.problems]


def _with_unique_names(pictures: list[tuple[str, bytes]]) -> dict[str, bytes]:
    sources: dict[str, bytes] = {}
    for name, content in pictures:
        unique, number = name, 1
        while unique in sources:
            number += 1
            stem, dot, suffix = name.rpartition(".")
            unique = f"{stem} ({number}){dot}{suffix}"
        sources[unique] = content
    return sources


def _guess(picture: FolderPicture, content: bytes, prediction: Prediction) -> Candidate:
    label, why = _label_of(picture, prediction)
    return Candidate(
        name=picture.name, content=content, thumbnail=picture.thumbnail, label=label, why=why, reads=_reads(prediction)
    )


def _label_of(picture: FolderPicture, prediction: Prediction) -> tuple[int | None, str]:
    if prediction.several:  # whatever its name says: a set holds pictures of one digit each
        return None, f"reads as {prediction.several}, which is not one digit. Label it only if it is one"
    if picture.label is not None:
        return picture.label, "label from its name"
    if prediction.digit is not None:
        return prediction.digit, f"label guessed: it reads as {prediction.digit}, {percent(prediction.confidence)}"
    return None, "no digit is read, so choose the label"


def _reads(prediction: Prediction) -> str:
    if prediction.several:
        return f"reads {prediction.several}, which is not one digit. Label it only if it is one"
    if prediction.digit is None:
        return "reads no digit. Choose the label"
    confidence = percent(prediction.confidence)
    return f"reads {with_article(prediction.digit)}, with {confidence} confidence. If that is wrong, choose the label"
