"""The search page without a browser, and without training: nothing here gives a study its workers."""

import json
import re
import shutil

import pytest
from optuna.trial import TrialState
from streamlit.testing.v1 import AppTest

from digitcore.networks import registry
from digitcore.runs.registry import list_runs
from digitcore.search.records import CURVE, PARAMETERS, REASON
from digitcore.search.study import Request, StudyStatus, list_studies
from tests.app.actions import button, press, run
from tests.server import PROJECT
from tests.unit.search.studies import add_trial, new_study
from ui.search.figures import FIGURES, PARETO

pytestmark = pytest.mark.usefixtures("own_folders")
ROWS = json.dumps([[1, 0.5, 0.8, 0.4, 0.85], [2, 0.3, 0.9, 0.25, 0.92]])


def open_page(**query):
    """The search page, as an address with this query shows it."""
    app = AppTest.from_file(str(PROJECT / "ui" / "frame.py"), default_timeout=60)
    app.query_params.update(query)
    return run(app.switch_page("../pages/search.py"))


def watch(study):
    return open_page(view="Watch", study=study.name)


def fill(app, **values):
    """Give the form's widgets their values."""
    for name, value in values.items():
        app.get_by_key(f"search_{name}").set_value(value)
    return run(app)


def text(app):
    """All that the page says."""
    kinds = (app.header, app.markdown, app.caption, app.error, app.info, app.warning)
    return "\n".join(str(element.value) for kind in kinds for element in kind)


def charts(app):
    """Each Plotly chart's traces."""
    return [json.loads(chart.proto.spec)["data"] for chart in app.get("plotly_chart")]


def select(app, *rows):
    """Select rows of the table of trials; AppTest has no way to click on them."""
    _, _, version = app.session_state["search_trials_shown"]
    app.session_state[f"search_trials_table_{version}"] = {"selection": {"rows": list(rows), "columns": [], "cells": []}}
    return run(app)


def study_with(*losses, **changes):
    """A study that was started, with a complete trial for each loss."""
    study = new_study(**{"trials": 20} | changes)
    for loss in losses:
        add_trial(study, loss, **{CURVE: ROWS, PARAMETERS: 500})
    return study


def test_no_studies():
    """Without studies, the other views say how to begin one."""
    assert "No searches yet" in text(open_page(view="Watch"))
    assert "No searches yet" in text(open_page(view="All searches"))


def test_start():
    """Start makes the study of the form, starts it and shows it; the form's next name is free."""
    app = press(fill(open_page(), trials=7, workers=2), "Start")
    (study,) = list_studies()
    assert (study.name, study.config.trials, study.config.workers) == ("lenet_search", 7, 2)
    assert list(study.config.space) == ["filters_1", "filters_2", "learning_rate", "batch_size"]
    assert study.request == Request.RUN
    assert app.pills(key="view").value == "Watch"
    assert "0 of 7 trials done" in app.get("progress")[0].proto.text
    app.pills(key="view").set_value("New search")
    assert run(app).get_by_key("search_name").value == "lenet_search_2"


def test_what_stands_beside_start():
    """The number of combinations and the expected time; a continuous range has no end."""
    app = open_page()
    assert "endlessly many combinations · about" in text(app)
    app = fill(app, space_chosen=["filters_1", "batch_size"])
    assert "32 combinations · about" in text(app)
    assert "less with pruning" in text(app)
    assert "less with pruning" not in text(fill(app, pruner="none"))


def test_more_workers_take_less_time(monkeypatch):
    """The expected time is divided by the workers, as far as there are cores for them."""
    monkeypatch.setattr("os.cpu_count", lambda: 4)
    app = fill(open_page(), pruner="none", trials=10, epochs=1, limit=1000)
    pages = {count: text(fill(app, workers=count)) for count in (1, 4, 8)}
    minutes = {count: int(re.search(r"combinations · about (\d+) min", page)[1]) for count, page in pages.items()}
    assert minutes[1] > 2 * minutes[4]
    assert minutes[4] == minutes[8]


