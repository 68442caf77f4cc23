"""Settings of a training run: checked when made, the same after a round trip."""

import json
from dataclasses import FrozenInstanceError

import pytest

from digitcore.errors import ConfigError, SettingError
from digitcore.paths import check_name
from digitcore.runs.config import Augmentation, TrainConfig
from digitcore.training.recipes import RECIPES

PLAIN = TrainConfig(name="plain", architecture="cnn_v2")
FULL = TrainConfig(
    name="full-1_A",
    architecture="lenet",
    arguments={"filters": [8, 16], "kernel_size": 3},
    data="sample",
    limit=640,
    batch_size=32,
    epochs=3,
    learning_rate=0.01,
    schedule="one_cycle",
    early_stopping_patience=4,
    plateau_patience=1,
    plateau_factor=0.1,
    plateau_min_rate=0.0001,
    early_stopping_min_delta=0.001,
    optimizer="sgd",
    monitor="val_accuracy",
    tensorboard=True,
    augmentation=Augmentation(shift=1, rotation=10.5, noise=0.1),
    seed=4294967295,
)


@pytest.mark.parametrize("config", [PLAIN, FULL, *RECIPES.values()], ids=lambda config: config.name)
def test_round_trip(config):
    """A config that went through JSON is equal to the one that was sent."""
    assert TrainConfig.from_json(json.loads(json.dumps(config.to_json()))) == config


def test_round_trip_of_tuples():
    """A config whose arguments hold a tuple, as the architectures' own defaults do, is equal after its round trip."""
    config = TrainConfig(name="tuple", architecture="lenet", arguments={"filters": (8, 16)})
    assert TrainConfig.from_json(json.loads(json.dumps(config.to_json()))) == config


def test_settings_left_out():
    """JSON that leaves settings out takes their defaults."""
    assert TrainConfig.from_json({"name": "plain", "architecture": "cnn_v2"}) == PLAIN


def test_unchangeable():
    """A config cannot be changed after it was checked."""
    with pytest.raises(FrozenInstanceError):
        PLAIN.epochs = 0


NOT_WHOLE = [0, -1, 1.0, 2.5, "3", None, True, [1]]
NO_NUMBER = [0, -0.1, "0.1", None, True, float("nan"), float("inf")]


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        *((setting, value) for setting in ("batch_size", "epochs") for value in NOT_WHOLE),
        *(("plateau_patience", value) for value in NOT_WHOLE),
        *((setting, value) for setting in ("limit", "early_stopping_patience") for value in NOT_WHOLE if value is not None),
        ("epochs", 1001),
        *(("learning_rate", value) for value in [*NO_NUMBER, 10.1]),
        *(("plateau_factor", value) for value in [*NO_NUMBER, 1, 1.5]),
        *(("seed", value) for value in (-1, 2**32, 0.5, "0", None, True)),
        *(("plateau_min_rate", value) for value in [*NO_NUMBER[1:], 0.002]),
        *(("early_stopping_min_delta", value) for value in [*NO_NUMBER[1:], 1.1]),
        *(("schedule", value) for value in ("", "Cosine", None, 1, [])),
        *(("data", value) for value in ("", "MNIST", "emnist", None)),
        *(("optimizer", value) for value in ("", "Adam", "lion", None)),
        *(("monitor", value) for value in ("", "loss", "accuracy", None)),
        *(("tensorboard", value) for value in (None, 0, 1, "yes")),
        *(("folder", value) for value in ("", "here")),
    ],
)
def test_refused_values(setting, value):
    """A bad value is refused with its name, the value itself and what would do."""
    with pytest.raises(ConfigError, match=r"(give|choose) ") as caught:
        TrainConfig(**{"name": "x", "architecture": "cnn_v1", setting: value})
    assert str(caught.value).startswith(f"{setting} is {value!r}: ")


@pytest.mark.parametrize("value", [None, "", 3, 0, True, ["x"], {"a": 1}])
def test_folder_that_is_no_path(value):
    """With data "folder" a folder has to be given, as text."""
    with pytest.raises(ConfigError, match="folder is "):
        TrainConfig(name="x", architecture="cnn_v1", data="folder", folder=value)


def test_folder_round_trip():
    """A labelled folder is the same after a round trip."""
    config = TrainConfig(name="x", architecture="cnn_v1", data="folder", folder="/some/where")
    assert TrainConfig.from_json(json.loads(json.dumps(config.to_json()))) == config


@pytest.mark.parametrize("setting", ["learning_rate", "plateau_factor", "plateau_min_rate", "early_stopping_min_delta"])
@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999", "true", "null", '"0.1"', "[0.1]"])
def test_numbers_that_json_lets_through(setting, number):
    """What JSON allows in place of a number is refused with its name."""
    value = json.loads(f'{{"name": "x", "architecture": "cnn_v1", "{setting}": {number}}}')
    with pytest.raises(ConfigError, match=setting):
        TrainConfig.from_json(value)


