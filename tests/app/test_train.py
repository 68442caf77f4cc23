"""The train page without a browser, and without training: nothing here starts what is put in the queue."""

import json
import re
import shutil
import time
from dataclasses import replace
from datetime import datetime

import pytest
from streamlit.testing.v1 import AppTest

from digitcore import paths
from digitcore.figures.words import with_article
from digitcore.runs import registry
from digitcore.runs.config import LIMITS, Augmentation, TrainConfig
from digitcore.runs.registry import create_run, list_runs, queued_runs
from digitcore.runs.run import CHECKPOINT_FILE, CONFIG_FILE, HISTORY_FILE, PROGRESS_FILE, STATE_FILE
from digitcore.runs.state import State, Status
from digitcore.training.recipes import PRESETS
from server.estimates import SpeedEstimates
from tests.app.actions import button, press, run
from tests.pictures import as_file, draw_digit
from tests.server import PROJECT
from ui.train.run_names import run_name

SPRINT, FIRST_STEPS, CNN_V2 = PRESETS
CONFIG = replace(PRESETS[FIRST_STEPS], name="tiny", epochs=3)
CURVE = "epoch,accuracy,learning_rate,loss,val_accuracy,val_loss\n0,0.5,0.002,1.5,0.6,1.2\n1,0.8,0.002,0.7,0.8125,0.6543\n"
PROGRESS = "epoch,loss,accuracy,learning_rate\n0.5,1.9,0.3,0.002\n2,0.7,0.8,0.002\n"
METRICS = {"test_accuracy": 0.9321, "test_loss": 0.2, "test_images": 500}
#: A worker on another machine, which is taken for alive.
ELSEWHERE = {"status": Status.RUNNING, "heartbeat": time.time() + 3600, "host": "elsewhere"}


pytestmark = pytest.mark.usefixtures("own_folders")


def open_page(**query):
    """The train page, as an address with this query shows it."""
    app = AppTest.from_file(str(PROJECT / "ui" / "frame.py"), default_timeout=60)
    app.query_params.update(query)
    return run(app.switch_page("../pages/train.py"))


def fill(app, **values):
    """Give the form's widgets their values; one that is not there yet appears by those before it."""
    for name, value in values.items():
        try:
            widget = app.get_by_key(f"train_{name}")
        except KeyError:
            widget = run(app).get_by_key(f"train_{name}")
        widget.set_value(value)
    return run(app)


def everything(app):
    """Show what is not among the basics as well; the switch stands in the frame of all pages."""
    app.session_state["detail"] = "Everything"
    return run(app)


def show(app, view):
    """Choose a view."""
    app.pills(key="view").set_value(view)
    return run(app)


def select(app, *rows):
    """Select rows of the table of all runs as it is on the page; AppTest has no way to click on them."""
    _, version = app.session_state["train_runs_shown"]
    app.session_state[f"train_runs_table_{version}"] = {"selection": {"rows": list(rows), "columns": [], "cells": []}}
    return run(app)


def use(app, preset):
    """Press a preset's card."""
    app.get_by_key(f"train_preset_{preset}").click()
    return run(app)


def text(app):
    """All that the page says."""
    kinds = (app.markdown, app.caption, app.error, app.info, app.warning, app.toast)
    return "\n".join(str(element.value) for kind in kinds for element in kind)


def charts(app):
    """Each Plotly chart's traces."""
    return [json.loads(chart.proto.spec)["data"] for chart in app.get("plotly_chart")]


def refusal(app, *, before=()):
    """The one sentence that says why nothing was queued; Start is pressed where it can be."""
    if not button(app, "Start").disabled:
        press(app, "Start")
    assert list_runs() == list(before)
    assert app.pills(key="view").value == "New run"
    (error,) = app.error
    return error.value


