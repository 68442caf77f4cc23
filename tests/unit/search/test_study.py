"""Studies: their status, their budget, and what counts."""

import time
from dataclasses import replace
from datetime import datetime, timedelta

import optuna
import pytest
from optuna.trial import TrialState

from digitcore.errors import ConfigError, SettingError, StudyError
from digitcore.search import study as studies
from digitcore.search.records import SUPERSEDED
from digitcore.search.space import grid
from digitcore.search.storage import open_storage
from digitcore.search.study import Request, StudyStatus, create_study, delete_study, find_study, grid_points, list_studies
from tests.unit.search.studies import CONFIG, SPACE, add_trial, new_study


def test_new_study():
    """A new study has its settings, no trials, and waits for its start."""
    study = new_study()
    assert (study.config, study.status, study.records(), study.best()) == (CONFIG, StudyStatus.READY, [], None)
    assert not study.may_begin()


def test_another_process_sees_it():
    """A study is found by its name, with its settings and its pruner."""
    new_study(pruner="median")
    studies._studies.clear()
    assert find_study("tiny").config.pruner == "median"
    assert isinstance(find_study("tiny").optuna.pruner, optuna.pruners.MedianPruner)


def test_same_name():
    """A name that exists is refused, and the message tells whether the search is the same."""
    new_study()
    with pytest.raises(ConfigError, match="same search"):
        new_study()
    with pytest.raises(ConfigError, match="something else"):
        new_study(sampler="random")


def test_unknown_study():
    """There is no such study."""
    with pytest.raises(StudyError, match="no study 'x'"):
        find_study("x")


def test_list():
    """The newest study stands first; one of another program is left out."""
    new_study(name="first")
    new_study(name="second")
    optuna.create_study(study_name="foreign", storage=open_storage())
    assert [study.name for study in list_studies()] == ["second", "first"]
    with pytest.raises(StudyError, match="not created by Digit Lab"):
        find_study("foreign")


def test_requests():
    """Start, pause, stop and start again, told by the status."""
    study = new_study()
    seen = []
    for request in (study.start, study.pause, study.stop, study.start):
        request()
        seen.append(study.status)
    assert seen == [StudyStatus.WAITING, StudyStatus.PAUSED, StudyStatus.STOPPED, StudyStatus.WAITING]
    assert study.request == Request.RUN


def test_budget():
    """Complete, pruned, failed and running trials use the budget up; waiting ones and those with a successor do not."""
    study = new_study(trials=5)
    study.start()
    add_trial(study, 0.1)
    add_trial(study, state=TrialState.PRUNED)
    add_trial(study, state=TrialState.FAIL)
    add_trial(study, state=TrialState.FAIL, **{SUPERSEDED: True})
    add_trial(study, state=TrialState.WAITING)
    assert (study.trials_left(), study.may_begin()) == (2, True)
    add_trial(study, 0.2)
    add_trial(study, state=TrialState.RUNNING)
    assert (study.trials_left(), study.may_begin(), study.status) == (0, False, StudyStatus.RUNNING)


def test_finished_and_longer():
    """A study that has used its budget up is finished, and goes on with a larger one."""
    study = new_study(trials=1)
    study.start()
    add_trial(study, 0.1)
    assert study.status == StudyStatus.FINISHED
    study.start(trials=2)
    assert (study.status, study.config.trials, study.may_begin()) == (StudyStatus.WAITING, 2, True)
    with pytest.raises(SettingError):
        study.start(trials=20_000)


def test_excess():
    """Of two workers that begin the last trial at the same moment, the later one is in excess."""
    study = new_study(trials=2)
    for _ in range(3):
        add_trial(study, state=TrialState.RUNNING)
    assert [study.is_in_excess(number) for number in range(3)] == [False, False, True]


def test_time_limit(monkeypatch):
    """No trial begins after the time limit; Start begins it anew."""
    study = new_study(minutes=1)
    study.start()
    assert study.may_begin()
    later = time.time() + 61
    monkeypatch.setattr(time, "time", lambda: later)
    assert (study.may_begin(), study.status) == (False, StudyStatus.STOPPED)
    study.start()
    assert study.may_begin()


def test_best_and_pareto():
    """The best has the best first value; the Pareto front holds what nothing else beats in both."""
    study = new_study(objective="accuracy_and_parameters")
    for values in ([0.9, 100.0], [0.95, 200.0], [0.93, 300.0], [0.8, 50.0]):
        add_trial(study, values)
    assert study.best().number == 1
    assert [record.number for record in study.pareto()] == [0, 1, 3]


