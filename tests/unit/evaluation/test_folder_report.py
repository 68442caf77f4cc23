"""The report of a folder as CSV."""

import csv
import io

from scipy import stats

from digitcore.evaluation.folder_report import Prediction, Total, is_right, relabelled, to_csv, total_of
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


SEVERAL = Prediction(digit=None, confidence=0.8, reason="Reads 701, which is 3 digits.", several="701")


def test_several_digits_are_right_for_no_label():
    """A picture that is read as 701 is shown as 701; it is wrong for 0 and for 7, and is not an abstention."""
    result = made([0, 7, None, 1], {"a": [(0, 0.9)] * 4})
    assert SEVERAL.text == "701"
    assert [is_right(picture, SEVERAL) for picture in result.pictures] == [False, False, None, False]
    assert total_of(result.pictures, [SEVERAL] * 4) == Total(right=0, labelled=3, abstained=0, several=4)


def test_what_is_shown():
    """A digit is shown as itself, an abstention as a question mark."""
    assert [Prediction(digit=digit, confidence=0.5).text for digit in (0, 7, None)] == ["0", "7", "?"]


def test_several_digits_in_a_csv():
    """The column of the digit has them all, and the reason says why the picture is wrong."""
    result = made([0], {"a": [(0, 0.9)]})
    result.predictions["a"] = (SEVERAL,)
    (row,) = csv.DictReader(io.StringIO(to_csv(result)))
    assert (row["digit"], row["right"], row["reason"]) == ("701", "no", "Reads 701, which is 3 digits.")


def test_other_labels():
    """With other labels the same predictions are counted anew."""
    result = relabelled(made([3, 4], {"a": [(3, 0.9), (5, 0.9)]}), [None, 5])
    assert [picture.label for picture in result.pictures] == [None, 5]
    assert result.totals == {"a": Total(right=1, labelled=1, abstained=0)}


def test_the_interval_of_a_total():
    """It is Wilson's, from SciPy; without labels there is none."""
    expected = stats.binomtest(4, 4).proportion_ci(method="wilson")
    interval = Total(right=4, labelled=4, abstained=0).interval
    assert (interval.value, interval.low, interval.high) == (1, expected.low, expected.high)
    assert Total(right=0, labelled=0, abstained=2).interval is None