def labelled_folder(*names, pictures=20):
    """The folder ``data/mine`` with so many pictures of a 7 in each of the folders of these names."""
    for name in names:
        folder = paths.data_dir() / "mine" / name
        folder.mkdir(parents=True)
        for number in range(pictures):
            (folder / f"{number}.png").write_bytes(as_file(draw_digit(7, 40)))
    return paths.data_dir() / "mine"


def make_run(name="tiny", *, config=CONFIG, curve="", **state):
    """A run's folder, as its worker would have left it."""
    made = create_run(replace(config, name=name))
    made.write_state(State(**{"queued_at": time.time(), **state}))
    if curve:
        (made.folder / HISTORY_FILE).write_text(curve)
        (made.folder / PROGRESS_FILE).write_text(PROGRESS)
    return made


def name_of(made):
    """What a run is called on the page."""
    return run_name(made.id, datetime.now().astimezone())


def finished(name="tiny", *, config=CONFIG):
    """A run that has ended after two epochs."""
    state = {"status": Status.FINISHED, "epoch": 2, "best_epoch": 2, "training_seconds": 12.3, "metrics": METRICS}
    return make_run(name, config=config, curve=CURVE, **state)


# The form refuses.


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        (
            {"name": "../x"},
            "The name '../x' cannot be used: choose 1 to 64 letters, digits, '_' or '-', with a letter or digit first.",
        ),
        ({"name": ""}, "The name '' cannot be used"),
        ({"epochs": 0}, "Maximum number of epochs is 0: give a whole number of at least 1."),
        ({"learning_rate": -0.1}, "Learning rate is -0.1: give a number above 0, at most 10."),
        ({"learning_rate": 0.0}, "Learning rate is 0: give a number above 0, at most 10."),
        (
            {"sprint_filters": "8, many"},
            "Filters of the convolutions is 8, many: give whole numbers separated by commas, such as 16, 32, 48, 64.",
        ),
        ({"sprint_filters": ""}, "Filters of the convolutions is empty: give whole numbers separated by commas"),
        ({"sprint_filters": "0"}, "Filters of the convolutions is 0: give a list of whole numbers from 1 to 512."),
        ({"sprint_filters": "8, 8, 8, 8, 8, 8, 8, 8, 8"}, "give 1 to 8 numbers, not 9."),
        ({"architecture": "cnn_v2", "cnn_v2_dropout": "1.5"}, "Dropout is 1.5: give a number from 0 to less than 1."),
        ({"limited": True, "limit": 0}, "Number of images is 0: give a whole number of at least 1."),
        ({"seed": -1}, "Seed is -1: give a whole number from 0 to 4294967295."),
        ({"architecture": "lenet", "lenet_kernel_size": "27"}, "lenet cannot be built with kernel size 27:"),
        ({"batch_size": 50_001}, "Batch size is 50001: a batch would need 19.5 GiB for this network"),
        ({"sprint_filters": "512, 512, 512, 512, 512, 512, 512, 512"}, "multiply-adds per image; the limit is 500,000,000"),
        ({"data": "folder"}, "There is no such labelled folder. Choose one that is listed."),
    ],
)
def test_a_setting_of_no_use(settings, said):
    """A setting of no use is refused with what was given and what was expected."""
    assert said in refusal(fill(open_page(), **settings))


def test_start_waits_for_good_settings():
    """While a setting is of no use, Start cannot be pressed."""
    app = fill(open_page(), epochs=0)
    assert button(app, "Start").disabled
    assert not button(fill(app, epochs=1), "Start").disabled


def test_the_network_stays():
    """The picture of the network stands whatever the other settings are; without a network, the page says so in its place."""
    app = fill(open_page(), name="no/name", epochs=0)
    assert "All layers together have 47,514 parameters." in text(app)
    app = fill(app, sprint_filters="many")
    assert "All layers together" not in text(app)
    assert "With these settings there is no network. The reason stands beside Start." in text(app)


def test_before_its_start_a_run_has_no_epoch():
    """A run that waits says how many epochs it will train, not which one it trains."""
    create_run(CONFIG)
    app = show(open_page(), "Watch")
    assert [progress.text for progress in app.get("progress")] == ["3 epochs"]


