"""Folders of pictures, with the one rule by which a picture's path gives its label.

A label is the nearest folder named by one digit, ``3/x.png`` or ``3/mine/x.png``, or else the digit that begins the file's
name, ``3_x.png``. Digits are ASCII digits: ``٣``, ``３`` and ``seven`` are no labels.
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
#: What macOS packs beside pictures.
PASSED_OVER = ("__MACOSX",)


@dataclass(frozen=True, kw_only=True)
class LabelledPicture:
    """A picture's file, its path below the folder with ``/``, and its label, 0-9 or ``UNLABELLED``."""

    path: Path
    name: str
    label: int


def labelled_pictures(folder: Path, *, suffixes: Collection[str] = FILE_SUFFIXES) -> list[LabelledPicture]:
    """The pictures of a folder and the folders in it, sorted by name; none where there is no such folder.

    Hidden files and folders are passed over (``.DS_Store``, ``._x.png``), ``__MACOSX`` too, and files of other kinds
    (``Thumbs.db``).

    Args:
        folder: where to look.
        suffixes: of pictures, in lower case.
    """
    known = (path for path in _files(folder) if path.suffix.lower() in suffixes and path.is_file())
    names = sorted(path.relative_to(folder).as_posix() for path in known)
    return [LabelledPicture(path=folder / name, name=name, label=label_of(name)) for name in names]


def read_picture(picture: LabelledPicture) -> tuple[np.ndarray, bytes]:
    """Prepare a picture as a drawing of one digit is.

    Returns:
        The image, uint8 ``(28, 28)``, white on black, and the content of the picture's file.

    Raises:
        ImageError: the picture is blank or cannot be used; the sentence begins with its name.
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
    """Every file that is not passed over. A link to a folder is followed, each folder once."""
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
    """Whether a path has a hidden part, or one that systems leave beside pictures.

    Example:
        >>> is_passed_over("3/x.png"), is_passed_over("3/._x.png"), is_passed_over("__MACOSX/3/x.png")
        (False, True, True)
    """
    return any(part.startswith(".") or part in PASSED_OVER for part in PurePosixPath(name).parts)


def label_of(name: str) -> int:
    """The digit that a picture's path below its folder gives it, or ``UNLABELLED``.

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
    """The number beyond 9 that stands in a label's place; None where there is a label, or nothing like one.

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
    """What stands before the first underscore of a file's name."""
    beginning, underscore, _ = path.name.partition("_")
    return beginning if underscore else ""


def fingerprint(folder: Path) -> str:
    """A text that changes when a picture in the folder, at any depth, is added, removed, renamed or written; it reads none."""
    digest = hashlib.sha256()
    for picture in labelled_pictures(folder):
        try:
            status = picture.path.stat()
        except OSError:  # removed a moment ago, or a link to nothing
            continue
        digest.update(f"{picture.name}\0{status.st_size}\0{status.st_mtime_ns}\n".encode(errors="surrogateescape"))
    return digest.hexdigest()
