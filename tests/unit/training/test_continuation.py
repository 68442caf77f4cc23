"""A finished run is continued for more epochs, as a run of its own."""

from dataclasses import replace

import pytest

from digitcore.datasets import mnist
from digitcore.errors import DataError, RunError
from digitcore.jobs.queue import continue_run
from digitcore.networks import registry
from digitcore.runs.run import CHECKPOINT_FILE
from digitcore.runs.state import Status
from digitcore.training import continuation, more_epochs
from digitcore.training import train as training
from digitcore.training.more_epochs import continued_config
from tests.unit.short_training import BATCH_NORM, CONFIG, DISTORTED, At, Killed, add_callback, die, few, run_of, train

#: Keras with NumPy 2, at every weight that it reads.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
SHORT = replace(CONFIG, epochs=2, early_stopping_patience=None, augmentation=DISTORTED)


#: Instead of ten; enough to be killed in the middle.
MORE = 4


@pytest.fixture(autouse=True)
def few_images(sample, monkeypatch, models_dir):
    """Reading the sample takes a second; once is enough."""
    small = few(sample)
    monkeypatch.setattr(mnist, "load_sample", lambda: small)


@pytest.fixture(autouse=True)
def few_epochs(request, monkeypatch):
    """A continued run trains four epochs, except in the test of that number."""
    if request.function is not test_ten_more_epochs:
        monkeypatch.setattr(more_epochs, "MORE_EPOCHS", MORE)
        monkeypatch.setattr(continuation, "MORE_EPOCHS", MORE)


def finished(config=SHORT, name="run"):
    train(config, name)
    return run_of(name)


def continued(run):
    """The run that continues this one, trained to its end."""
    more = continue_run(run)
    training.train(more.config, more.folder)
    return more


def test_ten_more_epochs():
    """A run of two epochs is continued to its twelfth."""
    assert continued_config(finished(), "more").epochs == 12


@pytest.mark.parametrize("changes", [{"schedule": "constant", **BATCH_NORM}, {"schedule": "plateau", "plateau_patience": 1}])
def test_as_if_it_had_never_ended(changes):
    """A run that is continued gives the history of a run that had that many epochs from the start, under a name of its own."""
    config = replace(SHORT, **changes)
    more = continued(finished(config))
    whole = replace(config, name="whole", epochs=2 + MORE)
    train(whole, "whole")
    assert more.history() == run_of("whole").history()
    assert more.curve() == run_of("whole").curve()
    assert more.progress() == run_of("whole").progress()
    assert more.epochs_kept() == list(range(3 + MORE))
    assert (more.config.name, more.config.continued_from, more.state().status) == ("tiny_2", "run", Status.FINISHED)
    assert (2, "Continued from here for 4 more epochs.") in more.state().events
    assert registry.exists("tiny")
    assert registry.exists("tiny_2")


@pytest.mark.parametrize("schedule", ["one_cycle", "cosine"])
def test_the_rate_starts_again(schedule):
    """Where the rate had fallen to nearly zero, it starts again at a tenth and falls over the new epochs; so it does again."""
    first = finished(replace(SHORT, schedule=schedule))
    more = continued(first)
    rates = [row["learning_rate"] for row in more.history()]
    assert rates[1] < 1e-4 * 2
    assert 0.0008 < rates[2] < 0.001
    assert rates[-1] < 1e-5
    assert (more.config.schedule, more.config.learning_rate) == ("cosine", pytest.approx(0.001))
    assert "starts again at 0.001 and falls once more" in dict(more.state().events)[2]
    assert continued_config(more, "x").learning_rate == more.config.learning_rate


def test_early_stopping_counts_anew():
    """A run that was ended by early stopping is not ended at once when it is continued."""
    stalling = {"learning_rate": 1e-30, "early_stopping_min_delta": 1.0, "early_stopping_patience": 2}
    first = finished(replace(SHORT, epochs=20, **stalling))
    assert len(first.history()) == 3
    assert len(continued(first).history()) == 5


def test_a_killed_continuation_is_resumed(monkeypatch):
    """A continued run that is killed goes on after its last epoch, whether it had finished one of its own or not."""
    first = finished(replace(SHORT, schedule="cosine"))
    whole = continued(first)
    for epoch in (2, 4):
        more = continue_run(first)

        def kill(_):
            raise Killed

        with monkeypatch.context() as patch:
            add_callback(patch, At(("train_batch_end", epoch, 1), kill))
            with pytest.raises(Killed):
                training.train(more.config, more.folder)
        die(more)
        more.resume()
        training.train(more.config, more.folder)
        assert more.history() == whole.history()


def test_what_cannot_be_continued():
    """A run that has not finished, or has kept no checkpoint, is refused; a deleted one fails the run that waits for it."""
    first = finished()
    waiting = continue_run(first)
    with pytest.raises(RunError, match="cannot be continued"):
        continue_run(waiting)
    (first.folder / CHECKPOINT_FILE).unlink()
    with pytest.raises(RunError, match="cannot be continued"):
        continue_run(first)
    first.delete()
    with pytest.raises(RunError, match="There is no run 'run'"):
        training.train(waiting.config, waiting.folder)
    assert "It may have been deleted" in waiting.state().error


def test_other_images(sample, monkeypatch):
    """A network is not trained further on images that have changed: what it has seen could be among the test images."""
    first = finished()
    other = replace(few(sample), checksum="other")
    monkeypatch.setattr(mnist, "load_sample", lambda: other)
    more = continue_run(first)
    with pytest.raises(DataError, match="have changed since the epochs before"):
        training.train(more.config, more.folder)