def test_an_endless_name():
    """Of 300 characters the field takes 64."""
    press(fill(open_page(), name="x" * 300), "Start")
    assert [made.config.name for made in list_runs()] == ["x" * 64]


def test_emptied_fields():
    """Fields that were emptied break nothing."""
    fill(open_page(), epochs=None, batch_size=None, learning_rate=None, seed=None, name=None, sprint_filters=None)


@pytest.mark.parametrize("settings", [{"batch_size": 10_000_000}, {"sprint_filters": ", ".join(["512"] * 8)}])
def test_what_is_too_large_is_not_measured(monkeypatch, settings):
    """The speed of a network or a batch over the limits is not measured: it would fill the memory."""
    measured = []
    app = open_page()
    monkeypatch.setattr(SpeedEstimates, "seconds_for", lambda _, config: measured.append(config) or 1.0)
    refusal(fill(app, **settings))
    assert all(config in PRESETS.values() for config in measured)


def test_a_batch_larger_than_the_data():
    """A batch that is larger than the data is lowered, and the page says so before the start."""
    app = fill(open_page(), limited=True, limit=16)
    assert "The batch size is 16 instead of 128: there are no more training images." in text(app)


def test_a_taken_name_and_a_full_queue(monkeypatch):
    """Neither a model's name can be used nor that of a run that waits; a full queue takes nothing."""
    shutil.copytree(PROJECT / "models" / "lenet", paths.models_dir() / "mine")
    waiting = make_run("yours")
    app = fill(open_page(), name="mine")
    assert refusal(app, before=[waiting]) == "There is already a model 'mine'. Choose another name."
    said = refusal(fill(app, name="yours"), before=[waiting])
    assert said == "A queued or running run will save a model 'yours'. Choose another name."
    monkeypatch.setattr("digitcore.jobs.queue.MAX_QUEUE", 1)
    assert "queued already. Try again when some of them have finished." in refusal(fill(app, name="ours"), before=[waiting])


@pytest.mark.parametrize(
    ("names", "pictures", "said"),
    [
        (["7"], 0, "holds 0 labelled pictures; at least 10 are needed."),
        (["7", "seven"], 10, "'seven' is not a digit from 0 to 9."),
    ],
)
def test_a_folder_of_no_use(names, pictures, said):
    """An empty and a mislabelled folder are refused."""
    folder = labelled_folder(*names, pictures=pictures)
    assert said in refusal(fill(open_page(), data="folder", folder=str(folder), batch_size=8))


def test_a_labelled_folder():
    """A folder's pictures are counted and trained on; where it was deleted after it was chosen, Start refuses."""
    folder = labelled_folder("7")
    app = fill(open_page(), data="folder", folder=str(folder), batch_size=8)
    assert "· 16 images" in text(app)
    folder.rename(folder.with_name("other"))
    assert refusal(app) == "There is no such labelled folder. Choose one that is listed."
    folder = folder.with_name("other")
    press(fill(app, folder=str(folder)), "Start")
    assert [made.config.folder for made in list_runs()] == [str(folder)]


def test_left_out_on_request():
    """With the switch, a folder that names no digit is left out, and the others are trained on."""
    folder = labelled_folder("7", "seven")
    app = fill(open_page(), data="folder", folder=str(folder), batch_size=8)
    assert "'seven' is not a digit from 0 to 9." in refusal(app)
    press(fill(app, leave_out_unreadable=True), "Start")
    assert [(made.config.folder, made.config.leave_out_unreadable) for made in list_runs()] == [(str(folder), True)]


@pytest.mark.parametrize("junk", [None, "quantum", 3])
@pytest.mark.parametrize("name", ["architecture", "data", "schedule", "optimizer"])
def test_a_choice_that_does_not_exist(name, junk):
    """Whatever a browser sends for a choice, the page works."""
    app = show(open_page(), "All runs")
    app.session_state[f"train_{name}"] = junk
    show(app, "New run")