@pytest.mark.parametrize(
    ("values", "refusal"),
    [
        (
            {"space_learning_rate_low": 0.1, "space_learning_rate_high": 0.01},
            "Learning rate is 0.1, 0.01: the range is reversed. Give the smaller number first.",
        ),
        ({"space_filters_1_low": 0}, "Filters 1 is 0: give whole numbers from 1 to 512."),
        ({"space_batch_size_choices": []}, "Batch size is empty: give at least one value to choose from."),
        ({"space_chosen": []}, "What to search is empty: choose at least one parameter."),
        ({"trials": 0}, "Trials is 0: give a whole number from 1 to 10,000."),
        ({"minutes": 0.0}, "Minutes at most is 0: give a number above 0"),
        ({"sampler": "grid", "space_batch_size_choices": [32]}, "Sampler is grid: "),
        ({"name": "tiny"}, "Name of the search is tiny: there is such a search already; give another name."),
        ({"name": "../x"}, "name"),
    ],
)
def test_refusals(values, refusal):
    """What cannot be searched is said in one sentence, and there is no Start."""
    new_study()
    app = fill(open_page(), **values)
    if values.get("sampler") == "grid":  # only a grid of many points is refused
        app = fill(app, space_chosen=["filters_1", "filters_2", "learning_rate", "batch_size", "rotation", "shift"])
    (error,) = app.error
    assert error.value.startswith(refusal) or refusal in error.value.lower()
    assert button(app, "Start").disabled
    assert [study.name for study in list_studies()] == ["tiny"]


def test_another_architecture():
    """Another kind of network brings its own parameters."""
    app = fill(open_page(), architecture="sprint")
    assert app.get_by_key("search_space_chosen").value[:4] == ["filters_1", "filters_2", "filters_3", "filters_4"]


def test_two_goals():
    """A search for two goals prunes nothing, and can be started."""
    app = fill(open_page(), objective="accuracy_and_parameters")
    assert app.get_by_key("search_pruner").value == "none"
    press(app, "Start")
    assert list_studies()[0].config.has_two_objectives


def test_no_trials():
    """A study without trials says what will stand there."""
    page = text(watch(new_study()))
    assert "The best trial will stand here" in page
    assert "No trials yet" in page


def test_one_trial():
    """With one trial the page has its result, and says from how many trials on there is a figure."""
    app = watch(study_with(0.2))
    assert "**0.2000** lowest validation loss so far" in text(app)
    assert "This figure needs 2 complete trials; there is 1 so far." in text(app)


def test_the_best_trial():
    """The best value stands there with its settings, and how many trials are done."""
    study = study_with(0.3, 0.1, 0.2)
    add_trial(study, state=TrialState.PRUNED, **{REASON: "Worse than the others."})
    app = watch(study)
    assert "**0.1000** lowest validation loss so far" in text(app)
    assert "Trial 1: Filters 1: 2 · Learning rate: 0.002" in text(app)
    assert app.get("progress")[0].proto.text == "4 of 20 trials done · 1 pruned"


@pytest.mark.parametrize("name", FIGURES)
def test_figures(name):
    """Each figure of Optuna's is drawn, with a sentence that says how to read it."""
    app = watch(study_with(*(0.1 + 0.01 * number for number in range(12))))
    app.pills(key="search_figure").set_value(name)
    app = run(app)
    assert charts(app)
    assert FIGURES[name].sentence in text(app)


def test_the_pareto_front():
    """A study with two goals begins with its Pareto front."""
    study = new_study(objective="accuracy_and_parameters", trials=20)
    for accuracy, parameters in ((0.9, 100.0), (0.95, 500.0), (0.8, 400.0)):
        add_trial(study, [accuracy, parameters])
    app = watch(study)
    assert app.pills(key="search_figure").value == PARETO
    assert [trace["name"] for trace in charts(app)[0]] == ["other trials", "Pareto front"]
    assert "2 trials are on the Pareto front." in text(app)


def test_running_trials():
    """A trial that is running has its settings, its epoch and its curve beside the best one's."""
    study = study_with(0.2)
    add_trial(study, state=TrialState.RUNNING, **{CURVE: ROWS})
    study.start()
    app = watch(study)
    assert "Trial 1, epoch 2 of 2. Filters 1: 2" in text(app)
    assert [trace["name"] for trace in charts(app)[0]] == ["the best so far", "trial 1"]


def test_the_table():
    """The table has a row for each trial with its state and the reason."""
    study = study_with(0.2)
    add_trial(study, state=TrialState.PRUNED, **{REASON: "The kernel is larger than the map."})
    table = watch(study).dataframe[0].value
    assert list(table["state"]) == ["complete", "pruned"]
    assert list(table["reason"]) == ["", "The kernel is larger than the map."]
    assert table["loss"][0] == 0.2


def test_a_trial_without_network():
    """A trial whose network is not kept cannot be opened, and the page says why."""
    app = select(watch(study_with(0.2, 0.3)), 1)
    assert "**Trial 1**, complete." in text(app)
    assert button(app, "Open on Recognise").disabled
    assert "This trial has no network here" in text(app)


