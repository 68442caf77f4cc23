"""Named sets of labelled pictures that visitors bring, saved as labelled folders: ``data/<name>/<digit>/*.png``."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from digitcore import files, paths
from digitcore.datasets import training_data
from digitcore.datasets.labelled_folder import labelled_pictures
from digitcore.errors import ConfigError, ImageError
from digitcore.paths import check_name
from digitcore.preprocessing.ink import find_ink
from digitcore.preprocessing.pictures import load_picture

MAX_SETS = 50
MAX_PICTURES = 1000
#: Longest side of a saved picture, in pixels: enough for a digit, and a thousand pictures take less than 100 MB.
KEPT_SIDE = 320


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
    """
    folder, pictures = _folder(name), list(pictures)
    for file_name, _, label in pictures:
        if label not in range(10):
            raise ConfigError(f"{file_name} is labelled {label!r}: give a digit from 0 to 9.")
    existing = count(name)
    if existing + len(pictures) > MAX_PICTURES:
        raise ConfigError(f"{name} holds {existing} pictures; the limit is {MAX_PICTURES}. Choose another name.")
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
    """The number of pictures in the set; 0 if there is no set of that name."""
    return len(labelled_pictures(paths.data_dir() / name))


def _folder(name: str) -> Path:
    folder = paths.data_dir() / check_name(name)
    known = training_data.labelled_folders()
    if folder not in known:
        if folder.exists():
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