# The form is filled, and Start queues what it says.


@pytest.mark.parametrize(
    ("preset", "name", "parameters", "images", "seconds"),
    [
        (SPRINT, "sprint_2", "47,514", "50,000", "about 9 min"),
        (CNN_V2, "cnn_v2", "276,810", "50,000", "about 3 h"),
        (FIRST_STEPS, "first_steps", "5,994", "4,000", "about 6 min"),
    ],
)
def test_presets(preset, name, parameters, images, seconds):
    """A preset fills the form, under a free name; its size and time stand there; Start queues just that."""
    shutil.copytree(PROJECT / "models" / "lenet", paths.models_dir() / "sprint")
    app, config = use(open_page(), preset), PRESETS[preset]
    assert app.get_by_key("train_name").value == name
    for setting in ("architecture", "data", "batch_size", "epochs", "learning_rate", "schedule", *LIMITS):
        value = getattr(config.augmentation if setting in LIMITS else config, setting)
        assert app.get_by_key(f"train_{setting}").value == value
    assert f"{seconds} · {images} images" in text(app)
    assert f"All layers together have {parameters} parameters" in text(app)
    assert f"Time: {seconds}  \nAccuracy: you will see at the end  \nSize: {parameters} parameters" in text(app)
    icons = {key: app.get_by_key(f"train_preset_{key}").proto.icon for key in PRESETS}
    assert [key for key, icon in icons.items() if icon == ":material/check_circle:"] == [preset]
    assert len(charts(app)) == 1
    assert len(app.image) == (1 if config.augmentation else 0)
    press(app, "Start")
    assert [made.config for made in list_runs()] == [replace(config, name=name)]


def test_start_in_a_folder_that_cannot_be_written():
    """Where the folder of runs is a file, Start says so in one sentence, and works when the file is gone."""
    app = open_page()
    paths.runs_dir().rmdir()
    paths.runs_dir().write_text("")
    assert f"The folder {paths.runs_dir()} cannot be written to: it is a file." in refusal(app)
    paths.runs_dir().unlink()
    press(app, "Start")
    assert len(list_runs()) == 1


def test_start():
    """Start queues one run with just the form's settings, which outlive other views, and shows it."""
    app = fill(
        use(everything(open_page()), FIRST_STEPS),
        **{"name": "mine", "epochs": 4, "batch_size": 64, "learning_rate": 0.01, "seed": 11, "lenet_filters": "4, 6"},
        **{"optimizer": "sgd", "schedule": "cosine", "monitor": "val_accuracy", "stops_early": False, "tensorboard": True},
        **{"rotation": 9.0, "limited": True, "limit": 1000},
    )
    press(show(show(app, "All runs"), "New run"), "Start")
    (made,) = list_runs()
    assert made.config == TrainConfig(
        **{"name": "mine", "epochs": 4, "batch_size": 64, "learning_rate": 0.01, "seed": 11, "limit": 1000},
        **{"optimizer": "sgd", "schedule": "cosine", "monitor": "val_accuracy", "tensorboard": True},
        **{"architecture": "lenet", "arguments": {"filters": [4, 6]}, "data": "sample", "early_stopping_patience": None},
        augmentation=Augmentation(rotation=9.0),
    )
    assert made.state().status == Status.QUEUED
    assert (app.pills(key="view").value, app.selectbox(key="train_run").value) == ("Watch", made.id)
    assert "Starts in a moment." in text(app)


@pytest.mark.parametrize(("others", "place"), [([{}], 2), ([ELSEWHERE], 1), ([ELSEWHERE, {}], 2)])
def test_the_place_in_the_queue(others, place):
    """A run that has to wait says at which place."""
    for number, state in enumerate(others):
        make_run(f"other{number}", **state)
    assert f"Number {place} in the queue." in text(press(open_page(), "Start"))


def watched(run_id, problem):
    """A page that shows a run and nothing else; AppTest runs this text as a script."""
    from digitcore.runs.registry import find_run
    from ui.train.watch import watch

    watch(find_run(run_id), lambda: problem)


