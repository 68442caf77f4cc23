"""Read every picture of a folder with every saved model, and report the results.

Each picture should show one digit. A model reads it as on the Recognise page. Several digits, such as 701, are reported as they
are read, and they are right for no label.
"""

from collections.abc import Callable, Sequence
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from digitcore.datasets.dataset import UNLABELLED
from digitcore.datasets.labelled_folder import labelled_pictures, labels_of, wrong_label
from digitcore.errors import DataError, ImageError, ModelError
from digitcore.evaluation.folder_report import (
    THUMBNAIL_SIDE,
    FolderPicture,
    FolderReport,
    Prediction,
    Problem,
    total_of,
)
from digitcore.networks import predict, registry
from digitcore.preprocessing.pictures import FILE_SUFFIXES, ImageSource
from digitcore.preprocessing.pipeline import Prepared, prepare

if TYPE_CHECKING:
    from digitcore.networks.recogniser import Recognition

#: Picture formats that cannot be read; they are reported, not silently skipped.
OTHER_SUFFIXES = (".gif", ".bmp", ".tif", ".tiff", ".heic", ".heif", ".avif", ".svg", ".jfif", ".ppm", ".pgm")
EXPECTED = (
    "Expected PNG, JPEG or WebP pictures, labelled by a folder, 3/x.png, or by their name, 3.png or 3_x.png, or not at all."
)

#: Called with the number of steps done and the total.
Progress = Callable[[int, int], None]


def read_folder(folder: Path, models: Sequence[str] | None = None, *, progress: Progress | None = None) -> FolderReport:
    """Test models on the pictures in a folder and its subfolders.

    Args:
        folder: with PNG, JPEG or WebP pictures; labels come from ``3/x.png`` or ``3_x.png``, see ``labels_of``.
        models: names of models; all if None.
        progress: called with (done, total) steps.

    Raises:
        DataError: the folder does not exist, or no picture in it can be read.
        ModelError: no model can be used.
    """
    if not folder.is_dir():
        raise DataError(f"There is no folder {folder}. {EXPECTED}")
    pictures = labelled_pictures(folder, suffixes=FILE_SUFFIXES + OTHER_SUFFIXES)
    sources = [(picture.name, picture.path) for picture in pictures]
    if not sources:
        raise DataError(f"{folder} holds no pictures. {EXPECTED}")
    return read_pictures(sources, models, folder=folder.resolve().name, progress=progress)


def read_pictures(
    sources: Sequence[tuple[str, ImageSource]],
    models: Sequence[str] | None = None,
    *,
    folder: str = "pictures",
    keep_loaded: bool = False,
    progress: Progress | None = None,
) -> FolderReport:
    """Test models on named pictures, such as the files of an uploaded folder.

    Args:
        sources: (name, picture); the label comes from the name, which may include a folder.
        models: names of models; all if None.
        folder: a name for all the pictures together.
        keep_loaded: read with the models that are kept loaded for visitors, which suits a few models that read repeatedly.
            Otherwise each model is loaded only for these pictures, so that no visitor's model leaves the cache.
        progress: called with (done, total) steps.

    Raises:
        DataError: no picture can be read.
        ModelError: no model can be used.
    """
    names = [entry.name for entry in registry.list_models()] if models is None else list(dict.fromkeys(models))
    tops = {name.partition("/")[0] for name, _ in sources}
    shared = tops.pop() if len(tops) == 1 else ""
    count = _Counter(progress, total=len(sources) * (1 + len(names)))
    pictures, prepared, problems, notes = [], [], [], []
    labels = labels_of([name for name, _ in sources])
    for (name, source), label in zip(sources, labels, strict=True):
        try:
            ready = prepare(source)
        except ImageError as error:
            problems.append(Problem(name=name, reason=str(error)))
        else:
            known = None if label == UNLABELLED else label
            pictures.append(FolderPicture(name=name, label=known, thumbnail=_thumbnail(ready)))
            prepared.append(ready.without_steps())
            notes += [] if known is not None else _remarks(name, shared)
        count.up()
    if not pictures:
        first = f" {problems[0].name}: {problems[0].reason}" if problems else ""
        raise DataError(f"{folder} holds no picture that can be read.{first} {EXPECTED}")

    predictions: dict[str, tuple[Prediction, ...]] = {}
    for model in names:  # one after another, so that any number of them fits into memory
        try:
            predictions[model] = _read(model, prepared, count, keep_loaded)
        except ModelError as error:
            problems.append(Problem(name=model, reason=str(error)))
    if not predictions:
        raise ModelError(problems[-1].reason if names else "There are no models. Train one: python -m digitcore train")
    return FolderReport(
        folder=folder,
        pictures=tuple(pictures),
        models=tuple(predictions),
        predictions=predictions,
        totals={model: total_of(pictures, read) for model, read in predictions.items()},
        problems=tuple(problems),
        notes=tuple(dict.fromkeys(notes)),
    )


def _remarks(name: str, shared: str) -> list[str]:
    """Why an unlabelled picture's name is not a label, if it looks like one; ``shared`` is the folder that holds all."""
    if number := wrong_label(name):
        return [f"{name}: {number} is not a digit from 0 to 9, so the picture counts as unlabelled."]
    folder = str(PurePosixPath(name).parent)
    if folder not in (".", shared):
        return [f"{folder}/: the name is not a digit from 0 to 9, so its pictures count as unlabelled."]
    return []


def _read(model: str, prepared: Sequence[Prepared], count: "_Counter", keep_loaded: bool) -> tuple[Prediction, ...]:
    entry = registry.find(model)  # a broken model is refused here, before TensorFlow is loaded
    from digitcore.networks.recogniser import get_recogniser

    recogniser, predictions = get_recogniser(model) if keep_loaded else predict.load(entry), []
    for picture in prepared:
        predictions.append(_prediction(recogniser.read(picture)))
        count.up()
    return tuple(predictions)


def _prediction(recognition: "Recognition") -> Prediction:
    if len(recognition.text) > 1:
        return Prediction(
            digit=None,
            confidence=min(digit.confidence for digit in recognition.digits),
            reason=f"Reads {recognition.text}, which is {len(recognition.text)} digits; the picture should show one.",
            several=recognition.text,
        )
    return Prediction(digit=recognition.digit, confidence=recognition.confidence, reason=recognition.reason)


def _thumbnail(prepared: Prepared) -> np.ndarray:
    grey = prepared.steps[0][0].pixels
    image = Image.fromarray(np.round(grey * 255).astype(np.uint8))
    image.thumbnail((THUMBNAIL_SIDE, THUMBNAIL_SIDE))
    return np.asarray(image)


class _Counter:
    """Counts steps and reports each."""

    def __init__(self, progress: Progress | None, *, total: int) -> None:
        self.progress, self.total, self.done = progress, total, 0

    def up(self) -> None:
        self.done += 1
        if self.progress:
            self.progress(self.done, self.total)
