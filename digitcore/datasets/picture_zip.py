"""The pictures in an uploaded zip. Nothing of it is written to disk, and its size is checked before it is unpacked."""

import io
import lzma
import stat
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import PurePosixPath

from digitcore.datasets.labelled_folder import is_passed_over
from digitcore.errors import DataError
from digitcore.preprocessing.pictures import FILE_SUFFIXES, MAX_BYTES

#: Files of any kind in a zip, and pictures that are read from it.
MAX_ENTRIES, MAX_PICTURES = 5000, 200
#: Bytes of all pictures together, unpacked.
MAX_TOTAL_BYTES = 100 * 2**20
#: A picture in a zip is compressed already. More than this is a zip that is made to fill the memory.
MAX_RATIO = 100
#: The largest uploaded zip, in megabytes.
MAX_UPLOAD_MB = 50
DAMAGED = (zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, OSError, ValueError, NotImplementedError, RuntimeError)


@dataclass(frozen=True, kw_only=True, eq=False)
class ZippedPictures:
    """The pictures in a zip: (path inside the zip, content), sorted by path; and a sentence for each refused file."""

    pictures: tuple[tuple[str, bytes], ...]
    refused: tuple[str, ...]


def read_zip(content: bytes) -> ZippedPictures:
    """Read the PNG, JPEG and WebP files in a zip.

    Files of other kinds, hidden files and ``__MACOSX`` are skipped. Links, encrypted files and paths that lead out of the zip
    are refused.

    Args:
        content: the zip file.

    Raises:
        DataError: it is not a zip, is damaged, or holds too many files, too much, or no picture.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return _read(archive)
    except DAMAGED as error:
        raise DataError(
            "The file is not a zip, or it is damaged. Make a new zip, or choose the pictures themselves."
        ) from error


def _read(archive: zipfile.ZipFile) -> ZippedPictures:
    entries = archive.infolist()
    if len(entries) > MAX_ENTRIES:
        raise DataError(f"The zip holds {len(entries):,} files; the limit is {MAX_ENTRIES:,}.")
    chosen = sorted((entry for entry in entries if _is_picture(entry)), key=lambda entry: entry.filename)
    if not chosen:
        raise DataError("The zip holds no PNG, JPEG or WebP pictures.")
    if len(chosen) > MAX_PICTURES:
        raise DataError(f"The zip holds {len(chosen):,} pictures; the limit is {MAX_PICTURES}. Make several zips.")
    if (total := sum(entry.file_size for entry in chosen)) > MAX_TOTAL_BYTES:
        raise DataError(f"The pictures in the zip take {total / 2**20:,.0f} MB; the limit is {MAX_TOTAL_BYTES // 2**20} MB.")
    pictures, refused = {}, []
    for entry in chosen:
        reason = _refusal(entry) or ("there are two files of this name" if entry.filename in pictures else None)
        if reason:
            refused.append(f"{entry.filename}: {reason}.")
        else:
            with archive.open(entry) as file:
                pictures[entry.filename] = file.read(MAX_BYTES + 1)  # no more, whatever size the zip claims
    return ZippedPictures(pictures=tuple(pictures.items()), refused=tuple(refused))


def _is_picture(entry: zipfile.ZipInfo) -> bool:
    path = PurePosixPath(entry.filename)
    steps = [part for part in path.parts if part != ".."]  # ".." is refused in words, not skipped as hidden
    return not entry.is_dir() and path.suffix.lower() in FILE_SUFFIXES and not is_passed_over("/".join(steps))


def _refusal(entry: zipfile.ZipInfo) -> str | None:
    """Why a file is not read."""
    path = PurePosixPath(entry.filename)
    if path.is_absolute() or ".." in path.parts:
        return "the path leads out of the zip"
    if stat.S_ISLNK(entry.external_attr >> 16):
        return "this is a link, not a picture"
    if entry.flag_bits & 0x1:
        return "the file is encrypted"
    if entry.file_size > MAX_BYTES:
        return f"the file is {entry.file_size / 2**20:.1f} MB; the limit is {MAX_BYTES // 2**20} MB"
    if entry.file_size > MAX_RATIO * max(entry.compress_size, 1):
        return f"the file is compressed more than {MAX_RATIO} times, as no picture is"
    return None
