"""Named sets of labelled pictures that visitors bring: ``data/<name>/<digit>/*.png``, labelled folders like any other."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from digitcore import files, paths
from digitcore.datasets import training_data
from digitcore.errors import ConfigError, ImageError
from digitcore.paths import check_name
from digitcore.preprocessing.ink import find_ink
from digitcore.preprocessing.pictures import load_picture

MAX_SETS = 50
MAX_PICTURES = 1000
#: Longest side that is kept, pixels; a digit needs no more, and a thousand of them stay below 100 MB.
KEPT_SIDE = 320


@dataclass(frozen=True, kw_only=True)
class Kept:
    """What became of some pictures: how many were kept, how many were there already, and a sentence for each refused one."""

    folder: Path
    added: int
    repeated: int
    refused: tuple[str, ...]


def keep(name: str, pictures: Iterable[tuple[str, bytes, int]]) -> Kept:
    """Add pictures to the set of that name, which begins to exist with its first one.

    They are kept as grayscale PNG without the file's own name and camera data; the same picture is kept once.

    Args:
        name: of the set: letters, digits, ``_`` and ``-``.
        pictures: (file name, content of a PNG, JPEG or WebP file, label 0-9) of each.

    Raises:
        ConfigError: the name cannot be used, a label is no digit, or there is no room for so many.
    """
    folder, pictures = _folder(name), list(pictures)
    for file_name, _, label in pictures:
        if label not in range(10):
            raise ConfigError(f"{file_name} is labelled {label!r}: give a digit from 0 to 9.")
    held = count(name)
    if held + len(pictures) > MAX_PICTURES:
        raise ConfigError(f"{name} holds {held} pictures and takes {MAX_PICTURES} at most. Choose another name.")
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
        with files.replacing(path) as temporary:
            image.save(temporary, "PNG")
        added += 1
    return Kept(folder=folder, added=added, repeated=repeated, refused=tuple(refused))


def count(name: str) -> int:
    """How many pictures the set holds; 0 where there is none of that name."""
    return sum(1 for digit in training_data.DIGITS for _ in (paths.data_dir() / name / digit).glob("[!.]*.png"))


def _folder(name: str) -> Path:
    folder = paths.data_dir() / check_name(name)
    known = training_data.labelled_folders()
    if folder not in known:
        if folder.exists():
            raise ConfigError(f"The name {name!r} is taken by other data. Choose another name.")
        if len(known) >= MAX_SETS:
            raise ConfigError(f"There are {len(known)} labelled folders already. Add to one of them.")
    return folder


def _to_keep(content: bytes) -> Image.Image:
    pixels = load_picture(content).pixels
    if reason := find_ink(pixels).blank_reason:
        raise ImageError(reason)
    image = Image.fromarray(np.round(pixels * 255).astype(np.uint8))
    image.thumbnail((KEPT_SIDE, KEPT_SIDE), Image.Resampling.BOX)
    return image
