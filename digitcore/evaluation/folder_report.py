"""The report on a folder of pictures: every model's prediction for each picture, the totals, and a CSV export.

``read_folder.py`` makes it, ``figures/folder_png.py`` draws it.
"""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from digitcore.evaluation.intervals import Interval, wilson

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
    """What a model reads in a picture that should show one digit.

    Attributes:
        digit: 0-9; None if the model abstains or reads several digits.
        confidence: of its best guess, 0-1; of several digits, the lowest.
        reason: why ``digit`` is None.
        several: the digits in reading order, such as "701", if there are several. They are right for no label.
    """

    digit: int | None
    confidence: float
    reason: str | None = None
    several: str | None = None

    @property
    def text(self) -> str:
        """What is read, as it is shown: "7", "701", or "?" if the model abstains."""
        return self.several or ("?" if self.digit is None else str(self.digit))


@dataclass(frozen=True, kw_only=True)
class Total:
    """How many of the labelled pictures a model reads correctly, and in how many of all it reads no digit, or several."""

    right: int
    labelled: int
    abstained: int
    several: int = 0

    @property
    def share(self) -> float | None:
        """The share of labelled pictures that are read correctly, 0-1; None without labels. No digit and several are wrong."""
        return self.right / self.labelled if self.labelled else None

    @property
    def interval(self) -> Interval | None:
        """The share with its 95 % confidence interval; None without labels."""
        return wilson(self.right, self.labelled) if self.labelled else None


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


def total_of(pictures: Sequence[FolderPicture], predictions: Sequence[Prediction]) -> Total:
    """Count one model's predictions, one for each picture."""
    right = [is_right(picture, prediction) for picture, prediction in zip(pictures, predictions, strict=True)]
    several = sum(prediction.several is not None for prediction in predictions)
    return Total(
        right=right.count(True),
        labelled=len(right) - right.count(None),
        abstained=sum(prediction.digit is None for prediction in predictions) - several,
        several=several,
    )


def relabelled(report: FolderReport, labels: Sequence[int | None]) -> FolderReport:
    """The report with other labels, one for each picture, 0-9 or None. Predictions do not depend on labels."""
    pictures = tuple(replace(picture, label=label) for picture, label in zip(report.pictures, labels, strict=True))
    totals = {model: total_of(pictures, predictions) for model, predictions in report.predictions.items()}
    return replace(report, pictures=pictures, totals=totals)


def is_right(picture: FolderPicture, prediction: Prediction) -> bool | None:
    """Whether the prediction equals the label; None without a label."""
    return None if picture.label is None else prediction.digit == picture.label


def to_csv(report: FolderReport) -> str:
    """One line for each picture and model: picture, label, model, digit, confidence, right (yes, no or empty), reason.

    Where a model reads several digits, the column holds all of them, such as 701.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["picture", "label", "model", "digit", "confidence", "right", "reason"])
    for index, picture in enumerate(report.pictures):
        for model in report.models:
            prediction = report.predictions[model][index]
            right = {True: "yes", False: "no", None: ""}[is_right(picture, prediction)]
            columns = [prediction.several or prediction.digit, f"{prediction.confidence:.6f}", right, prediction.reason]
            writer.writerow([picture.name, picture.label, model, *columns])
    return text.getvalue()
