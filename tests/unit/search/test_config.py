"""The settings of a study."""

import json
from dataclasses import replace

import pytest

from digitcore.errors import ConfigError, SettingError
from digitcore.search.config import SearchConfig, default_search
from digitcore.search.space import searchable
from tests.unit.search.studies import CONFIG


@pytest.mark.parametrize("architecture", ["lenet", "cnn_v1", "cnn_v2", "sprint"])
def test_round_trip(architecture):
    """A config is equal after a round trip through JSON, with every kind of range."""
    config = replace(default_search(architecture), space=searchable(architecture))
    assert SearchConfig.from_json(json.loads(json.dumps(config.to_json()))) == config


@pytest.mark.parametrize(
    ("change", "setting"),
    [
        ({"trials": 0}, "trials"),
        ({"trials": 10_001}, "trials"),
        ({"minutes": 0}, "minutes"),
        ({"workers": 0}, "workers"),
        ({"sampler": "magic"}, "sampler"),
        ({"objective": "beauty"}, "objective"),
        ({"objective": "accuracy_and_parameters", "pruner": "median"}, "pruner"),
        ({"objective": "accuracy_and_parameters", "sampler": "cma_es"}, "sampler"),
        ({"space": {}}, "space"),
        ({"sampler": "grid", "space": searchable("lenet")}, "sampler"),
    ],
)
def test_bad_settings(change, setting):
    """A setting that is of no use is refused by its name."""
    with pytest.raises(SettingError) as error:
        replace(CONFIG, **change)
    assert error.value.setting == setting


def test_bad_name():
    """A name is a folder's too."""
    with pytest.raises(ConfigError, match="cannot be used"):
        replace(CONFIG, name="../a")


def test_damaged_json():
    """Damaged settings are an error in words."""
    with pytest.raises(ConfigError, match="cannot be read"):
        SearchConfig.from_json({"name": "a"})


def test_same_search():
    """A larger budget is the same search; another range is not."""
    assert CONFIG.same_search(replace(CONFIG, trials=50, minutes=3, workers=2))
    assert not CONFIG.same_search(replace(CONFIG, sampler="random"))
