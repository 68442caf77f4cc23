"""The curves of a run, as they are read from files that may be incomplete or damaged."""

import pytest

from digitcore.runs.run import HISTORY_FILE, PROGRESS_FILE

WHOLE = "epoch,accuracy,learning_rate,loss,val_accuracy,val_loss\r\n0,0.1,0.01,2.5,0.2,2.4\r\n1,0.3,0.01,2.0,0.4,1.9\r\n"


def test_history(run):
    """The history has a row for each epoch, from 1, as numbers."""
    (run.folder / HISTORY_FILE).write_text(WHOLE)
    assert [row["epoch"] for row in run.history()] == [1, 2]
    assert run.history()[1] == {
        **{"epoch": 2, "accuracy": 0.3, "learning_rate": 0.01, "loss": 2.0},
        **{"val_accuracy": 0.4, "val_loss": 1.9},
    }


@pytest.mark.parametrize(
    "content",
    [
        WHOLE + "2,0.5,0.01,1.",
        WHOLE + "2,0.5",
        WHOLE + "2,0.5\r\n",
        WHOLE + "2,0.5,0.01,,,\r\n",
        WHOLE + "2,NA,NA,x,y,z\r\n",
        WHOLE + "2,1,1,1,1,1,1\r\n",
        WHOLE + "\0\0\0\0",
    ],
)
def test_half_a_row(run, content):
    """A row that is being written, or was cut by a crash, is left out."""
    (run.folder / HISTORY_FILE).write_text(content)
    assert [row["epoch"] for row in run.history()] == [1, 2]


@pytest.mark.parametrize(
    "content", [b"", b"epoch,loss", b"\r\n", b"\xff\xfe\xfa\r\n1,2\r\n", b"loss\r\n1\r\n", b"\0\0\r\n\0\r\n"]
)
def test_damaged_curves(run, content):
    """Curves that cannot be read are empty."""
    for name in (HISTORY_FILE, PROGRESS_FILE):
        (run.folder / name).write_bytes(content)
    assert run.history() == []
    run.truncate_to([])
    assert run.progress() == []
