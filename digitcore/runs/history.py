"""The curves of a training: CSV files of numbers, a row for each epoch or several within each."""

import contextlib
import csv
import io
import math
from pathlib import Path

from digitcore import files

PROGRESS_COLUMNS = ("epoch", "loss", "accuracy", "learning_rate")


HISTORY_COLUMNS = ("epoch", "loss", "accuracy", "val_loss", "val_accuracy", "learning_rate")


def write_rows(path: Path, names: list[str], rows: list[dict[str, float]]) -> None:
    text = io.StringIO()
    if names:
        writer = csv.DictWriter(text, names)
        writer.writeheader()
        writer.writerows(rows)
    files.write_bytes(path, text.getvalue().encode())


def read_rows(path: Path, columns: tuple[str, ...]) -> list[dict[str, float]]:
    """The numbers in a CSV file that another process may be writing to: a row that is not whole is left out."""
    try:
        text = path.read_text(errors="replace")
    except OSError:
        return []
    whole = text[: text.rfind("\n") + 1]
    rows = []
    for row in csv.DictReader(whole.splitlines()):
        with contextlib.suppress(ValueError, TypeError):
            rows.append({name: float(value) for name, value in row.items()})
    return [row for row in rows if set(columns) <= set(row) and math.isfinite(row["epoch"])]
