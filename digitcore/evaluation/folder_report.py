"""The report on a folder of pictures: every model's prediction for each picture, the totals, and a CSV export.

``read_folder.py`` makes it, ``figures/folder_png.py`` draws it.
"""

import csv
import io
from dataclasses import dataclass

import numpy as np

#: The long side of a report's thumbnails, in pixels.
THUMBNAIL_SIDE = 96


@dataclass(frozen=True, kw_only=True, eq=False)
class FolderPicture:
    """A picture of the folder: its name, its label (0-9, or None) and a grayscale thumbnail, uint8 ``(H, W)``."""

    name: str
    label: int | None
    thumbnail: np.ndarray


@dataclass(frozen=True, kw_only=True)
class Prediction:
    """What a model reads: a digit, or None and a reason if it abstains; and the confidence in its best guess, 0-1."""

    digit: int | None
    confidence: float
    reason: str | None = None


@dataclass(frozen=True, kw_only=True)
class Total:
    """How many of the labelled pictures a model reads correctly, and on how many of all pictures it abstains."""

    right: int
    labelled: int
    abstained: int

    @property
    def share(self) -> float | None:
        """The share of labelled pictures that are read correctly, 0-1; abstaining counts as wrong. None without labels."""
        return self.right / self.labelled if self.labelled else None


@dataclass(frozen=True, kw_only=True)
class Problem:
    """A picture or model that could not be used, and why."""

    name: str
    reason: str


@dataclass(frozen=True, kw_only=True, eq=False)
class FolderReport:
    """Every model's prediction for every picture.

    Attributes:
        folder: the folder's name.
        pictures: those that could be read.
        models: the names of the models that could be loaded.
        predictions: model -> one prediction for each picture, in their order.
        totals: model -> its total.
        problems: pictures and models that could not be used.
        notes: remarks on labels.
    """

    folder: str
    pictures: tuple[FolderPicture, ...]
    models: tuple[str, ...]
    predictions: dict[str, tuple[Prediction, ...]]
    totals: dict[str, Total]
    problems: tuple[Problem, ...] = ()
    notes: tuple[str, ...] = ()


def is_right(picture: FolderPicture, prediction: Prediction) -> bool | None:
    """Whether the prediction equals the label; None without a label."""
    return None if picture.label is None else prediction.digit == picture.label


def to_csv(report: FolderReport) -> str:
    """One line for each picture and model: picture, label, model, digit, confidence, right (yes, no or empty), reason."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["picture", "label", "model", "digit", "confidence", "right", "reason"])
    for index, picture in enumerate(report.pictures):
        for model in report.models:
            prediction = report.predictions[model][index]
            right = {True: "yes", False: "no", None: ""}[is_right(picture, prediction)]
            columns = [prediction.digit, f"{prediction.confidence:.6f}", right, prediction.reason]
            writer.writerow([picture.name, picture.label, model, *columns])
    return text.getvalue()
