"""The curves of a run: CSV files of numbers, with one row per epoch or several within each."""

import contextlib
import csv
import io
import math
from pathlib import Path

from digitcore import files

HISTORY_COLUMNS = ("epoch", "loss", "accuracy", "val_loss", "val_accuracy", "learning_rate")
UNTRAINED_COLUMNS = ("epoch", "loss", "accuracy", "val_loss", "val_accuracy")
PROGRESS_COLUMNS = ("epoch", "loss", "accuracy", "learning_rate")


def write_rows(path: Path, columns: list[str], rows: list[dict[str, float]]) -> None:
    """Replace the content of a CSV file with these rows; without columns, the file is empty."""
    text = io.StringIO()
    if columns:
        writer = csv.DictWriter(text, columns)
        writer.writeheader()
        writer.writerows(rows)
    files.write_bytes(path, text.getvalue().encode())


def read_rows(path: Path, required: tuple[str, ...]) -> list[dict[str, float]]:
    """The complete rows of a CSV file that another process may be writing to.

    Args:
        path: the file; a missing one has no rows.
        required: rows without one of these columns are left out, as are rows that contain anything but numbers.
    """
    try:
        text = path.read_text(errors="replace")
    except OSError:
        return []
    complete_lines = text[: text.rfind("\n") + 1].splitlines()
    rows = []
    for row in csv.DictReader(complete_lines):
        with contextlib.suppress(ValueError, TypeError):
            rows.append({name: float(value) for name, value in row.items()})
    return [row for row in rows if set(required) <= set(row) and math.isfinite(row["epoch"])]
