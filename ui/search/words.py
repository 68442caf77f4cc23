"""What the page calls the choices of a search, with a sentence about each, and the parameters."""

import re
from typing import Any, NamedTuple

from digitcore.runs.config import UNITS
from digitcore.search.study import StudyStatus
from ui.shared.settings import CHOICES, SETTINGS
from ui.shared.titles import title_of


class Choice(NamedTuple):
    """What can be chosen: its label, and a sentence for somebody who sees it for the first time."""

    label: str
    sentence: str


SAMPLERS = {
    "tpe": Choice("TPE", "Learns from the trials so far which settings are promising, and tries more of that kind."),
    "random": Choice("Random", "Draws each setting by chance. Simple, and a good yardstick for the others."),
    "grid": Choice("Grid", "Goes through all combinations, one after the other. Only for few combinations."),
    "cma_es": Choice("CMA-ES", "Moves a cloud of settings towards the better ones. For numbers, not for lists of choices."),
}
PRUNERS = {
    "median": Choice("Median", "Ends a trial that is worse than half of the others were after the same number of epochs."),
    "hyperband": Choice("Hyperband", "Gives many trials a few epochs, and only the best of them more."),
    "none": Choice("None", "Every trial is trained to its end."),
}
OBJECTIVES = {
    "loss": Choice("Lowest validation loss", "How wrong the network is on images that it has not learned from: cross-entropy."),
    "accuracy": Choice("Highest validation accuracy", "The share of images, not learned from, that are read right."),
    "accuracy_and_parameters": Choice(
        "High accuracy and few parameters", "Two goals at once: there is no single best trial but a front of best compromises."
    ),
}
#: How each status of a study is called, and its colour.
BADGES = {
    StudyStatus.READY: ("not started", "gray"),
    StudyStatus.WAITING: ("starting", "gray"),
    StudyStatus.RUNNING: ("searching", "blue"),
    StudyStatus.PAUSED: ("paused", "orange"),
    StudyStatus.STOPPED: ("stopped", "gray"),
    StudyStatus.FINISHED: ("finished", "green"),
}
#: What the best trial has, by objective.
BEST = {"loss": "lowest validation loss", "accuracy": "highest validation accuracy"}
BEST["accuracy_and_parameters"] = BEST["accuracy"]


def parameter_title(name: str) -> str:
    """What a parameter is called, such as "Filters 1" or "Learning rate"."""
    if name in ("optimizer", "schedule", *UNITS):
        return SETTINGS[name].label
    return title_of(re.sub(r"_(\d+)$", r" \1", name))


def value_in_words(name: str, value: Any) -> str:
    """A parameter's value as it stands on the page."""
    if name in CHOICES and value in CHOICES[name]:
        return CHOICES[name][value]
    return f"{value:.3g}" if isinstance(value, float) else str(value)


def settings_in_words(values: dict[str, Any]) -> str:
    """Several parameters with their values, such as "Filters 1: 16 · Batch size: 64"."""
    return " · ".join(f"{parameter_title(name)}: {value_in_words(name, value)}" for name, value in values.items())
