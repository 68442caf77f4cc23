"""What models are compared on: images with labels, from MNIST, from a folder or from anywhere else."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from digitcore import paths
from digitcore.datasets import mnist
from digitcore.datasets.dataset import image_checksums
from digitcore.datasets.labelled_folder import labelled_pictures, read_picture, wrong_label
from digitcore.errors import DataError, ImageError

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
        """SHA-256 of images and labels, whatever the set's name."""
        return hashlib.sha256(self.images.tobytes() + self.labels.astype(np.int8).tobytes()).hexdigest()

    @cached_property
    def image_checksums(self) -> tuple[str, ...]:
        """A checksum of each image, see ``dataset.image_checksums``."""
        return image_checksums(self.images)

    def only(self, kept: np.ndarray) -> "EvaluationSet":
        """The images where a bool ``(N,)`` is true, under the same name."""
        files = tuple(name for name, is_kept in zip(self.files, kept, strict=True) if is_kept) if self.files else ()
        return EvaluationSet(
            name=self.name, images=self.images[kept], labels=self.labels[kept], files=files, problems=self.problems
        )


def held_out_part(data: EvaluationSet, card: dict[str, Any] | None) -> tuple[EvaluationSet, int]:
    """The images that a model was neither trained nor validated on.

    Images are known again by their checksums in ``card["data"]["seen"]``, in any set and under any name; a model trained on
    MNIST has none there, since MNIST's test images are never trained on. A picture prepared by another version of the
    preprocessing is another image, and is not recognised.

    Args:
        data: images to measure the model on.
        card: the model's metadata; None where it has none.

    Returns:
        The set itself where the model has seen none of it, or else a smaller one, which may be empty; and how many images were
        left out.
    """
    about_data = card.get("data") if isinstance(card, dict) else None
    seen = about_data.get("seen") if isinstance(about_data, dict) else None
    if not isinstance(seen, list) or not seen:
        return data, 0
    known = {checksum for checksum in seen if isinstance(checksum, str)}
    kept = np.array([checksum not in known for checksum in data.image_checksums], bool)
    left_out = len(data) - int(kept.sum())
    return (data.only(kept), left_out) if left_out else (data, 0)


def mnist_test() -> EvaluationSet:
    """MNIST's 10,000 test images, loaded once in a process.

    Raises:
        DataError: MNIST cannot be loaded.
    """
    return _mnist_test(paths.data_dir())


@lru_cache(maxsize=1)
def _mnist_test(_folder: Path) -> EvaluationSet:
    dataset = mnist.load_mnist()
    return EvaluationSet(name="MNIST test", images=dataset.x_test, labels=dataset.y_test.astype(np.int8))


def folder_set(folder: Path, *, progress: Callable[[int, int], None] | None = None) -> EvaluationSet:
    """Read every picture of a folder and the folders in it, each prepared as a drawing of one digit is.

    See ``labelled_folder`` for what is a label; a picture may have none. A picture that cannot be used, or a number beyond 9 in
    a label's place, becomes a sentence in ``problems`` and the rest is read.

    Args:
        folder: where to look.
        progress: called with (done, total) pictures.

    Raises:
        DataError: no such folder, too many pictures, or none that can be read.
    """
    if not folder.is_dir():
        raise DataError(f"There is no folder {folder}. Expected a folder with PNG, JPEG or WebP pictures.")
    pictures = labelled_pictures(folder)
    if not pictures:
        raise DataError(f"The folder {folder} has no pictures. Expected PNG, JPEG or WebP files, in it or in folders in it.")
    if len(pictures) > MAX_PICTURES:
        raise DataError(f"The folder {folder} has {len(pictures):,} pictures; {MAX_PICTURES:,} at most are read.")
    images, labels, names, problems = [], [], [], []
    for done, picture in enumerate(pictures, start=1):
        try:
            image, _ = read_picture(picture)
        except ImageError as error:
            problems.append(str(error))
        else:
            if number := wrong_label(picture.name):
                problems.append(f"{picture.name}: {number} is not a digit from 0 to 9, so the picture counts as unlabelled.")
            images.append(image)
            labels.append(picture.label)
            names.append(picture.name)
        if progress:
            progress(done, len(pictures))
    if not images:
        raise DataError(f"None of the {len(pictures)} pictures in {folder} can be used. The first: {problems[0]}")
    return EvaluationSet(
        name=folder.resolve().name,
        images=np.stack(images),
        labels=np.array(labels, np.int8),
        files=tuple(names),
        problems=tuple(problems),
    )
