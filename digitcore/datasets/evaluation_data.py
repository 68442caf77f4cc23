"""The sets that models are compared on: images with labels, from MNIST, a folder or anywhere else."""

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
    """A set of images to evaluate models on.

    Attributes:
        name: the set's name.
        images: uint8 ``(N, 28, 28)``, white on black.
        labels: int ``(N,)``, 0-9, or -1 for an image without a label.
        files: the name of the file of each image, N names, or empty.
        problems: a sentence for each picture that could not be used or that has an invalid label.
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
        """SHA-256 of images and labels; it does not depend on the set's name."""
        return hashlib.sha256(self.images.tobytes() + self.labels.astype(np.int8).tobytes()).hexdigest()

    @cached_property
    def image_checksums(self) -> tuple[str, ...]:
        """A checksum of each image; see ``dataset.image_checksums``."""
        return image_checksums(self.images)

    def only(self, kept: np.ndarray) -> "EvaluationSet":
        """The images for which ``kept``, bool ``(N,)``, is true, as a set with the same name."""
        files = tuple(name for name, is_kept in zip(self.files, kept, strict=True) if is_kept) if self.files else ()
        return EvaluationSet(
            name=self.name, images=self.images[kept], labels=self.labels[kept], files=files, problems=self.problems
        )


def held_out_part(data: EvaluationSet, card: dict[str, Any] | None) -> tuple[EvaluationSet, int]:
    """The images that a model was neither trained nor validated on.

    The images that a model has seen are identified by their checksums in ``card["data"]["seen"]``, in any set and under any
    name. A model trained on MNIST has none there, because MNIST's test images are never trained on. A picture prepared by
    another version of the preprocessing is a different image and is not identified.

    Args:
        data: images to evaluate the model on.
        card: the model's card; None if it has none.

    Returns:
        The set itself if the model has seen none of it, otherwise a smaller one, which may be empty; and the number of images
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
    """MNIST's 10,000 test images, loaded once per process.

    Raises:
        DataError: MNIST cannot be loaded.
    """
    return _mnist_test(paths.data_dir())


@lru_cache(maxsize=1)
def _mnist_test(_folder: Path) -> EvaluationSet:
    dataset = mnist.load_mnist()
    return EvaluationSet(name="MNIST test", images=dataset.x_test, labels=dataset.y_test.astype(np.int8))


def folder_set(folder: Path, *, progress: Callable[[int, int], None] | None = None) -> EvaluationSet:
    """Read every picture in a folder and its subfolders, each prepared like a drawing of one digit.

    ``labelled_folder`` says where a label comes from; a picture may have none. For a picture that cannot be used, or one with a
    number such as 12 instead of a label, ``problems`` gets a sentence, and the rest is read.

    Args:
        folder: the folder.
        progress: called with (done, total) pictures.

    Raises:
        DataError: the folder does not exist, has too many pictures, or none that can be used.
    """
    if not folder.is_dir():
        raise DataError(f"There is no folder {folder}. Expected a folder with PNG, JPEG or WebP pictures.")
    pictures = labelled_pictures(folder)
    if not pictures:
        raise DataError(f"The folder {folder} has no pictures. Expected PNG, JPEG or WebP files, in it or in its subfolders.")
    if len(pictures) > MAX_PICTURES:
        raise DataError(f"The folder {folder} has {len(pictures):,} pictures; the limit is {MAX_PICTURES:,}.")
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
