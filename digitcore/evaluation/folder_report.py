"""Every saved model on every picture of a folder. ``folder_results.py`` has the result, ``folder_picture.py`` draws it."""

from collections.abc import Callable, Sequence
from pathlib import Path, PurePosixPath

import numpy as np
from PIL import Image

from digitcore.datasets.dataset import UNLABELLED
from digitcore.datasets.labelled_folder import label_of, wrong_label
from digitcore.errors import DataError, ImageError, ModelError
from digitcore.evaluation.folder_results import (
    THUMBNAIL_SIDE,
    Answer,
    FolderPicture,
    FolderTest,
    Problem,
    Total,
    is_right,
    to_csv,
)
from digitcore.networks import registry
from digitcore.preprocessing.pictures import FILE_SUFFIXES, ImageSource
from digitcore.preprocessing.pipeline import Prepared, prepare

#: Pictures of kinds that are not read, so that a folder of them is not passed over in silence.
OTHER_SUFFIXES = (".gif", ".bmp", ".tif", ".tiff", ".heic", ".heif", ".avif", ".svg", ".jfif", ".ppm", ".pgm")
EXPECTED = "Expected PNG, JPEG or WebP pictures, labelled by a folder, 3/x.png, or by their name, 3_x.png, or not at all."

__all__ = ["Answer", "FolderPicture", "FolderTest", "Problem", "Total", "is_right", "read_folder", "read_pictures", "to_csv"]

#: Called with how many steps are done, and of how many.
Progress = Callable[[int, int], None]


def read_folder(folder: Path, models: Sequence[str] | None = None, *, progress: Progress | None = None) -> FolderTest:
    """Test models on the pictures in a folder and in the folders in it.

    Args:
        folder: with PNG, JPEG or WebP pictures; labels come from ``3/x.png`` or ``3_x.png``, see ``evaluation_sets.label_of``.
        models: names of models; all where None.
        progress: called with (done, total) steps.

    Raises:
        DataError: no folder, or no picture in it that can be read.
        ModelError: no model can be used.
    """
    if not folder.is_dir():
        raise DataError(f"There is no folder {folder}. {EXPECTED}")
    known = sorted(path for path in folder.rglob("*") if path.suffix.lower() in FILE_SUFFIXES + OTHER_SUFFIXES)
    named = [(path.relative_to(folder).as_posix(), path) for path in known if not path.is_dir()]
    sources = [(name, path) for name, path in named if not name.startswith(".") and "/." not in name]
    if not sources:
        raise DataError(f"{folder} holds no pictures. {EXPECTED}")
    return read_pictures(sources, models, folder=folder.resolve().name, progress=progress)


def read_pictures(
    sources: Sequence[tuple[str, ImageSource]],
    models: Sequence[str] | None = None,
    *,
    folder: str = "pictures",
    progress: Progress | None = None,
) -> FolderTest:
    """Test models on named pictures, such as the files of an uploaded folder.

    Args:
        sources: (name, picture); the name may have a folder in it, and gives the label.
        models: names of models; all where None.
        folder: a name for the whole.
        progress: called with (done, total) steps.

    Raises:
        DataError: no picture can be read.
        ModelError: no model can be used.
    """
    wanted = [entry.name for entry in registry.list_models()] if models is None else list(dict.fromkeys(models))
    tops = {name.partition("/")[0] for name, _ in sources}
    shared = tops.pop() if len(tops) == 1 else ""
    count = _Counter(progress, total=len(sources) * (1 + len(wanted)))
    pictures, prepared, problems, notes = [], [], [], []
    for name, source in sources:
        label, note = _label(name, shared)
        try:
            ready = prepare(source)
        except ImageError as error:
            problems.append(Problem(name=name, reason=str(error)))
        else:
            pictures.append(FolderPicture(name=name, label=label, thumbnail=_thumbnail(ready)))
            prepared.append(ready.without_steps())
            notes += [note] if note else []
        count.up()
    if not pictures:
        first = f" {problems[0].name}: {problems[0].reason}" if problems else ""
        raise DataError(f"{folder} holds no picture that can be read.{first} {EXPECTED}")

    answers: dict[str, tuple[Answer, ...]] = {}
    for model in wanted:  # one after another, so that any number of them fits into memory
        try:
            answers[model] = _read(model, prepared, count)
        except ModelError as error:
            problems.append(Problem(name=model, reason=str(error)))
    if not answers:
        raise ModelError(problems[-1].reason if wanted else "There are no models. Train one: python -m digitcore train")
    return FolderTest(
        folder=folder,
        pictures=tuple(pictures),
        models=tuple(answers),
        answers=answers,
        totals={model: _total(pictures, found) for model, found in answers.items()},
        problems=tuple(problems),
        notes=tuple(dict.fromkeys(notes)),
    )


def _label(name: str, shared: str) -> tuple[int | None, str | None]:
    """A picture's label, and a remark where something else stands in its place; ``shared`` is the folder of them all."""
    label = label_of(name)
    if label != UNLABELLED:
        return label, None
    if number := wrong_label(name):
        return None, f"{name}: {number} is no digit from 0 to 9, so the picture counts as unlabelled."
    folder = str(PurePosixPath(name).parent)
    if folder not in (".", shared):
        return None, f"{folder}/: the name is no digit from 0 to 9, so its pictures count as unlabelled."
    return None, None


def _read(model: str, prepared: Sequence[Prepared], count: "_Counter") -> tuple[Answer, ...]:
    registry.find(model)  # a broken one ends here, before TensorFlow loads
    from digitcore.networks.recogniser import get_recogniser

    recogniser, answers = get_recogniser(model), []
    for picture in prepared:
        found = recogniser.read(picture)
        answers.append(Answer(digit=found.digit, confidence=found.confidence, reason=found.reason))
        count.up()
    return tuple(answers)


def _total(pictures: Sequence[FolderPicture], answers: Sequence[Answer]) -> Total:
    right = [is_right(picture, answer) for picture, answer in zip(pictures, answers, strict=True)]
    return Total(
        right=right.count(True),
        labelled=len(right) - right.count(None),
        abstained=sum(answer.digit is None for answer in answers),
    )


def _thumbnail(prepared: Prepared) -> np.ndarray:
    grey = prepared.steps[0][0].pixels
    image = Image.fromarray(np.round(grey * 255).astype(np.uint8))
    image.thumbnail((THUMBNAIL_SIDE, THUMBNAIL_SIDE))
    return np.asarray(image)


class _Counter:
    """Counts steps and tells of each."""

    def __init__(self, progress: Progress | None, *, total: int) -> None:
        self.progress, self.total, self.done = progress, total, 0

    def up(self) -> None:
        self.done += 1
        if self.progress:
            self.progress(self.done, self.total)
