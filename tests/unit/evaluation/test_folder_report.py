"""The report of a folder as CSV."""

import csv
import io

from digitcore.evaluation.folder_report import to_csv
from tests.folder_reports import made


def test_csv():
    """One line for each picture and model, in words that a spreadsheet reads back; names with commas and quotes survive."""
    result = made([3, None], {'odd, "name"': [(3, 0.9), (None, 0.25)], "b": [(4, 1.0), (5, 0.5)]})
    rows = list(csv.DictReader(io.StringIO(to_csv(result))))
    assert [row["model"] for row in rows] == ['odd, "name"', "b"] * 2
    assert [row["right"] for row in rows] == ["yes", "no", "", ""]
    assert [row["digit"] for row in rows] == ["3", "4", "", "5"]
    assert [row["label"] for row in rows] == ["3", "3", "", ""]
    assert rows[0]["confidence"] == "0.900000"
