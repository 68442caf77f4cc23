"""Words about settings and durations, which several pages use."""

import pytest

from digitcore.errors import ConfigError, SettingError
from ui.shared.durations import in_words, roughly
from ui.shared.settings import in_page_words


@pytest.mark.parametrize(
    ("seconds", "exact", "rough"),
    [
        (0, "0 s", "less than 5 s"),
        (43, "43 s", "about 45 s"),
        (58, "58 s", "about 1 min"),
        (90, "1 min 30 s", "about 2 min"),
        (3590, "59 min 50 s", "about 1 h"),
        (5000, "1 h 23 min", "about 1 h 20 min"),
    ],
)
def test_durations(seconds, exact, rough):
    """A duration is given exactly, an estimate no more exactly than it can be."""
    assert (in_words(seconds), roughly(seconds)) == (exact, rough)


def test_refusals():
    """A setting is called by its label, what was given is shown as in its field, and any other error stays as it is."""
    assert in_page_words(SettingError("batch_size", 0, "give more")) == "Batch size is 0: give more."
    assert in_page_words(SettingError("filters", [8, 16], "give more")) == "Filters of the convolutions is 8, 16: give more."
    assert in_page_words(SettingError("epochs", None, "give more")) == "Maximum number of epochs is empty: give more."
    assert in_page_words(SettingError("Augmentation shift", 99.0, "give less")) == "Shift is 99: give less."
    assert in_page_words(SettingError("name", "x" * 100, "less")) == f"Name of the new model is {'x' * 60}…: less."
    assert in_page_words(ConfigError("Something else.")) == "Something else."
