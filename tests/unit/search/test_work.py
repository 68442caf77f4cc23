"""The work of a search worker, with trials that take a moment."""

import json
from dataclasses import replace

import numpy as np
import pytest
from optuna.distributions import CategoricalDistribution
from optuna.trial import TrialState

from digitcore import paths
from digitcore.errors import StudyError
from digitcore.networks import registry
from digitcore.search import trial as trials
from digitcore.search import work
from digitcore.search.promote import best_params, full_config, save_trial
from digitcore.search.study import StudyStatus
from digitcore.search.work import Worker
from tests.unit.search.studies import BASE, add_trial, new_study
from tests.unit.short_training import few


@pytest.fixture(scope="module")
def trainer():
    """One trainer for all tests of this file, so that each shape is compiled once."""
    return trials.TrialTrainer()


@pytest.fixture(autouse=True)
def few_images(sample, trainer, monkeypatch):
    """Trials that validate on 40 images."""

    def load(*_, limit, **__):
        return few(replace(sample, x_train=sample.x_train[:limit], y_train=sample.y_train[:limit]))

    monkeypatch.setattr(trials.training_data, "load", load)
    monkeypatch.setattr(work, "TrialTrainer", lambda: trainer)


def worked(**changes):
    """A study whose trials have all been trained in this process."""
    study = new_study(**changes)
    study.start()
    Worker(study).work()
    return study


def test_whole_study():
    """All trials of the budget are trained, each with its curve, its size and its network; then the study is finished."""
    study = worked()
    assert study.status == StudyStatus.FINISHED
    records = study.records()
    assert [(record.number, record.state) for record in records] == [(0, "complete"), (1, "complete"), (2, "complete")]
    for record in records:
        assert [row["epoch"] for row in record.curve] == [1, 2]
        assert record.value == min(row["val_loss"] for row in record.curve)
        assert record.has_network
        assert record.parameters > 100


def test_value_is_that_of_the_network(models_dir, sample):
    """The saved network has the loss that its trial was given."""
    import keras

    study = worked(trials=1)
    model = keras.saving.load_model(study.networks_dir / "0" / registry.MODEL_FILE, compile=False)
    images, labels = few(sample).x_validation, few(sample).y_validation
    probabilities = model(images[..., None].astype(np.float32) / 255).numpy()
    loss = -np.log(probabilities[np.arange(len(labels)), labels]).mean()
    assert loss == pytest.approx(study.best().value, abs=1e-4)


def test_same_study_again():
    """A study of one worker repeats its choices and its values."""
    first, second = worked(name="first"), worked(name="second")
    assert [(r.params, r.values) for r in first.records()] == [(r.params, r.values) for r in second.records()]


def test_two_objectives():
    """A study for accuracy and parameters gives each trial both values."""
    study = worked(objective="accuracy_and_parameters", trials=2)
    for record in study.records():
        assert record.values == (max(row["val_accuracy"] for row in record.curve), record.parameters)


def test_kernel_larger_than_its_map():
    """A combination that cannot be built is pruned with the reason, and the study goes on."""
    study = worked(space={"kernel_size": CategoricalDistribution((3, 27))}, sampler="grid", trials=2)
    states = {record.params["kernel_size"]: record for record in study.records()}
    assert (states[3].state, states[27].state) == ("complete", "pruned")
    assert "too small for a 27x27 kernel" in states[27].reason


def test_loss_that_is_not_a_number(monkeypatch):
    """A trial whose loss diverges fails with the reason, and the study goes on."""
    check = trials._Watcher._check
    monkeypatch.setattr(
        trials._Watcher, "_check", lambda self, loss: check(self, np.nan if self.config.learning_rate == 10 else loss)
    )
    study = worked(space={"learning_rate": CategoricalDistribution((0.001, 10.0))}, sampler="grid", trials=2)
    records = {record.params["learning_rate"]: record for record in study.records()}
    assert (records[0.001].state, records[10.0].state) == ("complete", "failed")
    assert "no longer a finite number" in records[10.0].reason


@pytest.mark.parametrize(
    ("error", "reason"), [(MemoryError(), "memory"), (OSError(28, "No space left on device"), "disk is full")]
)
def test_trial_that_fails(error, reason, monkeypatch):
    """A trial that runs out of memory, or whose network finds no room on the disk, fails in words; the study goes on."""
    study = new_study(trials=2)
    study.start()
    write = registry.write_model

    def fail_once(*arguments, **options):
        monkeypatch.setattr(registry, "write_model", write)
        raise error

    monkeypatch.setattr(registry, "write_model", fail_once)
    worker = Worker(study)
    worker.work()
    first, second = study.records()
    assert (first.state, second.state) == ("failed", "complete")
    assert reason in first.reason


def test_pruned_trial_ends_at_once(monkeypatch):
    """A trial that the pruner ends trains no further epoch, and its record says why."""
    study = new_study(pruner="median", base=replace(BASE, epochs=3), trials=1)
    study.start()
    monkeypatch.setattr(work.Trial, "should_prune", lambda trial: True)
    Worker(study).work()
    (record,) = study.records()
    assert (record.state, len(record.curve)) == ("pruned", 1)
    assert record.reason.startswith("Ended after epoch 1: its validation loss")


