"""Words and pictures of the Train page."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from digitcore.networks.cost import network_cost
from digitcore.runs.config import LIMITS
from digitcore.runs.run import Run
from digitcore.training.recipes import PRESETS
from ui.shared.glossary import TERMS
from ui.shared.settings import SETTINGS
from ui.train.network_picture import network_picture
from ui.train.preset_cards import CARDS
from ui.train.run_names import names_of, run_name


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        ((2026, 11, 25, 23, 59), "CNN v2, today 14:27"),
        ((2026, 11, 26, 0, 1), "CNN v2, yesterday 14:27"),
        ((2026, 12, 24, 8, 0), "CNN v2, 25 November 14:27"),
        ((2027, 1, 1, 8, 0), "CNN v2, 25 November 2026 14:27"),
    ],
)
def test_run_names(now, expected):
    """A run is called by its model and the time at which it was queued."""
    assert run_name("20261125-142700-cnn_v2", datetime(*now).astimezone()) == expected


def test_the_visitors_time():
    """The time is that of the visitor's zone, whatever the server's is."""
    queued = datetime(2026, 11, 25, 14, 27).astimezone()
    visitor = queued.astimezone(ZoneInfo("Asia/Kathmandu"))
    assert run_name("20261125-142700-sprint", visitor) == f"Sprint, today {visitor:%H:%M}"


@pytest.mark.parametrize("run_id", ["run", "", "99999999-999999-x", "20261125-142700-"])
def test_other_folders(run_id):
    """A folder of another form is called by its name."""
    assert run_name(run_id, datetime.now().astimezone()) == run_id


def test_no_two_names_are_equal(tmp_path):
    """Two runs of the same minute have different names."""
    runs = [Run(tmp_path / f"20200101-14270{second}-x") for second in range(3)]
    assert len(set(names_of(runs).values())) == 3


def test_every_setting_has_its_words():
    """Each distortion and each argument of an architecture has a label, and each term is in the glossary."""
    assert set(LIMITS) | {"filters", "kernel_size", "dense_units", "dropout"} <= set(SETTINGS)
    assert {term for setting in SETTINGS.values() for term in setting.terms} <= set(TERMS)
    assert set(CARDS) == set(PRESETS)


def test_the_picture_of_a_network():
    """Each layer stands there with its shape and its parameters, between the image and the output."""
    picture = network_picture(network_cost("cnn_v1", {"filters": [4, 8], "dense_units": 16}).layers)
    parts = ("Image", "28×28", "4 × 28×28", "40 parameters", "4 × 14×14", "8 × 14×14", "296 parameters", "8 × 7×7")
    parts += ("16 numbers", "6,288 parameters", "Output", "10 numbers", "170 parameters")
    places = [picture.index(f">{part}<") for part in parts]
    assert places == sorted(places)
    assert picture.count("<li>") == 7