def test_lowest_loss_is_best():
    """The loss is minimised, the accuracy maximised."""
    low, high = new_study(), new_study(name="high", objective="accuracy")
    for study in (low, high):
        add_trial(study, 0.3)
        add_trial(study, 0.2)
    assert (low.best().number, high.best().number) == (1, 0)


def test_records():
    """A record says what the database knows; a trial with a successor has none."""
    study = new_study()
    add_trial(study, 0.25, curve="[[1, 2.0, 0.5, 1.5, 0.6]]", parameters=77, worker="a:1")
    add_trial(study, state=TrialState.FAIL, **{SUPERSEDED: True})
    add_trial(study, state=TrialState.PRUNED, reason="Too slow.", curve="damaged")
    first, second = study.records()
    assert (first.number, first.state, first.value, first.parameters, first.worker) == (0, "complete", 0.25, 77, "a:1")
    assert first.curve == ({"epoch": 1, "loss": 2.0, "accuracy": 0.5, "val_loss": 1.5, "val_accuracy": 0.6},)
    assert first.seconds == pytest.approx(2, abs=0.5)
    assert (second.number, second.state, second.reason, second.curve, second.values) == (2, "pruned", "Too slow.", (), None)


def test_time_left():
    """The time left follows from the latest trials and the workers."""
    study = new_study(trials=5, workers=2)
    assert study.seconds_left() is None
    study.start()
    add_trial(study, 0.1, seconds=10)
    assert study.seconds_left() == pytest.approx(4 * 10 / 2, abs=2)


def test_silent_worker_is_replaced():
    """A trial whose worker is silent for half a minute fails, and one with the same values waits in its place."""
    study = new_study()
    study.start()
    trial = study.optuna.ask()
    value = trial.suggest_float("learning_rate", 1e-3, 1e-2, log=True)
    storage = study.optuna._storage
    storage.record_heartbeat(trial._trial_id)
    study.recover()
    assert study.trials()[0].state == TrialState.RUNNING
    with storage._backend.engine.begin() as connection:
        old = datetime.utcnow() - timedelta(seconds=60)
        connection.exec_driver_sql("UPDATE trial_heartbeats SET heartbeat = ?", (old.strftime("%Y-%m-%d %H:%M:%S"),))
    study.recover()
    (record,) = study.records()
    assert (record.number, record.state, record.params) == (1, "waiting", {"learning_rate": value})
    assert study.trials_left() == 3


def test_queued_again():
    """A trial that was ended on request is tried again with its values."""
    study = new_study()
    study.start()
    study.queue_again({"filters_1": 3, "learning_rate": 0.005})
    trial = study.optuna.ask(fixed_distributions=SPACE)
    assert trial.params == {"filters_1": 3, "learning_rate": 0.005}


def test_grid():
    """The points of a grid wait in the database, each once, also after another start; the budget ends with them."""
    space = {"filters_1": SPACE["filters_1"]}
    study = new_study(sampler="grid", space=space, trials=10)
    study.start()
    study.start()
    assert sorted(trial.system_attrs["fixed_params"]["filters_1"] for trial in study.trials()) == [1, 2, 3]
    assert (study.budget, study.may_begin()) == (3, True)


def test_grid_points():
    """A grid's points are all combinations."""
    config = replace(CONFIG, sampler="grid")
    points = grid_points(config)
    levels = grid(config.space)
    assert len({tuple(point.values()) for point in points}) == 3 * len(levels["learning_rate"]) == len(points)


def test_delete():
    """A deleted study is gone with its networks; a running one is refused."""
    study = new_study()
    (study.networks_dir / "0").mkdir(parents=True)
    study.start()
    add_trial(study, state=TrialState.RUNNING)
    with pytest.raises(StudyError, match="Stop it first"):
        delete_study(study)
    study.stop()
    study.optuna._storage.set_trial_state_values(study.trials()[0]._trial_id, TrialState.FAIL)
    delete_study(study)
    assert not study.networks_dir.exists()
    assert list_studies() == []


def test_name_can_be_used_again():
    """After a study was deleted, one of its name begins anew."""
    delete_study(new_study())
    study = create_study(replace(CONFIG, trials=7))
    assert (study.config.trials, study.records()) == (7, [])
