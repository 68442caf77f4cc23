"""Named sets of labelled pictures that visitors bring, saved as labelled folders: ``data/<name>/<digit>/<hash>.png``.

Only such folders can be renamed, changed and deleted here. A folder that holds any other file was made by somebody else.
"""

import hashlib
import io
import re
import shutil
import tempfile
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from digitcore import files, paths
from digitcore.datasets import training_data
from digitcore.datasets.labelled_folder import LabelledPicture, labelled_pictures
from digitcore.errors import ConfigError, DataError, ImageError, summary
from digitcore.paths import check_name
from digitcore.preprocessing.ink import find_ink
from digitcore.preprocessing.pictures import load_picture

MAX_SETS = 50
MAX_PICTURES = 1000
#: Longest side of a saved picture, in pixels: enough for a digit, and a thousand pictures take less than 100 MB.
KEPT_SIDE = 320
#: The path of a picture in a set, and names that belong to other data even before it is there.
PICTURE = re.compile(r"[0-9]/[0-9a-f]{16}\.png")
RESERVED = ("mnist",)


@dataclass(frozen=True, kw_only=True)
class Kept:
    """The result of ``keep``: the numbers of pictures added and already there, and a sentence for each refused picture."""

    folder: Path
    added: int
    repeated: int
    refused: tuple[str, ...]


def keep(name: str, pictures: Iterable[tuple[str, bytes, int]]) -> Kept:
    """Add pictures to the set of that name; the first picture creates the set.

    They are saved as grayscale PNGs, without their file names and camera data. The same picture is saved only once.

    Args:
        name: the set's name: letters, digits, ``_`` and ``-``.
        pictures: each one's file name, content (PNG, JPEG or WebP) and label, 0-9.

    Raises:
        ConfigError: the name cannot be used, a label is not a digit, or there are too many pictures or sets.
        DataError: a picture cannot be written.
    """
    folder, pictures = _folder(name), list(pictures)
    for file_name, _, label in pictures:
        if label not in range(10):
            raise ConfigError(f"{file_name} is labelled {label!r}: give a digit from 0 to 9.")
    existing = count(name)
    if existing + len(pictures) > MAX_PICTURES:
        raise ConfigError(
            f"The set would hold {existing + len(pictures)} pictures; the limit is {MAX_PICTURES}. Choose another name."
        )
    added, repeated, refused = 0, 0, []
    for file_name, content, label in pictures:
        try:
            image = _to_keep(content)
        except ImageError as error:
            refused.append(f"{file_name}: {error}")
            continue
        path = folder / str(label) / f"{hashlib.sha256(image.tobytes()).hexdigest()[:16]}.png"
        if path.exists():
            repeated += 1
            continue
        try:
            with files.replacing(path) as temporary:
                image.save(temporary, "PNG")
        except OSError as error:
            raise DataError(f"{file_name} cannot be saved: {summary(error)}") from error
        added += 1
    return Kept(folder=folder, added=added, repeated=repeated, refused=tuple(refused))


def count(name: str) -> int:
    """The number of pictures in the set; 0 if there is no set of that name."""
    return len(labelled_pictures(paths.data_dir() / name))


def names() -> list[str]:
    """The names of all sets that were made here."""
    return [folder.name for folder in training_data.labelled_folders() if folder != paths.data_dir() and _is_set(folder)]


def pictures_of(name: str) -> list[LabelledPicture]:
    """The pictures of a set, by label.

    Raises:
        ConfigError: there is no such set.
    """
    return labelled_pictures(_existing(name))


def relabel(name: str, picture: str, label: int) -> None:
    """Give a picture of a set another label.

    Args:
        name: the set.
        picture: the picture's name in the set, such as ``3/0123456789abcdef.png``.
        label: 0-9.

    Raises:
        ConfigError: there is no such set or picture, or the label is not a digit.
        DataError: the picture cannot be moved.
    """
    path = _picture(name, picture)
    if label not in range(10):
        raise ConfigError(f"The label is {label!r}: give a digit from 0 to 9.")
    place = path.parent.parent / str(label) / path.name
    try:
        place.parent.mkdir(exist_ok=True)
        path.replace(place)
    except OSError as error:
        raise DataError(f"The label cannot be changed: {summary(error)}") from error


