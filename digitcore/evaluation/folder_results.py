"""What the test of a folder found: result objects, and their CSV."""

import csv
import io
from dataclasses import dataclass

import numpy as np

#: The long side of the small pictures in a result.
THUMBNAIL_SIDE = 96


@dataclass(frozen=True, kw_only=True, eq=False)
class FolderPicture:
    """A picture of the folder: its name, its label (0-9, or None) and a uint8 ``(H, W)`` thumbnail in grey."""

    name: str
    label: int | None
    thumbnail: np.ndarray


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What a model read: 0-9, or None where it abstains for a reason; confidence is that of its best guess, 0-1."""

    digit: int | None
    confidence: float
    reason: str | None = None


@dataclass(frozen=True, kw_only=True)
class Total:
    """How many of the labelled pictures a model read right, and on how many of all it abstained."""

    right: int
    labelled: int
    abstained: int

    @property
    def share(self) -> float | None:
        """Of the labelled pictures, the share read right, 0-1; an abstention is not right. None without labels."""
        return self.right / self.labelled if self.labelled else None


@dataclass(frozen=True, kw_only=True)
class Problem:
    """A picture or model that could not be used, and why."""

    name: str
    reason: str


@dataclass(frozen=True, kw_only=True, eq=False)
class FolderTest:
    """Every model's answer to every picture.

    Attributes:
        folder: the folder's name.
        pictures: those that could be read.
        models: the names of the models that could be loaded.
        answers: model -> one answer for each picture, in their order.
        totals: model -> its total.
        problems: pictures and models that could not be used.
        notes: remarks on labels.
    """

    folder: str
    pictures: tuple[FolderPicture, ...]
    models: tuple[str, ...]
    answers: dict[str, tuple[Answer, ...]]
    totals: dict[str, Total]
    problems: tuple[Problem, ...] = ()
    notes: tuple[str, ...] = ()


def is_right(picture: FolderPicture, answer: Answer) -> bool | None:
    """Whether the answer is the label; None without a label."""
    return None if picture.label is None else answer.digit == picture.label


def to_csv(result: FolderTest) -> str:
    """One line for each picture and model: picture, label, model, digit, confidence, right (yes, no or empty), reason."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["picture", "label", "model", "digit", "confidence", "right", "reason"])
    for index, picture in enumerate(result.pictures):
        for model in result.models:
            answer = result.answers[model][index]
            right = {True: "yes", False: "no", None: ""}[is_right(picture, answer)]
            found = [answer.digit, f"{answer.confidence:.6f}", right, answer.reason]
            writer.writerow([picture.name, picture.label, model, *found])
    return text.getvalue()
