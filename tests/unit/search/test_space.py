"""Search spaces: their ranges, their limits, and the settings of a trial."""

import pytest
from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution

from digitcore.errors import ConfigError, SettingError
from digitcore.networks.cost import COUNTERS
from digitcore.runs.config import TrainConfig
from digitcore.search.space import (
    check_space,
    choices,
    combinations,
    default_space,
    grid,
    number_range,
    searchable,
    trial_config,
)

LENET = TrainConfig(name="a", architecture="lenet")


def test_default_of_lenet():
    """The default is the search of the original project: both filters, the learning rate and the batch size."""
    space = default_space("lenet")
    assert list(space) == ["filters_1", "filters_2", "learning_rate", "batch_size"]
    assert space["learning_rate"].log


@pytest.mark.parametrize("architecture", COUNTERS)
def test_every_default_range_is_allowed(architecture):
    """Both ends of each range that a study can vary are settings that can be trained."""
    check_space(searchable(architecture), TrainConfig(name="a", architecture=architecture))


def test_trial_config():
    """A trial's values reach the list of arguments, the plain arguments, the settings and the augmentation."""
    config = trial_config(LENET, {"filters_2": 8, "kernel_size": 3, "batch_size": 64, "rotation": 5.0})
    assert config.arguments == {"filters": [32, 8], "kernel_size": 3}
    assert (config.batch_size, config.augmentation.rotation, config.learning_rate) == (64, 5.0, LENET.learning_rate)


def test_trial_config_keeps_fixed_arguments():
    """What the study fixes stays, beside what it varies."""
    base = TrainConfig(name="a", architecture="lenet", arguments={"filters": [4, 5], "kernel_size": 3})
    assert trial_config(base, {"filters_1": 6}).arguments == {"filters": [6, 5], "kernel_size": 3}


def test_low_rate_under_the_plateau_floor():
    """A trial may have a rate below the floor of the plateau schedule, which then falls too."""
    base = TrainConfig(name="a", architecture="lenet", plateau_min_rate=1e-4)
    assert trial_config(base, {"learning_rate": 1e-5}).plateau_min_rate == 1e-5


@pytest.mark.parametrize(
    ("arguments", "what"),
    [
        (("filters_1", 8, 4), "reversed"),
        (("learning_rate", 0.0, 0.1, True), "above 0"),
        (("batch_size", 1.5, 4), "whole"),
        (("learning_rate", float("nan"), 0.1), "a number"),
    ],
)
def test_bad_ranges(arguments, what):
    """A range that is of no use is refused with the name of the setting."""
    name, low, high, *log = arguments
    with pytest.raises(SettingError, match=what) as error:
        number_range(name, low, high, log=bool(log))
    assert error.value.setting == name


def test_no_step():
    """A step of 0 would never reach the other end."""
    with pytest.raises(SettingError, match="step"):
        number_range("rotation", 0, 10, step=0)


@pytest.mark.parametrize("values", [[], [32, 32]])
def test_bad_choices(values):
    """No values, or one twice, are no choice."""
    with pytest.raises(SettingError):
        choices("batch_size", values)


@pytest.mark.parametrize(
    ("space", "setting"),
    [
        ({}, "space"),
        ({"filters_1": IntDistribution(0, 8)}, "filters_1"),
        ({"learning_rate": FloatDistribution(0.1, 20)}, "learning_rate"),
        ({"optimizer": CategoricalDistribution(("adam", "magic"))}, "optimizer"),
        ({"rotation": FloatDistribution(0, 90)}, "rotation"),
    ],
)
def test_space_outside_the_limits(space, setting):
    """A range whose end is not allowed is refused before the study begins, by the parameter's name."""
    with pytest.raises(SettingError) as error:
        check_space(space, LENET)
    assert error.value.setting == setting


def test_unknown_parameter():
    """The message lists what can be varied."""
    with pytest.raises(ConfigError, match="filters_1, filters_2, kernel_size"):
        check_space({"filters_3": IntDistribution(1, 8)}, LENET)


def test_kernel_that_fits_no_map_is_left_to_its_trial():
    """A combination that cannot be built is found when its trial comes, because others of the range can be."""
    check_space({"kernel_size": IntDistribution(3, 27, step=2)}, LENET)


@pytest.mark.parametrize(
    ("space", "expected"),
    [
        ({"filters_1": IntDistribution(8, 64, step=8), "batch_size": CategoricalDistribution((32, 64))}, 16),
        ({"filters_1": IntDistribution(8, 8)}, 1),
        ({"dropout": FloatDistribution(0, 0.5, step=0.1)}, 6),
        ({"learning_rate": FloatDistribution(1e-4, 1e-2, log=True)}, None),
    ],
)
def test_combinations(space, expected):
    """The product of the numbers of values; none for a continuous range."""
    assert combinations(space) == expected


def test_grid():
    """All whole numbers of a range, and five evenly spaced values of a continuous one."""
    levels = grid({"filters_1": IntDistribution(2, 8, step=3), "learning_rate": FloatDistribution(1e-4, 1.0, log=True)})
    assert levels["filters_1"] == [2, 5, 8]
    assert levels["learning_rate"] == pytest.approx([1e-4, 1e-3, 1e-2, 1e-1, 1.0])