@pytest.mark.parametrize("number", ["NaN", "Infinity", "true", '"1"', "null"])
def test_distortions_that_json_lets_through(number):
    """What JSON allows in place of an amount is refused with its name."""
    value = json.loads(f'{{"name": "x", "architecture": "cnn_v1", "augmentation": {{"shift": {number}}}}}')
    with pytest.raises(ConfigError, match="shift"):
        TrainConfig.from_json(value)


@pytest.mark.parametrize("value", [None, [], 3, {}, "", ["cnn_v1"]])
def test_architecture_that_is_no_name(value):
    """An architecture that is no text is refused, not looked up."""
    with pytest.raises(ConfigError, match="architecture"):
        TrainConfig(name="x", architecture=value)


@pytest.mark.parametrize("value", [{"filters": {1, 2}}, {"filters": b"x"}, {"dropout": float("nan")}, {1: object()}])
def test_arguments_that_are_not_json(value):
    """Arguments that do not survive a round trip are refused with their name."""
    with pytest.raises(ConfigError, match="arguments"):
        TrainConfig(name="x", architecture="cnn_v1", arguments=value)


@pytest.mark.parametrize("name", ["a", "7", "cnn_v2", "my-model_3", "A" * 64])
def test_safe_names(name):
    """Letters, digits, '_' and '-' make a name, up to 64."""
    assert check_name(name) == name
    assert TrainConfig(name=name, architecture="cnn_v1").name == name


@pytest.mark.parametrize(
    "name",
    [
        "",
        " ",
        "../x",
        "a/b",
        "a\\b",
        ".",
        "..",
        ".hidden",
        "-x",
        "_x",
        "a b",
        "a.b",
        "ä",
        "٣",
        "a\n",
        "a\0",
        "~",
        "%2e",
        3,
        None,
        b"a",
    ],
)
def test_unsafe_names(name):
    """A name that could leave the folder, or would be awkward in it, is refused and shown."""
    with pytest.raises(ConfigError, match=r"cannot be used: choose 1 to 64 letters") as caught:
        TrainConfig(name=name, architecture="cnn_v1")
    assert repr(name) in str(caught.value)


@pytest.mark.parametrize("length", [65, 300, 100_000])
def test_long_names(length):
    """A name that is too long is refused, and shown only in part."""
    with pytest.raises(ConfigError, match="1 to 64 letters") as caught:
        check_name("x" * length)
    assert "xxx…" in str(caught.value)
    assert len(str(caught.value)) < 200


def test_unknown_setting():
    """JSON with a setting that does not exist is refused; the message names it and the known ones."""
    with pytest.raises(ConfigError, match=r"There is no training setting 'epoch'\. .*are: .*epochs"):
        TrainConfig.from_json({"name": "x", "architecture": "cnn_v1", "epoch": 3})


def test_unknown_distortion():
    """JSON with a distortion that does not exist is refused with a sentence that names it."""
    with pytest.raises(ConfigError, match="blur"):
        TrainConfig.from_json({"name": "x", "architecture": "cnn_v1", "augmentation": {"blur": 1}})


@pytest.mark.parametrize("missing", ["name", "architecture"])
def test_missing_setting(missing):
    """JSON without a name or an architecture is refused with a sentence that names what is missing."""
    value = {"name": "x", "architecture": "cnn_v1"}
    del value[missing]
    with pytest.raises(ConfigError, match=missing):
        TrainConfig.from_json(value)


@pytest.mark.parametrize("value", [None, [], "shift", {"shift": -1}])
def test_bad_distortions(value):
    """JSON whose distortions are of another type or out of range is refused with a sentence."""
    with pytest.raises(ConfigError, match=r"(?i)augmentation"):
        TrainConfig.from_json({"name": "x", "architecture": "cnn_v1", "augmentation": value})


@pytest.mark.parametrize("value", [None, 3, "filters", [1]])
def test_bad_arguments(value):
    """Arguments that are not a dict are refused with their value."""
    with pytest.raises(ConfigError, match="arguments"):
        TrainConfig(name="x", architecture="cnn_v1", arguments=value)


def test_recipes_cover_the_architectures():
    """There is one recipe for each architecture, under its name."""
    from digitcore.networks.architectures import ARCHITECTURES

    assert list(RECIPES) == list(ARCHITECTURES)
    assert all(recipe.name == recipe.architecture == name for name, recipe in RECIPES.items())


def test_a_bad_setting_says_which():
    """An error about one setting holds its name, its value and the advice, for a page that has other words."""
    with pytest.raises(SettingError) as caught:
        TrainConfig(name="x", architecture="cnn_v1", batch_size=0)
    error = caught.value
    assert (error.setting, error.value, error.advice) == ("batch_size", 0, "give a whole number of at least 1")
    assert str(error) == "batch_size is 0: give a whole number of at least 1."


@pytest.mark.parametrize("value", ["", 3, ["x"], True])
def test_continued_from(value):
    """A run that is continued is named by its id."""
    assert TrainConfig(name="x", architecture="cnn_v1", continued_from="20260101-000000-x").continued_from
    with pytest.raises(ConfigError, match=r"continued_from is .*: give the id of a run"):
        TrainConfig(name="x", architecture="cnn_v1", continued_from=value)
