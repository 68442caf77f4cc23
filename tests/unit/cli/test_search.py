"""The commands ``search`` and ``search-worker``."""

import json

import pytest
from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution

from digitcore.cli.main import main
from digitcore.cli.ranges import parse_range
from digitcore.errors import SettingError
from digitcore.networks import registry
from digitcore.search.study import StudyStatus, find_study

FAST = [
    "--data",
    "sample",
    "--limit",
    "48",
    "--epochs",
    "1",
    "--range",
    "filters_1=2",
    "--range",
    "learning_rate=1e-3:1e-2:log",
]


def test_search_go_on_and_train(models_dir, capsys, monkeypatch):
    """A study is made and worked on, goes on with a larger budget, and its best settings become a model."""
    assert main(["search", "--study", "a", *FAST, "--trials", "2"]) == 0
    printed = capsys.readouterr().out
    assert "The study a begins with 2 trials." in printed
    assert "2 of 2 done" in printed
    assert "The best trial is" in printed
    assert find_study("a").status == StudyStatus.FINISHED

    from digitcore.search import promote

    monkeypatch.setattr(promote, "full_config", short(promote.full_config))
    assert main(["search", "--study", "a", "--trials", "3", "--train", "best"]) == 0
    assert "goes on" in capsys.readouterr().out
    assert len(find_study("a").records()) == 3
    params = json.loads((models_dir / "best" / "best_params.json").read_text())
    assert (params["study"], params["trial"]) == ("a", find_study("a").best().number)
    assert params["params"]["learning_rate"] == registry.find("best").card["config"]["learning_rate"]


def short(full_config):
    """The full training with few images: what is trained fully is another test's."""
    from dataclasses import replace

    return lambda *arguments, **options: replace(full_config(*arguments, **options), limit=48, epochs=1)


def test_search_worker(capsys):
    """A worker joins a study, and ends when there is nothing to do; a study that does not exist is refused."""
    assert main(["search-worker", "--study", "nothing"]) == 1
    assert "There is no study 'nothing'" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--trials", "0"], "trials is 0"),
        (["--range", "learning_rate=0.1:0.01"], "the range is reversed"),
        (["--range", "magic=1:2"], "no parameter 'magic'"),
        (["--range", "learning_rate"], "low:high"),
        (["--sampler", "grid"], "grid has"),
        (["--storage", "magic://host"], "does not name a database"),
    ],
)
def test_wrong_use(arguments, message, capsys, monkeypatch):
    """What cannot be searched is one line, before anything begins."""
    monkeypatch.setenv("DIGITLAB_STUDY_STORAGE", "")  # restored after the test, which sets it
    space = [] if arguments[0] == "--range" else ["--range", "filters_1=8:512:1", "--range", "filters_2=8:64:1"]
    assert main(["search", "--study", "a", *space, *arguments]) in (1, 2)
    error = capsys.readouterr().err
    assert message in error
    assert error.count("\n") == 1


def test_other_settings_for_a_study(capsys):
    """A study's search cannot change."""
    assert main(["search", "--study", "a", *FAST, "--trials", "1"]) == 0
    assert main(["search", "--study", "a", "--sampler", "random"]) == 2
    assert "which searches something else" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("filters_1=8:64:8", ("filters_1", IntDistribution(8, 64, step=8))),
        ("learning_rate=1e-4:1e-2:log", ("learning_rate", FloatDistribution(1e-4, 1e-2, log=True))),
        ("rotation=0:10", ("rotation", FloatDistribution(0, 10))),
        ("optimizer=adam, sgd", ("optimizer", CategoricalDistribution(("adam", "sgd")))),
        ("batch_size=32,64", ("batch_size", CategoricalDistribution((32, 64)))),
        ("kernel_size=3", ("kernel_size", CategoricalDistribution((3,)))),
    ],
)
def test_ranges(text, expected):
    """A range as it is written on the command line."""
    assert parse_range(text) == expected


@pytest.mark.parametrize("text", ["a", "=1:2", "learning_rate=", "learning_rate=1:2:3:4", "learning_rate=x:1"])
def test_unreadable_ranges(text):
    """A range that cannot be read tells how one is written."""
    with pytest.raises(SettingError, match="low:high"):
        parse_range(text)