def test_a_dispatcher_that_cannot_start_runs():
    """A queued run says why it does not start, instead of that it starts in a moment; a finished one has no such worries."""
    problem = "Queued runs cannot be started at the moment (the disk is full)."
    waiting, done = make_run(), finished("done")
    app = run(AppTest.from_function(watched, args=(waiting.id, problem), default_timeout=60))
    assert [error.value for error in app.error] == [problem]
    assert "Starts in a moment." not in text(app)
    assert "Starts in a moment." in text(run(AppTest.from_function(watched, args=(waiting.id, None), default_timeout=60)))
    assert problem not in text(run(AppTest.from_function(watched, args=(done.id, problem), default_timeout=60)))


@pytest.mark.parametrize("state", [ELSEWHERE, {"status": Status.FINISHED, "metrics": METRICS, "ended_at": 1.0}])
def test_a_watched_run_is_read_alone(monkeypatch, state):
    """What is drawn every second reads the folder of its own run, not those of all others."""
    made = make_run(curve=CURVE, epoch=2, best_epoch=2, **state)
    looked = []
    scan = registry._scan
    monkeypatch.setattr(registry, "_scan", lambda: looked.append(True) or scan())
    assert "Best epoch 2" in text(run(AppTest.from_function(watched, args=(made.id, None), default_timeout=60)))
    assert looked == [True]  # this page's own find_run


# Watch.


@pytest.mark.parametrize("view", ["Watch", "All runs"])
def test_no_runs_yet(view):
    """Without runs both views say where to begin, even where the address names one."""
    assert "No runs yet. Choose **New run** and press **Start**." in text(open_page(view=view, run="20200101-000000-gone"))


def test_a_running_run():
    """A run in progress says how far it is, and can be stopped once."""
    state = {"doing": "training", "epoch": 2, "batch": 10, "batches": 20, "images_per_second": 4321.0, "seconds_left": 75.0}
    made = make_run(curve=CURVE, **ELSEWHERE, **state)
    app = open_page(view="Watch", run=made.id)
    (bar,) = app.get("progress")
    assert (bar.value, bar.text) == (83, "epoch 3 of 3 · 4,321 images/s · about 1 min left")
    press(app, "Stop")
    assert made.is_requested("stop")
    assert [(button.label, button.disabled) for button in app.button] == [("Stop", True), ("Yes, discard", True)]


def test_what_the_callbacks_did():
    """Each event stands beside its epoch; one from before the first epoch has none."""
    made = make_run(curve=CURVE, **ELSEWHERE, events=((0, "The batch is smaller."), (2, "The rate fell.")))
    shown = text(open_page(view="Watch", run=made.id)).splitlines()
    assert "The batch is smaller." in shown
    assert "Epoch 2: The rate fell." in shown


def test_a_finished_run():
    """A finished run shows its result, its curves and its kept networks' readings of a picture."""
    from digitcore.networks import architectures

    made = finished()
    made.epoch_file(1).parent.mkdir()
    for epoch in (1, 2):
        architectures.build("lenet", filters=[3]).save(made.epoch_file(epoch))
    app = open_page(view="Watch", run=made.id)
    assert [header.value for header in app.header] == ["**93.21%** of 500 test images right"]
    assert "Trained for 12 s. The model **Tiny** was deleted." in text(app)
    assert "Best epoch 2: of the validation images, 81.25% right, loss 0.6543." in text(app)
    accuracy, loss, rate = charts(app)
    for curves in (accuracy, loss):
        assert {"within the epoch", "training", "validation", "best epoch"} == {trace["name"] for trace in curves}
    assert [trace["name"] for trace in rate] == ["learning rate"]
    assert any(element.value.count('role="listitem"') == 10 for element in app.html)
    assert "After epoch 2 it reads a" in text(app)
    assert len(app.image) == 1
    app.select_slider[0].set_value(1)
    assert "After epoch 1 it reads a" in text(run(app))
    assert [len(charts(everything(app))), len(app.image)] == [4, 3]


