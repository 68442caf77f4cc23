"""Folders of pictures, and the rule that derives a picture's label from its path.

The label is the name of the nearest enclosing folder that is a single digit, as in ``3/x.png`` or ``3/mine/x.png``. Without
such a folder, it is the digit at the beginning of the file's name, as in ``3.jpg``, ``3_x.png``, ``3-x.png``, ``3 (2).png`` or
``label-3.png``. Where a file beside it is called by a larger number, as in ``1.png`` to ``12.png``, bare numbers count the
pictures and are not labels. Only ASCII digits are labels: ``٣``, ``３`` and ``seven`` are not.
"""

import hashlib
import os
import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import numpy as np

from digitcore.datasets.dataset import UNLABELLED
from digitcore.errors import ImageError
from digitcore.preprocessing.pictures import FILE_SUFFIXES
from digitcore.preprocessing.pipeline import as_one_digit

DIGITS = tuple("0123456789")
#: Folders to skip: macOS adds them to archives.
PASSED_OVER = ("__MACOSX",)
#: A file's name, without its suffix, that begins with a label, and one that begins with a number.
LABEL = re.compile(r"(?:(?:label|digit)[-_ ]?)?([0-9])(?:[-_ (].*)?", re.IGNORECASE | re.DOTALL)
NUMBER = re.compile(r"([0-9]+)_.*", re.DOTALL)


@dataclass(frozen=True, kw_only=True)
class LabelledPicture:
    """A picture's file, its path relative to the folder, with ``/``, and its label, 0-9 or ``UNLABELLED``."""

    path: Path
    name: str
    label: int


def labelled_pictures(folder: Path, *, suffixes: Collection[str] = FILE_SUFFIXES) -> list[LabelledPicture]:
    """The pictures in a folder and its subfolders, sorted by name; none if the folder does not exist.

    Hidden files and folders (``.DS_Store``, ``._x.png``), ``__MACOSX`` and files of other kinds (``Thumbs.db``) are skipped.

    Args:
        folder: the folder.
        suffixes: the suffixes of pictures, in lower case.
    """
    known = (path for path in _files(folder) if path.suffix.lower() in suffixes and path.is_file())
    names = sorted(path.relative_to(folder).as_posix() for path in known)
    labels = labels_of(names)
    return [LabelledPicture(path=folder / name, name=name, label=label) for name, label in zip(names, labels, strict=True)]


def read_picture(picture: LabelledPicture) -> tuple[np.ndarray, bytes]:
    """Prepare a picture like a drawing of one digit.

    Returns:
        The image, uint8 ``(28, 28)``, white on black, and the content of the picture's file.

    Raises:
        ImageError: the picture is blank or cannot be used; the message begins with its name.
    """
    try:
        content = picture.path.read_bytes()
        image = as_one_digit(content)
    except OSError as error:
        raise ImageError(f"{picture.name} cannot be read: {error.strerror or error}.") from error
    except ImageError as error:
        raise ImageError(f"{picture.name}: {error}") from error
    if image is None:
        raise ImageError(f"{picture.name} is blank.")
    return np.round(image * 255).astype(np.uint8), content


def _files(folder: Path) -> Iterator[Path]:
    """Every file that is not skipped. Links to folders are followed; each folder is visited once."""
    visited = set()
    for place, folders, files in os.walk(folder, followlinks=True):
        status = os.stat(place)
        if (status.st_dev, status.st_ino) in visited:
            folders.clear()
            continue
        visited.add((status.st_dev, status.st_ino))
        folders[:] = sorted(name for name in folders if not is_passed_over(name))
        yield from (Path(place, name) for name in files if not is_passed_over(name))


def is_passed_over(name: str) -> bool:
    """Whether a path is skipped because it has a hidden part or one of ``PASSED_OVER``.

    Example:
        >>> is_passed_over("3/x.png"), is_passed_over("3/._x.png"), is_passed_over("__MACOSX/3/x.png")
        (False, True, True)
    """
    return any(part.startswith(".") or part in PASSED_OVER for part in PurePosixPath(name).parts)


def labels_of(names: Sequence[str]) -> list[int]:
    """The label of each picture from its path relative to their folder, or ``UNLABELLED``.

    A bare number such as "3.png" is a label unless the pictures are counted: beside a larger number, or where other pictures
    lie in folders named by digits.

    Example:
        >>> labels_of(["3/x.png", "4_x.png"]), labels_of(["3.png", "7.png"]), labels_of(["1.png", "3_x.png", "12.png"])
        ([3, 4], [3, 7], [-1, 3, -1])
        >>> labels_of(["7/0.png", "seven/1.png"])
        [7, -1]
    """
    paths = [PurePosixPath(name) for name in names]
    counted = {path.parent for path in paths if _is_number(path.stem) and path.stem not in DIGITS}
    if any(_enclosing_digit(path) for path in paths):
        counted = {path.parent for path in paths}
    labels = []
    for name, path in zip(names, paths, strict=True):
        is_counted = path.parent in counted and path.stem in DIGITS and not _enclosing_digit(path)
        labels.append(UNLABELLED if is_counted else label_of(name))
    return labels


def label_of(name: str) -> int:
    """The label from a picture's path alone, or ``UNLABELLED``; ``labels_of`` also looks at the files beside it.

    Example:
        >>> label_of("3/x.png"), label_of("3/mine/x.png"), label_of("7.png"), label_of("12/x.png"), label_of("x.png")
        (3, 3, 7, -1, -1)
    """
    path = PurePosixPath(name)
    if digit := _enclosing_digit(path):
        return int(digit)
    beginning = LABEL.fullmatch(path.stem)
    return int(beginning[1]) if beginning else UNLABELLED


def wrong_label(name: str) -> str | None:
    """The number in the place of a label that is not a single digit; None if there is a label or no number.

    Example:
        >>> wrong_label("12/x.png"), wrong_label("12_x.png"), wrong_label("12/3_x.png"), wrong_label("x.png")
        ('12', '12', None, None)
    """
    path = PurePosixPath(name)
    if label_of(name) != UNLABELLED:
        return None
    if _is_number(path.parent.name):
        return path.parent.name
    beginning = NUMBER.fullmatch(path.stem)
    return beginning[1] if beginning else None


def _enclosing_digit(path: PurePosixPath) -> str | None:
    """The name of the nearest enclosing folder that is a single digit."""
    return next((parent.name for parent in path.parents if parent.name in DIGITS), None)


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit()


def fingerprint(folder: Path) -> str:
    """A checksum that changes when a picture at any depth is added, removed, renamed or modified; no picture is read."""
    digest = hashlib.sha256()
    for picture in labelled_pictures(folder):
        try:
            status = picture.path.stat()
        except OSError:  # just removed, or a broken link
            continue
        digest.update(f"{picture.name}\0{status.st_size}\0{status.st_mtime_ns}\n".encode(errors="surrogateescape"))
    return digest.hexdigest()
