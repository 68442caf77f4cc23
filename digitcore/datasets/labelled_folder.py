"""Folders of pictures, and the rule that derives a picture's label from its path.

The label is the name of the nearest enclosing folder that is a single digit, as in ``3/x.png`` or ``3/mine/x.png``. Without
such a folder, it is the digit before the first underscore of the file's name, as in ``3_x.png``. Only ASCII digits count:
``٣``, ``３`` and ``seven`` are not labels.
"""

import hashlib
import os
from collections.abc import Collection, Iterator
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
    return [LabelledPicture(path=folder / name, name=name, label=label_of(name)) for name in names]


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


def label_of(name: str) -> int:
    """The label from a picture's path relative to its folder, or ``UNLABELLED``.

    Example:
        >>> label_of("3/x.png"), label_of("3/mine/x.png"), label_of("seven/7_a.png"), label_of("12/x.png"), label_of("x.png")
        (3, 3, 7, -1, -1)
    """
    path = PurePosixPath(name)
    for text in (*(parent.name for parent in path.parents), _beginning(path)):
        if text in DIGITS:
            return int(text)
    return UNLABELLED


def wrong_label(name: str) -> str | None:
    """The number in the place of a label that is not a single digit; None if there is a label or no number.

    Example:
        >>> wrong_label("12/x.png"), wrong_label("12_x.png"), wrong_label("12/3_x.png"), wrong_label("x.png")
        ('12', '12', None, None)
    """
    path = PurePosixPath(name)
    if label_of(name) == UNLABELLED:
        for text in (path.parent.name, _beginning(path)):
            if text.isascii() and text.isdigit():
                return text
    return None


def _beginning(path: PurePosixPath) -> str:
    """The part of a file's name before the first underscore; empty if there is none."""
    beginning, underscore, _ = path.name.partition("_")
    return beginning if underscore else ""


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