@pytest.mark.parametrize(
    ("state", "checkpoint", "said"),
    [
        ({"status": Status.FAILED, "error": "The disk is full."}, True, "The disk is full."),
        ({"status": Status.FAILED, "error": "There is no picture."}, False, "There is no picture."),
        ({"status": Status.RUNNING, "heartbeat": 1.0}, True, "The training process ended unexpectedly."),
        ({"status": Status.QUEUED}, False, "its networks are discarded."),
    ],
)
def test_an_early_end(state, checkpoint, said):
    """A run that ended early says why; where it can go on, Resume puts it in the queue."""
    made = make_run(curve=CURVE, epoch=2, best_epoch=2, **state)
    if checkpoint:
        (made.folder / CHECKPOINT_FILE).touch()
    app = open_page(view="Watch", run=made.id)
    if made.state().status == Status.QUEUED:
        press(app, "Yes, discard")
    assert said in text(app)
    assert [button.label for button in app.button] == (["Resume"] if checkpoint else [])
    if checkpoint:
        press(app, "Resume")
        assert "Starts in a moment." in text(app)
    assert queued_runs() == ([made] if checkpoint else [])


@pytest.mark.parametrize("state", [{}, ELSEWHERE, {"status": Status.FINISHED, "metrics": METRICS}])
def test_damaged_settings(state):
    """A run whose settings cannot be read says so in every view, whatever its state, and advises to delete it."""
    made = make_run(curve=CURVE, epoch=2, best_epoch=2, **state)
    (made.folder / CONFIG_FILE).write_text("{")
    said = f"The settings of the run {made.id} cannot be read"
    app = select(open_page(view="All runs", run=made.id), 0)
    assert said in text(app)
    assert said in text(press(app, "Train again with these settings"))
    assert said in text(show(app, "Watch"))


@pytest.mark.parametrize(
    ("file", "content"),
    [
        *((STATE_FILE, content) for content in ("{", '{"status": "sleeping"}', '{"status": "finished"}')),
        *((HISTORY_FILE, content) for content in (CURVE[:-40], "epoch,loss\n0,1\n1,1\n", "epoch,loss\nnan,1\n")),
        ("epochs/0001.keras", "PK torn"),
    ],
)
def test_damaged_results(file, content):
    """A state, a curve or a kept network that is damaged breaks no view."""
    made = finished()
    (made.folder / file).parent.mkdir(exist_ok=True)
    (made.folder / file).write_text(content)
    app = select(open_page(view="All runs"), 0)
    press(app, "Open")
    assert text(app)


def with_model(made):
    """A finished run whose model is there."""
    shutil.copytree(PROJECT / "models" / "lenet", paths.models_dir() / made.config.name)
    card = paths.models_dir() / made.config.name / "card.json"
    card.write_text(json.dumps(json.loads(card.read_text()) | {"run": made.id}))
    return made


@pytest.mark.parametrize(("label", "title"), [("Try it", "Recognise a digit"), ("Look inside", None), ("Compare", None)])
def test_what_comes_next(label, title):
    """The banner's buttons lead to the other pages, where the new model is chosen."""
    made = with_model(finished())
    app = press(open_page(view="Watch", run=made.id), label)
    assert app.session_state["model"] == "tiny"
    assert not [header for header in app.title if header.value == "Train a network"]
    if title:
        assert app.title[0].value == title
        assert app.selectbox(key="model").value == "tiny"


def test_a_model_of_another_run():
    """Where the model was deleted and another run has taken its name, nothing leads to that model."""
    made = finished()
    with_model(finished("other"))
    (paths.models_dir() / "other").rename(paths.models_dir() / "tiny")
    app = open_page(view="Watch", run=made.id)
    assert all(button(app, label).disabled for label in ("Try it", "Look inside", "Compare"))