def test_two_trials():
    """Two selected trials stand side by side with what changed and both curves."""
    app = select(watch(study_with(0.2, 0.3)), 0, 1)
    assert "Trial 0 and trial 1" in text(app)
    assert "Both trials have the same settings" in text(app)
    assert {trace["name"] for trace in charts(app)[-1]} == {"trial 0", "trial 1"}


def test_buttons():
    """Start, Pause, Continue and Stop ask for it, whichever browser presses them."""
    study = new_study()
    app = press(watch(study), "Start")
    assert study.status == StudyStatus.WAITING
    press(app, "Pause")
    assert study.status == StudyStatus.PAUSED
    press(watch(study), "Continue")
    assert study.status == StudyStatus.WAITING
    press(watch(study), "Stop")
    assert study.status == StudyStatus.STOPPED


def test_more_trials():
    """A study that has done all its trials goes on with a larger number of them."""
    study = study_with(0.2, 0.3, trials=2)
    study.start()
    assert study.status == StudyStatus.FINISHED
    press(watch(study), "Continue")
    assert study.config.trials == 22
    assert study.status == StudyStatus.WAITING


def test_links():
    """A link to a study that does not exist says so, and shows another one."""
    new_study()
    app = open_page(view="Watch", study="nothing")
    assert "The link asks for the study `nothing`, which does not exist. Tiny is shown instead." in text(app)


def test_deleting():
    """A study is deleted after a question."""
    for name in ("one", "two"):
        new_study(name=name)
    app = open_page(view="All searches")
    app.session_state["search_studies_table/two/one"] = {"selection": {"rows": [0], "columns": [], "cells": []}}
    press(run(app), "Yes, delete")
    assert [study.name for study in list_studies()] == ["one"]


def test_search_again():
    """The settings of a study fill the form, with a name that is free."""
    new_study(name="one", trials=33)
    app = open_page(view="All searches")
    app.session_state["search_studies_table/one"] = {"selection": {"rows": [0], "columns": [], "cells": []}}
    app = press(run(app), "Search again with these settings")
    assert app.get_by_key("search_name").value == "one_2"
    assert app.get_by_key("search_trials").value == 33
    assert app.get_by_key("search_space_filters_1_high").value == 3


@pytest.mark.parametrize("view", ["New search", "Watch", "All searches"])
def test_an_unreachable_storage(monkeypatch, view):
    """One sentence without the password, and the page stays usable."""
    monkeypatch.setenv("DIGITLAB_STUDY_STORAGE", "postgresql+psycopg://pupil:secret@127.0.0.1:1/studies")
    app = open_page(view=view)
    (error,) = app.error
    assert "cannot be reached" in error.value
    assert "secret" not in str(app.main)
    assert app.pills(key="view").value == view
    monkeypatch.delenv("DIGITLAB_STUDY_STORAGE")
    assert not run(app).error


def test_a_deleted_study():
    """A study that was deleted elsewhere is named in a sentence."""
    from digitcore.search.study import delete_study

    study = new_study()
    app = watch(study)
    new_study(name="other")
    delete_study(study)
    assert run(app).selectbox(key="search_study").value == "other"


def with_networks(study, *numbers):
    """The study, with a kept network for each of these trials."""
    for number in numbers:
        shutil.copytree(PROJECT / "models" / "lenet", study.networks_dir / str(number))
    return study


@pytest.mark.parametrize(
    ("label", "title"),
    [("Open on Recognise", "Recognise a digit"), ("Open on Layers", "See the digit travel"), ("Compare", "Compare models")],
)
def test_opening_a_trial(label, title):
    """One click saves the network of a trial as a model and opens it on another page."""
    app = press(select(watch(with_networks(study_with(0.2), 0)), 0), label)
    assert registry.exists("tiny_trial_0")
    assert app.title[0].value == title
    if label != "Compare":
        assert app.selectbox(key="model").value == "tiny_trial_0"


def test_comparing_two_trials():
    """Two trials are opened on Compare as the difference of their models."""
    app = press(select(watch(with_networks(study_with(0.2, 0.3), 0, 1)), 0, 1), "Compare")
    assert app.title[0].value == "Compare models"
    shown = [app.query_params[name] for name in ("show", "first", "second")]
    assert shown == ["Mistakes", "tiny_trial_0", "tiny_trial_1"]


def test_training_the_best_fully():
    """The settings of the best trial become a run with all images, which the Train page shows."""
    app = press(watch(study_with(0.2, 0.1)), "Train the best one fully")
    (made,) = list_runs()
    assert app.title[0].value == "Train a network"
    assert app.pills(key="view").value == "Watch"
    assert app.session_state["train_run"] == made.id
    assert made.config.limit is None
    assert (made.folder / "best_params.json").is_file()
