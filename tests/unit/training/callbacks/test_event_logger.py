"""What callbacks did is explained in sentences."""

from dataclasses import replace
from types import SimpleNamespace

import pytest

from digitcore.training.callbacks.event_logger import EventLogger, in_epochs
from tests.unit.short_training import CONFIG, make_session, run_of, train

#: Keras with NumPy 2, at every weight that it reads.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")


def events_of(rate_before, rate_after, *, stopped=0, epoch=4, values=(3.0, 1.0, 2.0, 2.0), **changes):
    """The events of one epoch."""
    config = replace(CONFIG, **{"schedule": "plateau", "learning_rate": 0.02, **changes})
    rows = [{config.monitor: value} for value in values]
    stopping = SimpleNamespace(stopped_epoch=stopped) if config.early_stopping_patience else None
    session = make_session(config, rows=rows)
    logger = EventLogger(session, stopping)
    logger.set_model(SimpleNamespace(optimizer=SimpleNamespace(learning_rate=rate_after)))
    logger.on_epoch_end(epoch, {"learning_rate": rate_before, config.monitor: 2.0})
    return list(session.state_writer.state.events)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, "The validation loss has not improved for 2 epochs: learning rate halved to 0.005."),
        ({"plateau_patience": 1}, "The validation loss has not improved for 1 epoch: learning rate halved to 0.005."),
        (
            {"monitor": "val_accuracy", "plateau_patience": 3},
            "The validation accuracy has not improved for 3 epochs: learning rate halved to 0.005.",
        ),
        (
            {"plateau_factor": 0.2},
            "The validation loss has not improved for 2 epochs: learning rate multiplied by 0.2 to 0.005.",
        ),
    ],
)
def test_plateau_sentence(changes, expected):
    """A falling rate is explained: by what, after how long, to what."""
    assert events_of(0.01, 0.005, **changes) == [(5, expected)]


def test_plateau_sentence_at_the_floor():
    """Where the rate stops at its floor it was not halved, and the sentence does not say so."""
    ((_, sentence),) = events_of(0.01, 0.008, plateau_min_rate=0.008)
    assert "halved" not in sentence
    assert "0.008" in sentence


@pytest.mark.parametrize("schedule", ["plateau", "one_cycle", "cosine", "constant"])
def test_nothing_to_say(schedule):
    """Nothing is reported of an epoch in which nothing happened, nor of a rate that was planned to fall."""
    assert events_of(0.01, 0.01, schedule=schedule) == []
    if schedule != "plateau":
        assert events_of(0.01, 0.005, schedule=schedule) == []


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"early_stopping_patience": 3}, "Stopped: 3 epochs without improvement; the best was epoch 2."),
        ({"early_stopping_patience": 1}, "Stopped: 1 epoch without improvement; the best was epoch 2."),
        (
            {"early_stopping_patience": 4, "monitor": "val_accuracy"},
            "Stopped: 4 epochs without improvement; the best was epoch 1.",
        ),
    ],
)
def test_early_stopping_sentence(changes, expected):
    """An early end is explained: after how long, and which epoch was the best."""
    assert events_of(0.01, 0.01, stopped=4, **changes) == [(5, expected)]


def test_both_sentences():
    """Where the rate falls and training ends in the same epoch both are reported, in that order."""
    events = events_of(0.01, 0.005, stopped=4)
    assert [sentence.split()[0] for _, sentence in events] == ["The", "Stopped:"]


@pytest.mark.parametrize("monitor", ["val_loss", "val_accuracy"])
def test_sentences_of_a_real_run(monitor):
    """In a real run that stalls the sentences come with the right epochs."""
    stalling = {"learning_rate": 1e-30, "plateau_patience": 1, "early_stopping_patience": 2, "early_stopping_min_delta": 1.0}
    config = replace(CONFIG, schedule="plateau", monitor=monitor, **stalling)
    train(config)
    name = {"val_loss": "loss", "val_accuracy": "accuracy"}[monitor]
    best = run_of().state().best_epoch
    *sentences, result = run_of().state().events
    assert result[1].startswith("The network seems to have learned nothing")
    assert tuple(sentences) == (
        (2, f"The validation {name} has not improved for 1 epoch: learning rate halved to 5e-31."),
        (3, f"The validation {name} has not improved for 1 epoch: learning rate halved to 2.5e-31."),
        (3, f"Stopped: 2 epochs without improvement; the best was epoch {best}."),
    )


@pytest.mark.parametrize(("count", "expected"), [(0, "0 epochs"), (1, "1 epoch"), (2, "2 epochs")])
def test_in_epochs(count, expected):
    """One epoch is singular."""
    assert in_epochs(count) == expected