def test_pause_finishes_the_trial():
    """After a pause no trial begins, and the one that was trained is complete."""
    study = new_study()
    study.start()
    Worker(study).work(after_trial=study.pause)
    assert [record.state for record in study.records()] == ["complete"]
    assert study.status == StudyStatus.PAUSED


def test_stop_and_go_on(monkeypatch):
    """A stop ends the trial between two batches; its values are the first ones when the study goes on."""
    monkeypatch.setattr(work, "REQUEST_SECONDS", 0)
    study = new_study()
    study.start()
    worker = Worker(study)
    obey = worker._obey

    def stop_first(trial):
        if trial.number == 0:
            study.stop()
        obey(trial)

    monkeypatch.setattr(worker, "_obey", stop_first)
    worker.work()
    (record,) = study.records()
    assert (record.state, study.status) == ("waiting", StudyStatus.STOPPED)
    stopped = study.trials()[0].params
    study.start()
    worker.work()
    assert [record.state for record in study.records()] == ["complete"] * 3
    assert study.records()[0].params == stopped


@pytest.mark.parametrize("when", ["in an epoch", "at the end"])
def test_taken_for_dead(when, monkeypatch):
    """A worker whose trial was given to another one, as after a machine has slept, goes on with the next trial."""
    study = new_study(trials=2)
    study.start()
    worker = Worker(study)
    report, keep = worker._report, worker._keep

    def lose(trial):
        if trial.number == 0:
            study.queue_again(trial.params)
            trial.set_user_attr("superseded", True)
            study.optuna._storage.set_trial_state_values(trial._trial_id, TrialState.FAIL)

    def lose_in_an_epoch(trial, rows):
        lose(trial)
        report(trial, rows)

    def lose_at_the_end(trial, *arguments):
        keep(trial, *arguments)
        lose(trial)

    if when == "in an epoch":
        monkeypatch.setattr(worker, "_report", lose_in_an_epoch)
    else:
        monkeypatch.setattr(worker, "_keep", lose_at_the_end)
    worker.work()
    assert study.status == StudyStatus.FINISHED
    assert [(record.number, record.state) for record in study.records()] == [(1, "complete"), (2, "complete")]
    assert study.records()[0].params == study.trials()[0].params


def test_compiled_once():
    """Trials of the same shape share a compiled network, and the later one is trained as if it were new."""
    trainer = trials.TrialTrainer()
    config = replace(BASE, optimizer="adamw", schedule="one_cycle", learning_rate=0.01)
    first = trainer.train(config)
    rows, network = first.rows, first.network
    other = trainer.train(replace(config, learning_rate=0.002))
    assert other.network is network
    assert other.rows != rows
    assert trainer.train(config).rows == rows
    assert trials.TrialTrainer().train(config).rows == rows


def test_trains_like_a_run(models_dir):
    """A trial has the curve of a run with the same settings."""
    from tests.unit.short_training import train

    config = replace(BASE, name="run_of_trial", schedule="cosine", augmentation=replace(BASE.augmentation, rotation=5))
    trial = trials.TrialTrainer().train(config)
    train(config)
    from digitcore.runs.run import Run

    history = Run(paths.runs_dir() / "run").history()
    assert [row["val_loss"] for row in history] == pytest.approx([row["val_loss"] for row in trial.rows], rel=1e-4)


def test_excess_trial_counts_nowhere():
    """Of two workers that begin the last trial, one gives it up."""
    study = new_study(trials=2)
    study.start()
    add_trial(study, 0.3)
    worker = Worker(study)
    add_trial(study, state=TrialState.RUNNING)
    study.optuna.optimize(worker._objective, n_trials=1, catch=(work.TrialEnded,))
    assert [record.number for record in study.records()] == [0, 1]


def test_from_trial_to_model(models_dir):
    """A trial's network becomes a model once, with a card that names the trial."""
    study = worked(trials=1)
    assert save_trial(study, 0) == save_trial(study, 0) == "tiny_trial_0"
    (entry,) = registry.list_models()
    assert (entry.name, entry.problem, entry.card["study"], entry.card["trial"]) == ("tiny_trial_0", None, "tiny", 0)


def test_trial_without_a_network(models_dir):
    """A trial whose network is not kept cannot be opened, and the message says what can be done."""
    study = new_study()
    add_trial(study, 0.3)
    with pytest.raises(StudyError, match="not kept here"):
        save_trial(study, 0)


def test_best_params_and_full_config():
    """The best trial's settings, with all images and the epochs of the recipe."""
    study = new_study()
    with pytest.raises(StudyError, match="complete"):
        full_config(study, name="best")
    add_trial(study, 0.3)
    add_trial(study, 0.2)
    config = full_config(study, name="best")
    assert (config.name, config.limit, config.epochs, config.learning_rate) == ("best", None, 12, 0.002)
    assert config.arguments == {"filters": [2, 4]}
    params = best_params(study)
    assert (params["params"], params["trial"], params["values"]) == (study.best().params, 1, [0.2])
    json.dumps(params)


def test_networks_that_are_kept(monkeypatch):
    """Of a long study only the best networks are kept."""
    monkeypatch.setattr(work, "MAX_NETWORKS", 2)
    study = worked(trials=4)
    values = sorted((record.value, record.number) for record in study.records())
    assert len(study.networks_kept()) <= 3
    assert values[0][1] in study.networks_kept()