def test_train_again_from_the_banner():
    """The banner's button fills the form with the run's settings; those of a continued run are its first ones."""
    first = finished(config=replace(CONFIG, schedule="one_cycle", learning_rate=0.01))
    more = replace(first.config, epochs=13, schedule="cosine", learning_rate=0.001, continued_from=first.id)
    app = open_page(view="Watch", run=finished("more", config=more).id)
    assert f"Continues {name_of(first)}." in text(app)
    assert "No later epoch was better on the validation images" in text(app)
    press(fill(press(app, "Train again"), name="again"), "Start")
    assert [made.config for made in queued_runs()] == [replace(first.config, name="again")]


@pytest.mark.parametrize("schedule", ["constant", "one_cycle"])
def test_ten_more_epochs(schedule):
    """A finished run with its checkpoint is continued as a new run, whose page is shown; one without is not."""
    made = finished(config=replace(CONFIG, schedule=schedule, learning_rate=0.01))
    assert "10 more epochs" not in [button.label for button in open_page(view="Watch", run=made.id).button]
    (made.folder / CHECKPOINT_FILE).touch()
    app = open_page(view="Watch", run=made.id)
    assert ("starts again at a tenth" in button(app, "10 more epochs").help) == (schedule == "one_cycle")
    press(app, "10 more epochs")
    (more,) = queued_runs()
    assert (more.config.epochs, more.config.continued_from) == (12, made.id)
    assert more.config.learning_rate == pytest.approx(0.01 if schedule == "constant" else 0.001)
    assert app.selectbox(key="train_run").value == more.id
    assert "Starts in a moment." in text(app)


def test_the_latest_run_is_shown():
    """Without a run in the address, and with one that does not exist, Watch shows the newest run."""
    finished("old")
    newest = make_run("newest")
    newest.folder.rename(paths.runs_dir() / "29990101-000000-newest")
    for query in ({}, {"run": "20200101-000000-gone"}):
        app = open_page(view="Watch", **query)
        assert app.selectbox(key="train_run").value == "29990101-000000-newest"
        assert ("which does not exist" in text(app)) == bool(query)


@pytest.mark.parametrize("junk", [None, "9", 5000, -7, {"a": 1}])
def test_a_watched_digit_that_does_not_exist(junk):
    """Whatever a browser has chosen, a digit is shown."""
    from digitcore.networks import architectures

    made = finished()
    made.epoch_file(1).parent.mkdir()
    architectures.build("lenet", filters=[3]).save(made.epoch_file(1))
    app = open_page(view="Watch", run=made.id)
    app.session_state["train_digit"] = junk
    assert "After epoch 1 it reads a" in text(run(app))


def test_misread_digits_come_first(sample):
    """The digits that the newest epoch misreads are listed before those that it reads right."""
    from digitcore.networks import architectures
    from digitcore.training.snapshots import probabilities_of

    made = finished()
    made.epoch_file(1).parent.mkdir()
    architectures.build("lenet", filters=[3]).save(made.epoch_file(1))
    answers = probabilities_of(made, 1, sample.x_test[:300].astype("float32") / 255).argmax(axis=1)
    options = next(box for box in open_page(view="Watch", run=made.id).selectbox if box.label == "Watched digit").options
    index = next(index for index, answer in enumerate(answers) if answer != sample.y_test[index])
    misread = f"Misread: {with_article(sample.y_test[index])} as {with_article(answers[index])} (test image {index + 1})"
    assert options[0] == misread
    kinds = [option.startswith("Misread") for option in options]
    assert kinds == sorted(kinds, reverse=True)


# All runs.


