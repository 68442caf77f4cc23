"""What models are compared on: images with labels, from MNIST, from a folder or from anywhere else."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from pathlib import Path

import numpy as np

from digitcore import paths
from digitcore.datasets import mnist
from digitcore.errors import DataError, ImageError
from digitcore.preprocessing.pictures import FILE_SUFFIXES
from digitcore.preprocessing.pipeline import as_one_digit

UNLABELLED = -1
MAX_PICTURES = 20_000


@dataclass(frozen=True, kw_only=True, eq=False)
class EvaluationSet:
    """Images to measure models on.

    Attributes:
        name: what people call it.
        images: uint8 ``(N, 28, 28)``, white on black.
        labels: int ``(N,)``, 0-9, or -1 for an image without a label.
        files: where each image came from, N names, or none.
        problems: a sentence for each picture that could not be used, or whose label could not.
    """

    name: str
    images: np.ndarray = field(repr=False)
    labels: np.ndarray = field(repr=False)
    files: tuple[str, ...] = field(default=(), repr=False)
    problems: tuple[str, ...] = field(default=(), repr=False)

    def __post_init__(self) -> None:
        shape = self.images.shape[1:]
        if self.images.dtype != np.uint8 or shape != (28, 28) or self.labels.shape != self.images.shape[:1]:
            raise DataError(
                f"The set {self.name!r} has {self.images.dtype} images {self.images.shape} and labels {self.labels.shape}; "
                "expected uint8 images (N, 28, 28) and labels (N,)."
            )

    def __len__(self) -> int:
        return len(self.labels)

    @cached_property
    def checksum(self) -> str:
        """SHA-256 of images and labels: the same ones have the same, under any name."""
        return hashlib.sha256(self.images.tobytes() + self.labels.astype(np.int8).tobytes()).hexdigest()


def mnist_test() -> EvaluationSet:
    """MNIST's 10,000 test images, or the sample's 500 where MNIST cannot be had.

    Raises:
        DataError: there is neither.
    """
    return _mnist_test(paths.data_dir())


@lru_cache(maxsize=1)
def _mnist_test(_folder: Path) -> EvaluationSet:
    dataset = mnist.load_mnist()
    name = "sample of MNIST (test part)" if dataset.is_sample else "MNIST test"
    return EvaluationSet(name=name, images=dataset.x_test, labels=dataset.y_test.astype(np.int8))


def folder_set(folder: Path, *, progress: Callable[[int, int], None] | None = None) -> EvaluationSet:
    """Read every picture of a folder and the folders in it, each prepared as a drawing of one digit is.

    A label is the name of the picture's folder (``3/x.png``) or the beginning of its own (``3_x.png``); there may be none. A
    picture that cannot be used, or a label outside 0-9, becomes a sentence in ``problems`` and the rest is read.

    Args:
        folder: where to look.
        progress: called with (done, total) pictures.

    Raises:
        DataError: no such folder, too many pictures, or none that can be read.
    """
    if not folder.is_dir():
        raise DataError(f"There is no folder {folder}. Expected a folder with PNG, JPEG or WebP pictures.")
    found = sorted(path for path in folder.rglob("*") if path.suffix.lower() in FILE_SUFFIXES and path.is_file())
    found = [path for path in found if not any(part.startswith(".") for part in path.relative_to(folder).parts)]
    if not found:
        raise DataError(f"The folder {folder} has no pictures. Expected PNG, JPEG or WebP files, in it or in folders in it.")
    if len(found) > MAX_PICTURES:
        raise DataError(f"The folder {folder} has {len(found):,} pictures; {MAX_PICTURES:,} at most are read.")
    images, labels, names, problems = [], [], [], []
    for done, path in enumerate(found, start=1):
        name = path.relative_to(folder).as_posix()
        try:
            image = as_one_digit(path)
        except (ImageError, OSError) as error:
            problems.append(f"{name}: {error}")
            image = None
        else:
            if image is None:
                problems.append(f"{name} is blank.")
        if image is not None:
            label = label_of(name)
            if not UNLABELLED <= label <= 9:
                problems.append(f"{name}: the label {label} is outside 0-9, so it counts as unlabelled.")
                label = UNLABELLED
            images.append(np.round(image * 255).astype(np.uint8))
            labels.append(label)
            names.append(name)
        if progress:
            progress(done, len(found))
    if not images:
        raise DataError(f"None of the {len(found)} pictures in {folder} can be used. The first: {problems[0]}")
    return EvaluationSet(
        name=folder.resolve().name,
        images=np.stack(images),
        labels=np.array(labels, np.int8),
        files=tuple(names),
        problems=tuple(problems),
    )


def label_of(name: str) -> int:
    """The number that a picture's path gives it, ``3/x.png`` or ``3_x.png``; -1 where it gives none.

    Example:
        >>> label_of("3/x.png"), label_of("seven/7_a.png"), label_of("12/x.png"), label_of("x.png")
        (3, 7, 12, -1)
    """
    path = Path(name)
    beginning, underscore, _ = path.name.partition("_")
    for text in (path.parent.name, beginning if underscore else ""):
        if text.isascii() and text.isdigit() and len(text) <= 9:
            return int(text)
    return UNLABELLED


def held_out_part(data: EvaluationSet, card: dict) -> tuple[EvaluationSet, int]:
    """A set without the pictures that a model was trained or validated on.

    Args:
        data: the set.
        card: the model's card; ``card["data"]["seen"]`` lists the pictures as the first 16 hexadecimal digits of their SHA-256.

    Returns:
        The rest of the set, and the number of pictures that were taken out.
    """
    seen = set(card.get("data", {}).get("seen", ()))
    is_new = np.array([hashlib.sha256(image.tobytes()).hexdigest()[:16] not in seen for image in data.images], bool)
    if is_new.all():
        return data, 0
    part = EvaluationSet(
        name=data.name,
        images=data.images[is_new],
        labels=data.labels[is_new],
        files=tuple(name for name, kept in zip(data.files, is_new, strict=True) if kept) if data.files else (),
        problems=data.problems,
    )
    return part, int(len(data) - is_new.sum())
