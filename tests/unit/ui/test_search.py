"""Words of the search page."""

from dataclasses import replace

import pytest

from digitcore.errors import ConfigError, SettingError
from digitcore.search.config import OBJECTIVES, PRUNERS, SAMPLERS, default_search
from digitcore.search.records import TrialRecord
from digitcore.search.space import searchable
from digitcore.search.study import StudyStatus
from digitcore.training.recipes import RECIPES
from ui.search import parameters, words
from ui.search.figures import figures_of
from ui.search.form import free_name
from ui.search.pair import what_changed
from ui.search.parameters import PREFIX, fill_space, read_space
from ui.search.start_bar import combinations_in_words, in_search_words
from ui.shared.glossary import TERMS

FIRST = TrialRecord(number=3, state="complete", values=(0.2,), params={"filters_1": 8, "batch_size": 64})


@pytest.fixture
def form(monkeypatch):
    """The session of a page, without a page."""
    session = {}
    monkeypatch.setattr(parameters.st, "session_state", session)
    return session


def test_every_choice_has_its_words():
    """Each sampler, pruner, objective and status has a label; each figure's terms are in the glossary."""
    assert tuple(words.SAMPLERS) == SAMPLERS
    assert tuple(words.PRUNERS) == PRUNERS
    assert tuple(words.OBJECTIVES) == OBJECTIVES == tuple(words.BEST)
    assert set(words.BADGES) == set(StudyStatus)
    assert {term for each in OBJECTIVES for figure in figures_of(each).values() for term in figure.terms} <= set(TERMS)


@pytest.mark.parametrize("architecture", RECIPES)
def test_no_two_parameters_are_called_the_same(architecture):
    """The titles of all parameters of an architecture differ."""
    titles = [words.parameter_title(name) for name in searchable(architecture)]
    assert len(set(titles)) == len(titles)


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("filters_1", 16, "Filters 1: 16"),
        ("learning_rate", 0.00123456, "Learning rate: 0.00123"),
        ("optimizer", "adamw", "Optimiser: AdamW"),
        ("schedule", "one_cycle", "Learning rate schedule: One cycle"),
        ("rotation", 12.5, "Rotation: 12.5"),
    ],
)
def test_settings_in_words(name, value, expected):
    """A parameter is called as on the Train page, and a number has three digits."""
    assert words.settings_in_words({name: value}) == expected


@pytest.mark.parametrize("architecture", RECIPES)
def test_the_form_keeps_a_space(form, architecture):
    """A search space that was put into the form is read from it unchanged."""
    space = searchable(architecture)
    fill_space(architecture, space)
    assert read_space(architecture) == space


@pytest.mark.parametrize("what", ["low", "high"])
def test_an_empty_range(form, what):
    """A range without an end is refused, in the words of its field."""
    fill_space("lenet", default_search("lenet").space)
    form[f"{PREFIX}learning_rate_{what}"] = None
    with pytest.raises(SettingError) as refusal:
        read_space("lenet")
    assert in_search_words(refusal.value) == "Learning rate is empty: give the lowest and the highest value."


def test_what_a_browser_sends(form):
    """Parameters and values that the form does not offer are not searched."""
    fill_space("lenet", default_search("lenet").space)
    form[f"{PREFIX}chosen"] = ["batch_size", "nonsense"]
    form[f"{PREFIX}batch_size_choices"] = [64, "rm"]
    assert list(read_space("lenet")) == ["batch_size"]
    assert read_space("lenet")["batch_size"].choices == (64,)


def test_combinations():
    """They are counted where there is an end of them."""
    search = default_search("lenet")
    assert combinations_in_words(search) == "endlessly many combinations"
    space = {name: values for name, values in search.space.items() if name != "learning_rate"}
    assert combinations_in_words(replace(search, space=space)) == "256 combinations"


def test_other_errors():
    """An error that is about no setting stays as it is."""
    assert in_search_words(ConfigError("Something else.")) == "Something else."


def test_free_names():
    """A name that is taken gets the first number that makes it free."""
    assert free_name("a", set()) == "a"
    assert free_name("a", {"a", "a_2"}) == "a_3"


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"values": (0.1,)}, "Both trials have the same settings, so what differs is chance."),
        (
            {"values": (0.1,), "params": {"filters_1": 16, "batch_size": 64}},
            "Only one setting differs, so it made the difference, or chance did: filters 1, 8 became 16. "
            "Their validation loss is 0.2000 and 0.1000: trial 4 is better.",
        ),
        (
            {"params": {"filters_1": 16, "batch_size": 32}},
            "2 settings differ, so no single one explains the result: filters 1, batch size. "
            "Both have the same validation loss, 0.2000.",
        ),
        (
            {"state": "pruned", "values": None, "reason": "It was worse."},
            "Trial 4 is pruned and has no result: It was worse.",
        ),
    ],
)
def test_what_changed(changes, expected):
    """Two trials are compared in sentences that claim no more than the trials show."""
    assert expected in what_changed(FIRST, replace(FIRST, number=4, **changes), "loss")


def test_more_accuracy_is_better():
    """Of two accuracies the higher one is better."""
    assert "trial 3 is better" in what_changed(FIRST, replace(FIRST, number=4, values=(0.1,)), "accuracy")