def test_all_runs():
    """The table has the newest run first; the curves of the chosen ones lie over each other; one can be opened."""
    made = {name: finished(name).id for name in ("one", "two")} | {"waiting": make_run("waiting").id}
    app = open_page(view="All runs")
    ids = sorted(made.values(), reverse=True)
    rows = app.dataframe[0].value.to_dict("records")
    names = {run_id: row["run"] for run_id, row in zip(ids, rows, strict=True)}
    for name, run_id in made.items():
        assert re.fullmatch(rf"{name.capitalize()}, (today|yesterday) \d\d:\d\d", names[run_id])
    row = rows[ids.index(made["one"])]
    assert [row[column] for column in ("state", "epochs", "test accuracy")] == ["finished", "2 of 3", 0.9321]
    assert "validation accuracy" not in row
    row = everything(app).dataframe[0].value.to_dict("records")[ids.index(made["one"])]
    assert [row[column] for column in ("validation accuracy", "validation loss")] == [0.8125, 0.6543]
    (traces,) = charts(select(app, 0, 1, 2))
    assert {trace["name"] for trace in traces} == {names[made["one"]], names[made["two"]]}
    assert button(app, "Open").disabled
    press(select(app, ids.index(made["one"])), "Open")
    assert (app.pills(key="view").value, app.selectbox(key="train_run").value) == ("Watch", made["one"])


@pytest.mark.parametrize(
    "config",
    [
        replace(CONFIG, arguments={}),
        replace(CONFIG, learning_rate=1, early_stopping_min_delta=0, augmentation=Augmentation(shift=1, scale=0.123)),
        replace(PRESETS[CNN_V2], limit=200, early_stopping_patience=None, plateau_factor=0.3, tensorboard=True),
    ],
)
def test_train_again(config):
    """The form gets the settings of a run, whatever was in it before."""
    finished(config=config)
    app = select(show(use(open_page(), FIRST_STEPS), "All runs"), 0)
    press(fill(press(app, "Train again with these settings"), name="again"), "Start")
    assert [made.config for made in queued_runs()] == [replace(config, name="again")]


@pytest.mark.parametrize(
    "change",
    [{"architecture": "alexnet", "arguments": {}}, {"arguments": {"x": 1}}, {"data": "folder", "folder": "/elsewhere"}],
)
def test_train_again_what_is_gone(change):
    """Settings of which this machine knows nothing are refused in a sentence."""
    labelled_folder("7")
    finished(config=replace(CONFIG, **change))
    app = press(select(open_page(view="All runs"), 0), "Train again with these settings")
    assert len([*app.error, *app.toast]) == 1


def test_delete_runs():
    """A chosen run is deleted, others stay; one in progress is not; one that is watched elsewhere breaks nothing."""
    running, gone = make_run(**ELSEWHERE), finished("gone")
    watching, app = open_page(view="Watch", run=gone.id), open_page(view="All runs")
    for made in (gone, running):
        press(select(app, [run.id for run in list_runs()].index(made.id)), "Yes, delete")
        assert list_runs() == [running]
    assert "is running. Stop or cancel it first." in text(app)
    assert run(watching).selectbox(key="train_run").value == running.id


def test_a_run_that_appears_after_the_selection():
    """The selected run is the one that is asked about and deleted, whatever has appeared or gone above it since."""
    other, chosen = finished("a"), finished("b")
    app = select(open_page(view="All runs"), 0)
    finished("c"), finished("d")
    for _ in range(2):
        assert f"Delete this run, with its curves and epochs? Saved models stay.\n- {name_of(chosen)}" in text(run(app))
    press(app, "Yes, delete")
    assert chosen not in list_runs()
    assert len(list_runs()) == 3
    assert "Yes, delete" not in [button.label for button in app.button]
    app = select(app, list_runs().index(other))
    list_runs()[0].delete()
    assert f"- {name_of(other)}" in text(run(app))


def test_the_question_names_all_runs():
    """The question before several runs are deleted names each of them."""
    made = [finished(name) for name in ("one", "two", "three")]
    said = text(select(open_page(view="All runs"), 0, 2))
    first, second, third = (name_of(each) for each in sorted(made, key=lambda run: run.id, reverse=True))
    assert f"Delete these 2 runs, each with its curves and epochs? Saved models stay.\n- {first}\n- {third}" in said
    assert second not in said