def remove(name: str, picture: str) -> None:
    """Remove a picture from a set; with its last picture, the set is gone.

    Raises:
        ConfigError: there is no such set or picture.
        DataError: it cannot be removed.
    """
    path = _picture(name, picture)
    try:
        path.unlink()
    except OSError as error:
        raise DataError(f"The picture cannot be removed: {summary(error)}") from error
    if not count(name):
        delete(name)


def rename(name: str, new: str) -> None:
    """Give a set another name.

    Raises:
        ConfigError: there is no such set, or the new name is taken or cannot be used.
        DataError: the folder cannot be moved.
    """
    folder, place = _existing(name), paths.data_dir() / check_name(new)
    if place.exists() or new in RESERVED:
        raise ConfigError(f"The name {new!r} is taken. Choose another name.")
    try:
        folder.rename(place)  # fails if a folder with pictures has just appeared there
    except OSError as error:
        raise DataError(f"{name} cannot be renamed: {summary(error)}") from error


def delete(name: str) -> None:
    """Delete a set with all its pictures.

    Raises:
        ConfigError: there is no such set.
        DataError: it cannot be deleted.
    """
    folder = _existing(name)
    try:
        place = tempfile.mkdtemp(prefix=".deleted-", dir=paths.data_dir())
        folder.rename(place)  # gone in one step; nobody sees half a set
        shutil.rmtree(place)
    except OSError as error:
        raise DataError(f"{name} cannot be deleted: {summary(error)}") from error


def export(name: str) -> bytes:
    """A set as a zip file, ``<name>/<digit>/<hash>.png``, which the Compare page reads again.

    Raises:
        ConfigError: there is no such set.
        DataError: a picture cannot be read.
    """
    folder, content = _existing(name), io.BytesIO()
    try:
        with zipfile.ZipFile(content, "w") as archive:
            for picture in labelled_pictures(folder):
                archive.write(picture.path, f"{name}/{picture.name}")
    except OSError as error:
        raise DataError(f"{name} cannot be exported: {summary(error)}") from error
    return content.getvalue()


def _existing(name: str) -> Path:
    folder = paths.data_dir() / check_name(name)
    if folder.is_symlink() or not folder.is_dir() or not _is_set(folder):
        raise ConfigError(f"There is no set {name!r} that was made here.")
    return folder


def _is_set(folder: Path) -> bool:
    """Whether everything in a folder was saved by ``keep``; half-written files are hidden and do not count."""
    inside = (path for path in folder.rglob("*") if not path.name.startswith("."))
    return all(path.is_dir() or PICTURE.fullmatch(path.relative_to(folder).as_posix()) for path in inside)


def _picture(name: str, picture: str) -> Path:
    folder = _existing(name)
    path = folder / picture if isinstance(picture, str) and PICTURE.fullmatch(picture) else None
    if path is None or not path.is_file():
        raise ConfigError("This picture is no longer in the set.")
    return path


def _folder(name: str) -> Path:
    folder = paths.data_dir() / check_name(name)
    known = training_data.labelled_folders()
    if folder not in known:
        if folder.exists() or name in RESERVED:
            raise ConfigError(f"The name {name!r} is taken by other data. Choose another name.")
        if len(known) >= MAX_SETS:
            raise ConfigError(f"There are already {len(known)} labelled folders. Add the pictures to one of them.")
    return folder


def _to_keep(content: bytes) -> Image.Image:
    pixels = load_picture(content).pixels
    if reason := find_ink(pixels).blank_reason:
        raise ImageError(reason)
    image = Image.fromarray(np.round(pixels * 255).astype(np.uint8))
    image.thumbnail((KEPT_SIDE, KEPT_SIDE), Image.Resampling.BOX)
    return image
