"""The set that a run trains on: MNIST, a sample of it, or a folder of labelled pictures."""

import dataclasses
import hashlib
from collections.abc import Sequence
from pathlib import Path, PurePosixPath

import numpy as np

from digitcore import paths
from digitcore.datasets import mnist
from digitcore.datasets.dataset import SPLIT_SEED, UNLABELLED, Dataset, image_checksums, stratified_split
from digitcore.datasets.labelled_folder import DIGITS, LabelledPicture, labelled_pictures, read_picture
from digitcore.errors import DataError, ImageError

DATA_SETS = ("mnist", "sample", "folder")
#: The numbers of images in MNIST and its sample; those in a labelled folder are counted.
TRAINING_IMAGES = {"mnist": 50_000, "sample": mnist.SAMPLE_TRAINING_IMAGES}
VALIDATION_IMAGES = {"mnist": mnist.VALIDATION_IMAGES, "sample": mnist.SAMPLE_VALIDATION_IMAGES}
#: The share of a labelled folder that is held out for validation, and again for the test.
HELD_OUT_SHARE = 0.1
#: A labelled folder needs at least this many labelled pictures.
MIN_PICTURES = 10
#: At most this many unusable pictures are named in an error.
MAX_NAMED = 20
EXPECTED = "Expected folders named 0 to 9 with PNG, JPEG or WebP pictures of that digit, or file names such as 3_x.png."


def load(data: str, *, folder: str | None = None, limit: int | None = None, leave_out_unreadable: bool = False) -> Dataset:
    """Load a set, with its training part cut to the first ``limit`` images.

    Args:
        data: one of ``DATA_SETS``.
        folder: with ``"folder"``, where the labelled pictures are.
        limit: the number of training images; None for all.
        leave_out_unreadable: with ``"folder"``, train without the pictures that cannot be used.

    Raises:
        DataError: it cannot be loaded.
    """
    if data == "folder":
        return load_labelled_folder(Path(folder), limit=limit, leave_out_unreadable=leave_out_unreadable)
    dataset = mnist.load_sample() if data == "sample" else mnist.load_mnist()
    return dataclasses.replace(dataset, x_train=dataset.x_train[:limit], y_train=dataset.y_train[:limit])


def count_training_images(
    data: str, *, folder: str | None = None, limit: int | None = None, leave_out_unreadable: bool = False
) -> int:
    """The number of images in an epoch, without loading them; the arguments are those of ``load``.

    Pictures that turn out to be unreadable are counted too.

    Raises:
        DataError: the labelled folder cannot be used.
    """
    if data == "folder":
        pictures = _pictures(Path(folder))
        if (problems := _without_a_digit(pictures)) and not leave_out_unreadable:
            raise DataError(_cannot_be_used(Path(folder), problems))
        count = sum(picture.label != UNLABELLED for picture in pictures)
        available = count - 2 * _held_out(count)
    else:
        available = TRAINING_IMAGES[data]
    return min(available, limit or available)


def missing_classes(folder: Path) -> tuple[int, ...]:
    """The digits of which a labelled folder has no picture; the pictures are not read."""
    return tuple(sorted(set(range(10)) - {picture.label for picture in labelled_pictures(folder)}))


def labelled_folders() -> list[Path]:
    """The labelled folders: the data folder itself and its subfolders, if they hold folders named by digits."""
    folders = [paths.data_dir(), *sorted(path for path in paths.data_dir().glob("[!.]*") if path.is_dir())]
    return [folder for folder in folders if any((folder / digit).is_dir() for digit in DIGITS)]


def load_labelled_folder(folder: Path, *, limit: int | None = None, leave_out_unreadable: bool = False) -> Dataset:
    """Read a folder's labelled pictures, each prepared like a drawing of one digit, and split them 80/10/10 with a fixed seed.

    ``labelled_folder`` says where a label comes from. Pictures directly in the folder that have no label are skipped.

    Args:
        folder: the folder; its subfolders are searched too.
        limit: the number of training images; None for all.
        leave_out_unreadable: leave out blank and unreadable pictures and those in folders whose name is not a digit, and list
            them in ``Dataset.left_out``.

    Raises:
        DataError: the folder does not exist, has too few pictures, or some of them cannot be used; the message counts these
            and names the first.
    """
    pictures = _pictures(folder)
    images, labels, problems, digest = [], [], _without_a_digit(pictures), hashlib.sha256()
    for picture in pictures:
        if picture.label == UNLABELLED:
            continue
        try:
            image, content = read_picture(picture)
        except ImageError as error:
            problems.append(str(error))
            continue
        digest.update(bytes([picture.label]) + content)
        images.append(image)
        labels.append(picture.label)
    if problems and not leave_out_unreadable:
        raise DataError(_cannot_be_used(folder, problems))
    _check_enough(folder, len(images), problems)
    x, y = np.stack(images), np.array(labels, np.uint8)
    order = np.random.default_rng(SPLIT_SEED).permutation(len(y))  # the pictures were read digit by digit
    x, y = x[order], y[order]
    held_out = _held_out(len(y))
    rest, test = stratified_split(y, held_out, SPLIT_SEED)
    train, validation = (rest[part] for part in stratified_split(y[rest], held_out, SPLIT_SEED))
    train = train[:limit]
    return Dataset(
        name=folder.name,
        source=str(folder),
        checksum=digest.hexdigest(),
        is_sample=False,
        x_train=x[train],
        y_train=y[train],
        x_validation=x[validation],
        y_validation=y[validation],
        x_test=x[test],
        y_test=y[test],
        seen=image_checksums(x[train]) + image_checksums(x[validation]),
        left_out=tuple(problems),
    )


def _pictures(folder: Path) -> list[LabelledPicture]:
    """All pictures, with and without a label, if enough of them have one."""
    if not folder.is_dir():
        raise DataError(f"There is no folder {folder}. {EXPECTED}")
    pictures = labelled_pictures(folder)
    _check_enough(folder, sum(picture.label != UNLABELLED for picture in pictures))
    return pictures


def _without_a_digit(pictures: Sequence[LabelledPicture]) -> list[str]:
    """A sentence for each picture whose folder's name is not a digit; pictures beside the folders need no label."""
    places = [(picture.name, PurePosixPath(picture.name).parent.name) for picture in pictures if picture.label == UNLABELLED]
    return [f"{name}: {place!r} is not a digit from 0 to 9." for name, place in places if place]


def _check_enough(folder: Path, count: int, problems: Sequence[str] = ()) -> None:
    if count < MIN_PICTURES:
        without = f" and {len(problems)} that cannot be used ({problems[0].rstrip('.')})" if problems else ""
        raise DataError(f"{folder} holds {count} labelled pictures{without}; at least {MIN_PICTURES} are needed. {EXPECTED}")


def _cannot_be_used(folder: Path, problems: list[str]) -> str:
    """One line that names the first pictures and counts them all."""
    pictures = "1 picture" if len(problems) == 1 else f"{len(problems)} pictures"
    more = f" … and {len(problems) - MAX_NAMED} more." if len(problems) > MAX_NAMED else ""
    return (
        f"{pictures} in {folder} cannot be used: {' '.join(problems[:MAX_NAMED])}{more} "
        "Repair or remove them, or leave out unreadable pictures."
    )


def _held_out(count: int) -> int:
    return max(1, round(HELD_OUT_SHARE * count))
