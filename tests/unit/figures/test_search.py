"""Figures of studies: which trials are drawn, and what the figures say of them."""

import time
from dataclasses import replace

import pytest

from digitcore.figures import palette, search
from digitcore.figures.drawn_study import DrawnStudy, choose_drawn
from digitcore.search.config import default_search
from digitcore.search.records import TrialRecord

CONFIG = default_search("lenet", "figures")
TITLES = {"filters_1": "Filters 1", "filters_2": "Filters 2", "learning_rate": "Learning rate", "batch_size": "Batch size"}
ONE_VALUE = {
    "history": search.history_chart,
    "importances": search.importances_chart,
    "parallel": lambda study: search.parallel_chart(study, list(TITLES.values())),
    "slice": lambda study: search.slice_chart(study, "Learning rate"),
    "contour": lambda study: search.contour_chart(study, "Filters 1", "Learning rate"),
    "intermediate": search.intermediate_chart,
    "timeline": search.timeline_chart,
}


def record(number, value, *, state="complete", parameters=None, batch_size=64):
    """A trial whose loss halves with each epoch down to ``value``."""
    params = {
        "filters_1": 8 + 8 * (number % 4),
        "filters_2": 16,
        "learning_rate": 0.001 * (1 + number),
        "batch_size": batch_size,
    }
    epochs = {"complete": 4, "pruned": 2, "running": 2}.get(state, 0)
    values = None if state != "complete" else (value,) if parameters is None else (value, parameters)
    return TrialRecord(
        number=number,
        state=state,
        values=values,
        params=params,
        curve=tuple(
            {"epoch": epoch, "loss": value, "accuracy": 0.9, "val_loss": value * 2 ** (4 - epoch), "val_accuracy": 0.9}
            for epoch in range(1, epochs + 1)
        ),
        seconds=5.0,
        started_at=time.time() - 100 + number,
    )


def drawn(records, config=CONFIG, values=1):
    return DrawnStudy(config, records, TITLES, values=values)


@pytest.mark.parametrize("name", ["history", "intermediate", "timeline"])
def test_no_trials(name):
    """A study without trials has a figure without points; the others are drawn from two trials on."""
    assert not any(trace.x for trace in ONE_VALUE[name](drawn([])).data)


@pytest.mark.parametrize("objective", ["loss", "accuracy"])
@pytest.mark.parametrize("name", ONE_VALUE)
def test_every_figure(name, objective):
    """Every figure can be drawn for every objective, without Optuna's own title."""
    trials = [record(number, 0.1 + 0.01 * (number % 5)) for number in range(12)]
    trials += [record(12, 0.3, state="pruned"), record(13, 0, state="failed"), record(14, 0.2, state="running")]
    figure = ONE_VALUE[name](drawn(trials, replace(CONFIG, objective=objective)))
    assert figure.data
    assert figure.layout.title.text is None


def test_all_trials_are_drawn_if_there_are_few():
    """Up to the limit, nothing is left out."""
    trials = [record(number, 0.1) for number in range(5)]
    assert choose_drawn(trials, 5, "loss") == trials


@pytest.mark.parametrize(("objective", "best"), [("loss", 0.01), ("accuracy", 0.99)])
def test_the_best_trials_are_always_drawn(objective, best):
    """Of many trials as many as fit are drawn, in their order, the best one among them."""
    trials = [record(number, best if number == 777 else 0.5 + number / 1e5) for number in range(1000)]
    chosen = choose_drawn(trials, 100, objective)
    assert len(chosen) == 100
    assert 777 in (trial.number for trial in chosen)
    assert [trial.number for trial in chosen] == sorted(trial.number for trial in chosen)
    assert chosen[0].number < 20
    assert chosen[-1].number > 980


def test_trials_keep_their_numbers():
    """The history shows the numbers of the trials, also of those that are drawn without the trials before them."""
    figure = search.history_chart(drawn([record(7, 0.3), record(90, 0.1), record(4000, 0.2)]))
    assert list(figure.data[0].x) == [7, 90, 4000]
    (best,) = [trace for trace in figure.data if trace.name == "best so far"]
    assert list(best.y) == [0.3, 0.1, 0.1]


@pytest.mark.parametrize("parameters", [["Learning rate"], list(TITLES.values())])
@pytest.mark.parametrize("objective", ["loss", "accuracy"])
def test_the_best_line_has_the_best_colour(objective, parameters):
    """In the parallel coordinates the best trial is drawn last, in the colour of the scale's end."""
    trials = [record(0, 0.2, batch_size=32), record(1, 0.1, batch_size=64), record(2, 0.3, batch_size=32)]
    figure = search.parallel_chart(drawn(trials, replace(CONFIG, objective=objective)), parameters)
    lines = [trace for trace in figure.data if trace.mode == "lines"]
    assert [lines[0].line.color, lines[-1].line.color] == [palette.ORANGE, palette.ACCENT_ON_DARK]
    best = 0.1 if objective == "loss" else 0.3
    assert float(lines[-1].customdata[0][1]) == best


def test_a_pruned_curve_says_so():
    """A pruned trial's line ends early, and its name says why."""
    figure = search.intermediate_chart(drawn([record(0, 0.1), record(1, 0.2, state="pruned")]))
    whole, pruned = figure.data
    assert (len(whole.x), len(pruned.x)) == (4, 2)
    assert pruned.name == "trial 1, pruned"
    assert pruned.line.color != whole.line.color


def test_pruned_trials_count_for_importance():
    """With six complete and six pruned trials, whose value the learning rate decides, that has the longest bar."""
    trials = [record(number, 0.01 * (1 + number), state="pruned" if number % 2 else "complete") for number in range(12)]
    figure = search.importances_chart(drawn(trials))
    bars = dict(zip(figure.data[0].y, figure.data[0].x, strict=True))
    assert max(bars, key=bars.get) == "Learning rate"
    assert search.importances_chart(drawn(trials[::2])).data[0].x != figure.data[0].x


def test_the_pareto_front():
    """The front holds the trials that no other one beats in both accuracy and parameters."""
    trials = [record(0, 0.99, parameters=9e4), record(1, 0.97, parameters=1e4), record(2, 0.96, parameters=5e4)]
    config = replace(CONFIG, objective="accuracy_and_parameters", pruner="none")
    figure = search.pareto_chart(drawn(trials, config, values=2))
    points = {trace.name: sorted(zip(trace.x, trace.y, strict=True)) for trace in figure.data}
    assert points == {"other trials": [(5e4, 0.96)], "Pareto front": [(1e4, 0.97), (9e4, 0.99)]}


def test_live_curves():
    """Each running trial has a curve, and the best trial's is drawn first, for comparison."""
    curves = {"trial 3": record(3, 0.2, state="running").curve, "trial 4": ()}
    figure = search.live_chart(curves, "loss", epochs=4, best=record(0, 0.1).curve)
    assert [(trace.name, len(trace.x)) for trace in figure.data] == [("the best so far", 4), ("trial 3", 2), ("trial 4", 0)]


@pytest.mark.parametrize(("value", "objective", "words"), [(0.04149, "loss", "0.0415"), (0.98765, "accuracy", "98.77%")])
def test_values_in_words(value, objective, words):
    """A loss has four digits, an accuracy is in percent."""
    assert search.value_in_words(value, objective) == words
