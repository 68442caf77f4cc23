"""The compare page without a browser."""

import hashlib
import io
import json
import shutil
import zipfile
from urllib.parse import parse_qsl

import numpy as np
import pytest
from scipy import stats
from streamlit.testing.v1 import AppTest

from digitcore import paths
from digitcore.datasets import collections
from digitcore.datasets.evaluation_data import EvaluationSet
from digitcore.evaluation import latency, store
from digitcore.figures.confusion import images
from digitcore.figures.words import with_article
from digitcore.files import sha256_of
from digitcore.networks import registry
from digitcore.preprocessing.links import decode
from digitcore.runs.config import TrainConfig
from digitcore.runs.registry import create_run
from server.services import close_services
from tests.app.actions import run
from tests.pictures import as_file, draw_digit, draw_digits
from tests.server import PROJECT
from ui.compare import data as compare_data
from ui.compare import latency as compare_latency
from ui.compare import mistakes, standing
from ui.compare import readers as compare_readers
from ui.compare import results as comparison
from ui.compare import robustness as compare_robustness

pytestmark = pytest.mark.usefixtures("own_folders", "fresh")


@pytest.fixture
def fresh(tmp_path, monkeypatch, sample):
    """No evaluation is known, no latency is measured, and MNIST's test images are 60 of the sample's."""
    monkeypatch.setenv("DIGITLAB_EVALUATIONS", str(tmp_path / "evaluations"))
    data = EvaluationSet(name="MNIST test", images=sample.x_test[:60], labels=sample.y_test[:60].astype(np.int8))
    monkeypatch.setattr(compare_data, "mnist_test", lambda: data)
    caches = (comparison._stored, compare_data.distorted_test, compare_data.folder_set, compare_readers._read)
    for cache in (*caches, comparison._unseen_part, compare_latency._stored, standing._standing):
        cache.clear()
    measurer = Idle()
    monkeypatch.setattr(compare_latency, "latency_evaluator", lambda: measurer)
    yield data
    close_services()


class Idle:
    """An evaluator that only notes what is requested."""

    def __init__(self, errors=None):
        self.requested, self.retried, self.failed = [], [], errors or {}

    def request(self, models, data):
        self.requested += models

    def retry(self, models, data):
        self.retried += models

    def progress(self, data):
        return dict.fromkeys(self.requested + self.retried, 0.25)

    def errors(self, data):
        return self.failed


@pytest.fixture
def idle(monkeypatch):
    """Nothing is computed in the background."""
    evaluator = Idle()
    monkeypatch.setattr(comparison, "evaluator", lambda: evaluator)
    return evaluator


def save(name, *, history=True):
    """A model's folder, without a model that anything loads."""
    folder = paths.models_dir() / name
    shutil.copytree(PROJECT / "models" / "lenet", folder)
    with (folder / "model.keras").open("ab") as file:
        file.write(b"")
    (folder / "card.json").write_text(json.dumps({"parameters": 1234, "training_seconds": 5.6}))
    if not history:
        (folder / "history.csv").unlink()
    return registry.find(name)


def evaluated(name, data, *, wrong=0, **options):
    """A model with a stored evaluation: sure and right on all images but the first so many."""
    entry = save(name, **options)
    path = entry.path
    content = path.read_bytes()
    path.write_bytes(content + name.encode())  # a hash of its own; a zip may be followed by a comment
    probabilities = np.full((len(data), 10), 0.01, np.float32)
    predictions = np.where(data.labels < 0, 0, data.labels).astype(int)
    predictions[:wrong] = (predictions[:wrong] + 1) % 10
    probabilities[np.arange(len(data)), predictions] = 0.91
    store.store(registry.find(name), data, probabilities)
    return entry


def open_page(*, state=None, **query):
    """The compare page, as an address with this query shows it, in a session that holds this state."""
    app = AppTest.from_file(str(PROJECT / "ui" / "frame.py"), default_timeout=60)
    for key, value in (state or {}).items():
        app.session_state[key] = value
    app.query_params.update(query)
    return run(app.switch_page("../pages/compare.py"))


def text(app):
    """All that the page says."""
    kinds = (app.subheader, app.markdown, app.caption, app.error, app.info, app.warning, app.success)
    return "\n".join(str(element.value) for kind in kinds for element in kind)


def with_everything(app):
    """The page with statistics and formulas."""
    app.session_state["detail"] = "Everything"
    return run(app)


def charts(app):
    """Each Plotly chart's traces."""
    return [json.loads(chart.proto.spec)["data"] for chart in app.get("plotly_chart")]


ON_DATA = [{"show": "Overview"}, {"show": "Mistakes"}]
ON_DATA += [{"show": "Advanced", "advanced": part} for part in ("Curves", "Calibration", "Robustness", "Trainings")]
OWN = [{"show": "Try your own", "own": part} for part in ("Drawing", "Folder", "Handwriting")]


@pytest.mark.parametrize("address", [*ON_DATA, *OWN], ids=str)
def test_without_models(address, idle):
    """With no model at all, every view opens."""
    open_page(**address)


def test_no_models_is_said():
    """The empty state says what to do."""
    assert "There is no model yet" in text(open_page())


def test_the_table(fresh):
    """The table has every figure, the best model first, and says which models the images tell apart from it."""
    evaluated("good", fresh)
    evaluated("close", fresh, wrong=1)
    evaluated("poor", fresh, wrong=40)
    app = open_page()
    table = app.dataframe[0].value
    assert list(table["model"]) == ["Good", "Close", "Poor"]
    assert table["right"].tolist() == ["60 of 60", "59 of 60", "20 of 60"]
    assert table["accuracy %"].round(2).tolist() == [100.0, 98.33, 33.33]
    assert table["against the best"].tolist() == ["the best", "not told apart", "worse"]
    assert table["parameters"].tolist() == [1234] * 3
    said = text(app)
    assert "**Good** reads the most images right: 60 of 60. The images do not tell Close apart from it." in said
    assert "n = 60 labelled images of MNIST test." in said
    assert "Holm" not in said
    app = with_everything(app)
    assert "Holm's correction for 2 comparisons" in text(app)
    verdicts = app.dataframe[0].value["against the best"].tolist()
    assert verdicts == ["the best", "not told apart, p = 1", "worse, p < 0.0001"]


def test_two_best_models(fresh):
    """Of models that read equally many images right, none alone is called the best."""
    for name, wrong in (("one", 2), ("other", 2), ("poor", 40)):
        evaluated(name, fresh, wrong=wrong)
    app = open_page()
    assert app.dataframe[0].value["against the best"].tolist() == ["the best", "the best", "worse"]
    assert "**One** and **Other** read the most images right: 58 of 60 each." in text(app)


def test_intervals_are_explained_as_what_they_are(fresh):
    """The caption says what the procedure guarantees; a model without a mistake has Wilson's interval, not one of no width."""
    evaluated("good", fresh)
    app = with_everything(open_page())
    assert app.dataframe[0].value["95 % of accuracy"][0] == "(93.98–100.00)"
    assert "Intervals made this way contain a model's true value for about 95 of 100 sets of images" in text(app)


def test_every_pair(fresh):
    """All pairs are shown with the correction for their own number."""
    for name, wrong in (("good", 0), ("close", 1), ("poor", 40)):
        evaluated(name, fresh, wrong=wrong)
    app = open_page()
    assert len(app.dataframe) == 1
    pairs = with_everything(app).dataframe[1].value
    assert list(pairs["model"]) == ["Good", "Close", "Poor"]
    assert pairs["Close"].tolist() == ["1", "", pairs["Poor"][1]]
    assert float(pairs["Poor"][0]) < 1e-4
    assert "Holm's correction for 3 pairs" in text(app)


def test_the_figure(fresh):
    """A dot for each model at its size, with Wilson's interval; told apart or not by colour; each with its title."""
    for name, wrong in (("good", 0), ("close", 1), ("poor", 40)):
        evaluated(name, fresh, wrong=wrong)
    others, leading = charts(open_page())[0]
    assert (leading["x"], leading["y"]) == ([1234, 1234], [1.0, pytest.approx(59 / 60)])
    assert (others["x"], others["y"]) == ([1234], [pytest.approx(20 / 60)])
    expected = stats.binomtest(60, 60).proportion_ci(method="wilson")
    assert leading["error_y"]["arrayminus"][0] == pytest.approx(1 - expected.low)
    assert "60 of 60 right" in leading["hovertext"][0]


@pytest.mark.parametrize(
    ("count", "wrong", "said"),
    [
        (4, (0, 0), "Each model reads 4 of 4; too few to tell the models apart."),
        (4, (0, 2), "The models read 2 to 4 of 4; too few to tell the models apart."),
        (1, (0, 0), "Each model reads 1 of 1; too few to tell the models apart."),
        (4, (0,), "reads 4 of 4 images right. That is too few to judge it: its accuracy may lie anywhere from 51% to 100%."),
        (1, (1,), "reads 0 of 1 image right. That is too few to judge it: its accuracy may lie anywhere from 0% to 79%."),
    ],
)
def test_few_images(fresh, monkeypatch, count, wrong, said):
    """From a few images, the page does not say which model is better, and no interval collapses."""
    data = EvaluationSet(name="MNIST test", images=fresh.images[:count], labels=fresh.labels[:count])
    monkeypatch.setattr(compare_data, "mnist_test", lambda: data)
    for number, misread in enumerate(wrong):
        evaluated(f"m{number}", data, wrong=misread)
    app = open_page()
    assert said in text(app)
    assert f"n = {count} labelled images" in text(app)
    assert all(low > 0 or high > 0 for trace in charts(app)[0] for low, high in bars(trace))
    assert "With fewer than 100 images, only the accuracy has one." in text(app)


def bars(trace):
    """How far each interval reaches below and above its dot."""
    return list(zip(trace["error_y"]["arrayminus"], trace["error_y"]["array"], strict=True))


def test_speed(fresh, monkeypatch):
    """A latency that is known is in table and figure; what is missing is measured on request, with a bar meanwhile."""
    evaluated("known", fresh)
    evaluated("new", fresh, wrong=1)
    measured = latency.Latency(one_ms=1.5, batch_ms_per_image=0.25, machine="Z80, 1 core", measured_at=1.75e9)
    monkeypatch.setattr(latency, "stored", lambda entry: measured if entry.name == "known" else None)
    evaluator = Idle()
    monkeypatch.setattr(compare_latency, "latency_evaluator", lambda: evaluator)
    app = open_page()
    table = app.dataframe[0].value
    assert table["one image, ms"][0] == 1.5
    assert np.isnan(table["one image, ms"][1])
    assert evaluator.retried == []
    assert "measured on this machine (Z80, 1 core; 2025-06-15) while nothing" in text(app)
    app.segmented_control(key="compare_axis").set_value("Speed")
    app = run(app)
    assert [trace["x"] for trace in charts(app)[0]] == [[], [1.5]]
    assert "Not in the figure, because the value is not known: 1." in text(app)
    app.button(key="compare_measure_speed").click()
    app = run(app)
    assert evaluator.retried == ["new"]
    assert "Measuring, as soon as nothing is being trained or evaluated; models left: 1" in app.get("progress")[0].proto.text


def test_a_model_that_is_not_evaluated_yet(fresh, idle):
    """What is known is shown, the new model is asked for, and a bar says how far it is."""
    evaluated("old", fresh)
    save("new")
    app = open_page()
    assert list(app.dataframe[0].value["model"]) == ["Old"]
    assert idle.requested == ["new"]
    assert app.get("progress")[0].proto.text == "Evaluating New, n = 60; models left: 1"


def test_a_new_model_needs_no_restart(fresh):
    """A model that appears is evaluated on the next visit and stands in the table."""
    evaluated("old", fresh)
    app = open_page()
    shutil.copytree(PROJECT / "models" / "sprint", paths.models_dir() / "new")
    run(app)
    comparison.evaluator().wait()
    assert set(run(app).dataframe[0].value["model"]) == {"Old", "New"}


def test_broken_models_are_left_out(fresh, idle):
    """A broken file and a failed evaluation each say why, and the rest is compared."""
    evaluated("good", fresh)
    (paths.models_dir() / "broken.keras").write_bytes(b"nothing")
    save("other_shape")
    idle.failed = {"other_shape": "The model 'other_shape' has the input shape (None, 32, 32, 3)."}
    app = open_page()
    assert "**broken** is left out: broken.keras is not a .keras archive" in text(app)
    assert "**other_shape** is left out: The model 'other_shape' has the input shape" in text(app)
    assert list(app.dataframe[0].value["model"]) == ["Good"]
    assert len(app.get("progress")) == 0


def test_a_failed_evaluation_is_tried_again_on_request(fresh, idle):
    """Below a failed evaluation is a button that requests it again."""
    evaluated("good", fresh)
    save("failed")
    idle.failed = {"failed": "The disk is full."}
    app = open_page()
    app.button(key="compare_retry").click()
    run(app)
    assert idle.retried == ["failed"]


def test_a_failed_measurement_of_robustness_is_tried_again(fresh, monkeypatch):
    """Where measuring the robustness failed, the reason is shown and the button is still there."""
    evaluated("good", fresh)
    evaluator = Idle({"good": "The disk is full."})
    monkeypatch.setattr(compare_robustness, "_evaluator", lambda: evaluator)
    app = open_page(show="Advanced", advanced="Robustness")
    assert "The model **good** could not be measured: The disk is full." in text(app)
    app.button(key="compare_measure").click()
    run(app)
    assert evaluator.retried == ["good"]


def test_a_damaged_evaluation_is_made_anew(fresh, idle):
    """A stored evaluation whose arrays are damaged is said to be, and the next look asks for it again."""
    entry = evaluated("good", fresh)
    evaluated("fine", fresh)
    store.place(entry, fresh, ".npz").write_bytes(b"damaged")
    app = open_page()
    assert "is damaged" in text(app)
    run(app)
    assert idle.requested == ["good"]


def choose_cell(app, label, prediction):
    """The page after a cell of the matrix has been chosen."""
    app.session_state[mistakes.CELL] = f"{label}-{prediction}"
    return run(app)


def numbers(app):
    """The numbers in the matrix; 0 where a cell is empty."""
    (sent,) = [json.loads(each.proto.json) for each in app.get("bidi_component") if "cells" in each.proto.json]
    return np.array([int(cell["text"].replace("−", "-") or 0) for cell in sent["cells"]]).reshape(10, 10)


def links(app):
    """Where each link with parameters leads, as these."""
    return [dict(parse_qsl(link.proto.query_string)) for link in app.get("page_link") if link.proto.query_string]


def test_all_mistakes(fresh):
    """Without a cell, all misread images of the model are there, each with label, answer and a link that explains it."""
    evaluated("good", fresh)
    evaluated("poor", fresh, wrong=3)
    app = open_page(show="Mistakes", first="poor")
    assert app.subheader[0].value == "Poor misreads 3 of 60"
    label = int(fresh.labels[0])
    assert f"labelled **{label}**  \n**{(label + 1) % 10}**, 91.0%, Poor" in text(app)
    assert "n = 60. 57 of 60 are right." in text(app)
    first = links(app)[0]
    assert (len(links(app)), first["model"], first["look"]) == (3, "poor", "Why this answer?")
    np.testing.assert_array_equal(np.round(decode(first["digit"]) * 255), fresh.images[0])


def test_the_images_of_a_cell(fresh):
    """The images of a chosen cell appear, and the button shows all mistakes again; an empty cell says so."""
    evaluated("poor", fresh, wrong=60)
    label = int(fresh.labels[0])
    count = int((fresh.labels == label).sum())
    app = choose_cell(open_page(show="Mistakes"), label, (label + 1) % 10)
    assert numbers(app)[label, (label + 1) % 10] == count
    assert app.subheader[0].value == f"A {label} read as {with_article((label + 1) % 10)}: {count} images"
    assert f"100.00% of the images labelled {label}." in text(app)
    assert app.query_params["cell"] == f"{label}-{(label + 1) % 10}"
    app = choose_cell(app, label, label)
    assert app.subheader[0].value == f"Poor reads no {label} as {with_article(label)}"
    assert "come first" not in text(app)
    app.button(key="compare_cell_none").click()
    app = run(app)
    assert app.subheader[0].value == "Poor misreads 60 of 60"
    assert app.query_params["cell"] == ""


def test_an_eight():
    """Digits have their articles."""
    assert mistakes._mistake((8, 3)) == "An 8 read as a 3"
    assert mistakes._mistake((3, 8)) == "A 3 read as an 8"


def test_the_addresses_cell(fresh):
    """The cell in the address is chosen."""
    evaluated("poor", fresh, wrong=60)
    label = int(fresh.labels[0])
    app = open_page(show="Mistakes", cell=f"{label}-{(label + 1) % 10}")
    assert app.subheader[0].value.startswith(f"A {label} read as ")


@pytest.mark.parametrize("junk", ["10-3", "5", "5-3-1", "-1-3", "a-b", "5-3 ", "[x](y)"])
def test_a_cell_of_no_use(fresh, junk):
    """A cell that does not exist, in an address, is said to be none, and all mistakes are shown."""
    evaluated("poor", fresh, wrong=3)
    app = open_page(show="Mistakes", cell=junk)
    assert f"The link asks for the cell `{junk.strip()}`, which does not exist. Choose a cell." in text(app)
    assert app.subheader[0].value == "Poor misreads 3 of 60"


def test_the_difference_of_two_models(fresh):
    """The cells are the second model's counts less the first's; the images are those that only one reads so."""
    evaluated("good", fresh)
    evaluated("poor", fresh, wrong=3)
    app = open_page(show="Mistakes", first="good", second="poor")
    assert app.subheader[0].value == "The models differ on 3 of 60"
    assert "Only Good is right on 3, only Poor on 0, neither on 0." in text(app)
    assert "Each number is Poor's minus Good's. Blue: Poor is better there." in text(app)
    changes, label = numbers(app), int(fresh.labels[0])
    assert (changes.sum(), changes.clip(min=0).sum()) == (0, 3)
    assert changes[label, (label + 1) % 10] > 0
    app = choose_cell(app, label, (label + 1) % 10)
    count = images(int((fresh.labels[:3] == label).sum()))
    mistake = f"A {label} read as {with_article((label + 1) % 10)}"
    assert app.subheader[0].value == f"{mistake}: 0 images only by Good, {count} only by Poor"


@pytest.mark.parametrize(
    ("view", "said"),
    [("Curves", "Area under the curve, at best 1: Good"), ("Calibration", "Expected calibration error: Good")],
)
def test_charts_say_their_facts(fresh, view, said):
    """Each chart has a line for each model and a caption with its figures."""
    evaluated("good", fresh)
    evaluated("poor", fresh, wrong=10)
    app = open_page(show="Advanced", advanced=view)
    assert {trace.get("name") for trace in charts(app)[0]} >= {"Good", "Poor"}
    assert said in text(app)
    assert "n = 60." in text(app)


def test_trainings(fresh):
    """The curves of the trainings are laid over each other; one without a history is named."""
    evaluated("good", fresh)
    evaluated("bare", fresh, history=False)
    app = open_page(show="Advanced", advanced="Trainings")
    assert {trace["name"] for trace in charts(app)[0]} == {"Good, validation", "Good, training"}
    assert "There is no training history for: Bare." in text(app)


@pytest.mark.parametrize("content", ["", "nothing", "epoch,loss,val_loss\n0,nan,nan\n", "epoch,loss\n0,1\n"])
def test_histories_of_no_use(fresh, content):
    """A training's history that cannot be read, or holds no numbers, is as good as none."""
    entry = evaluated("good", fresh)
    (entry.path.parent / "history.csv").write_text(content)
    assert "There is no training history for: Good." in text(open_page(show="Advanced", advanced="Trainings"))


def test_robustness_is_measured_on_request(fresh, monkeypatch):
    """The button asks for what is missing; what is there becomes a table and a curve."""
    from digitcore.evaluation import robustness
    from digitcore.evaluation.corruptions import CORRUPTIONS

    evaluated("good", fresh)
    evaluator = Idle()
    monkeypatch.setattr(compare_robustness, "_evaluator", lambda: evaluator)
    app = open_page(show="Advanced", advanced="Robustness")
    app.button(key="compare_measure").click()
    run(app)
    assert evaluator.retried == ["good"]
    found = robustness.Robustness(
        model="good",
        data="MNIST test",
        count=60,
        clean=0.99,
        accuracy={n: (0.5,) * len(d.amounts) for n, d in CORRUPTIONS.items()},
    )
    monkeypatch.setattr(robustness, "stored", lambda entry, data: found)
    app = run(app)
    assert app.dataframe[0].value["mean of all"].tolist() == [0.5]
    assert charts(app)[0][0]["name"] == "Good"
    assert "**Good** has the highest mean of all, 50.0%." in text(app)
    evaluated("equal", fresh)
    assert "**Equal** and **Good** have the highest mean of all, 50.0%." in text(
        open_page(show="Advanced", advanced="Robustness")
    )


@pytest.mark.parametrize("address", ON_DATA, ids=str)
def test_an_unlabelled_folder(fresh, address):
    """Pictures without labels break no view; where labels are needed, the page says so."""
    (paths.data_dir() / "mine" / "7").mkdir(parents=True)
    (paths.data_dir() / "mine" / "x.png").write_bytes(as_file(draw_digit(7)))
    data = compare_data.folder_set(str(paths.data_dir() / "mine"), (0, 0))
    evaluated("good", data)
    said = text(open_page(data="mine", **address))
    assert ("no labels" in said) == ("Trainings" not in address.values())


def test_bad_pictures_among_good_ones(fresh, idle):
    """A folder's unreadable pictures are named, the others are compared on."""
    collections.keep("mine", [("a.png", as_file(draw_digit(7)), 7)])
    (paths.data_dir() / "mine" / "7" / "bad.png").write_bytes(b"nothing")
    app = open_page(data="mine")
    assert "7/bad.png: This is not a PNG, JPEG or WebP picture" in text(app)


def test_one_picture_of_one_class(fresh):
    """A set with a single picture is compared on, without a ROC AUC."""
    collections.keep("mine", [("a.png", as_file(draw_digit(7)), 7)])
    (folder,) = [paths.data_dir() / "mine"]
    data = compare_data.folder_set(str(folder), (0, 0))
    evaluated("good", data)
    app = open_page(data="mine")
    assert app.dataframe[0].value["accuracy %"].tolist() == [100.0]
    assert np.isnan(app.dataframe[0].value["ROC AUC"][0])


def test_an_empty_folder(fresh, idle):
    """A folder without pictures is one sentence."""
    (paths.data_dir() / "mine" / "7").mkdir(parents=True)
    assert "has no pictures" in text(open_page(data="mine"))


# A visitor's own pictures.


def handwriting(*files, name="mine"):
    """The page with a set's name and these (name, content) uploaded."""
    app = open_page(state={"compare_set_name": name, "compare_set_way": "Upload"}, show="Try your own", own="Handwriting")
    for file in files:
        app.file_uploader[0].upload(*file)
    return run(app)


@pytest.fixture
def lenet():
    """A real model, which guesses labels."""
    shutil.copytree(PROJECT / "models" / "lenet", paths.models_dir() / "lenet")


def test_nothing_to_keep(lenet):
    """Where no uploaded picture can be read, the page says why, and nothing can be added."""
    app = handwriting(("3_essay.png", b"once upon a time"))
    assert "3_essay.png: This is not a PNG" in text(app)
    assert app.button(key="compare_set_add").disabled


@pytest.mark.parametrize(
    ("file", "picture", "label", "why"),
    [
        ("7_mine.png", draw_digit(3), 7, "label from its name"),
        ("label-7.png", draw_digit(3), 7, "label from its name"),
        ("scan.png", draw_digit(3), 3, "label guessed: it reads as 3"),
        ("0.png", draw_digits([7, 0, 1]), None, "reads as 701, which is not one digit"),
    ],
)
def test_labels_are_guessed(lenet, file, picture, label, why):
    """A label comes from the name, otherwise from what the model reads; several digits are not one digit."""
    app = handwriting((file, as_file(picture)))
    assert app.selectbox(key=f"compare_label_0_0_{file}").value == label
    assert why in text(app)
    assert app.button(key="compare_set_add").disabled == (label is None)


def test_a_set_is_made_corrected_renamed_and_deleted(lenet):
    """A picture is added with its label, relabelled, and the set renamed and deleted."""
    app = handwriting(("scan.png", as_file(draw_digit(3))))
    app.button(key="compare_set_add").click()
    app = run(app)
    assert "Added to **mine**: 1, now 1 picture." in text(app)
    assert app.button(key="compare_set_add").disabled
    (picture,) = collections.pictures_of("mine")
    app.selectbox(key=f"compare_set_label_0_mine_{picture.name}").set_value(8)
    run(app)
    assert [picture.label for picture in collections.pictures_of("mine")] == [8]
    app.text_input(key="compare_set_new_name").set_value("ours")
    app.button(key="compare_set_rename").click()
    assert "ours: 1 picture" in text(run(app))
    assert collections.names() == ["ours"]
    app.button(key="compare_set_delete").click()
    run(app)
    assert collections.names() == []


def test_a_set_that_a_run_trains_on_stays(lenet):
    """While a run that trains on the set waits, the set is neither renamed nor deleted."""
    collections.keep("mine", [("a.png", as_file(draw_digit(7)), 7)])
    create_run(TrainConfig(name="run", architecture="sprint", data="folder", folder=str(paths.data_dir() / "mine")))
    app = handwriting()
    app.button(key="compare_set_delete").click()
    assert "A queued or running run trains on mine." in text(run(app))
    assert collections.names() == ["mine"]


@pytest.mark.parametrize("name", ["../up", "a/b", ".hidden", 7])
def test_a_name_of_no_use_for_a_set(lenet, name):
    """A name that leads elsewhere is refused, and nothing can be added under it."""
    app = handwriting(("3.png", as_file(draw_digit(3))), name=name)
    assert app.button(key="compare_set_add").disabled
    assert list(paths.data_dir().iterdir()) == []


def folder(*files):
    """The page's test of a folder with these (name, content) uploaded."""
    app = open_page(show="Try your own", own="Folder")
    for file in files:
        app.file_uploader[0].upload(*file)
    return run(app)


def test_four_pictures(lenet):
    """From four pictures, no model is said to be better; the interval does not collapse."""
    shutil.copytree(PROJECT / "models" / "sprint", paths.models_dir() / "sprint")
    app = folder(*[(f"{digit}.png", as_file(draw_digit(digit))) for digit in (0, 3, 5, 7)])
    assert "Each model reads 4 of 4; too few to tell the models apart." in text(app)
    assert app.dataframe[0].value["95 % interval"].tolist() == ["51% to 100%"] * 2
    assert "n = 4 labelled of 4." in text(app)


def test_several_digits_are_not_one(lenet):
    """A picture that Recognise reads as 701 is shown as 701, and is right neither for 0 nor for 7."""
    app = folder(("0_a.png", as_file(draw_digits([7, 0, 1]))))
    assert ":red[**✗**] **701**" in text(app)
    assert app.dataframe[0].value["several digits"].tolist() == [1]
    assert "reads 0 of 1 picture right" in text(app)


def test_a_zip(lenet):
    """A zip's folders label its pictures; what macOS adds is skipped, and a link is refused in a sentence."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("mine/3/a.png", as_file(draw_digit(3)))
        archive.writestr("__MACOSX/mine/3/._a.png", b"x")
        archive.writestr("../b.png", b"x")
    app = folder(("mine.zip", content.getvalue()))
    assert "mine/3/a.png, labelled 3" in text(app)
    assert "mine.zip: ../b.png: the path leads out of the zip." in text(app)


def test_a_zip_that_is_none(lenet):
    """It is one sentence."""
    assert "mine.zip: The file is not a zip, or it is damaged." in text(folder(("mine.zip", b"nothing")))


def test_a_changed_folder_is_read_again(fresh, idle):
    """A picture that is added to a nested folder is in the data at the next run of the page."""
    collections.keep("mine", [("a.png", as_file(draw_digit(7)), 7)])
    app = open_page(data="mine")
    (paths.data_dir() / "mine" / "theirs" / "3").mkdir(parents=True)
    run(app)
    (paths.data_dir() / "mine" / "theirs" / "3" / "b.png").write_bytes(b"nothing")
    assert "theirs/3/b.png: " in text(run(app))


@pytest.mark.parametrize("data", ["nowhere", "../../etc", ""])
def test_an_address_of_no_use(fresh, idle, data):
    """Data that is not there, in an address, falls back to MNIST's test."""
    assert open_page(data=data, show="nothing", models="x,y", first="z", own="none").selectbox(key="data").value == "MNIST test"


def test_the_addresses_models(fresh):
    """The models in the address are chosen."""
    for name in ("a", "b", "c"):
        evaluated(name, fresh)
    app = open_page(show="Advanced", advanced="Calibration", models="b")
    assert app.multiselect(key="models").value == ["b"]


@pytest.mark.parametrize("address", [ON_DATA[3], ON_DATA[1]], ids=str)
def test_other_data_knows_other_models(fresh, idle, address):
    """Where the chosen models are not evaluated on the data that is chosen next, others take their places."""
    collections.keep("mine", [("a.png", as_file(draw_digit(7)), 7)])
    evaluated("a", fresh)
    evaluated("b", fresh)
    app = open_page(**address, models="b", first="b", second="b")
    evaluated("c", compare_data.folder_set(str(paths.data_dir() / "mine"), (0, 0)))
    app.selectbox(key="data").set_value("mine")
    assert run(app).get("progress")[0].proto.text == "Evaluating A, n = 1; models left: 2"


def test_distorted_data(fresh, idle):
    """The distorted test images are another set, which is evaluated anew."""
    evaluated("good", fresh)
    app = open_page()
    app.selectbox(key="data").set_value("MNIST test, distorted")
    run(app)
    assert idle.requested == ["good"]


def test_hashes_differ(fresh):
    """Two models of these tests are two to the cache."""
    one, another = evaluated("a", fresh), evaluated("b", fresh)
    assert sha256_of(one.path) != sha256_of(another.path)


# Pictures that a model was trained on.


def trained_on(name, images):
    """Write into a model's card that it was trained on these images."""
    seen = [hashlib.sha256(image.tobytes()).hexdigest()[:16] for image in images]
    (paths.models_dir() / name / "card.json").write_text(json.dumps({"data": {"name": "mine", "seen": seen}}))


def test_compared_on_held_out_pictures_alone(fresh, idle):
    """Pictures that a model was trained on are cut off for all models, and the page says how many each has seen."""
    part = EvaluationSet(name=fresh.name, images=fresh.images[40:], labels=fresh.labels[40:])
    evaluated("learner", part, wrong=5)
    evaluated("other", part)
    trained_on("learner", fresh.images[:40])
    app = open_page()
    assert app.dataframe[0].value["accuracy %"].tolist() == [100, 75]
    assert (
        "Compared on the 20 of 60 pictures that no model was trained on. Of the whole set, **learner** was trained on 40."
        in (text(app))
    )


def test_a_model_that_has_seen_nearly_all(fresh, idle):
    """Where too few pictures are left, the model that has seen the others is not ranked, and the page says why."""
    evaluated("learner", fresh)
    evaluated("other", fresh, wrong=5)
    trained_on("learner", fresh.images[:55])
    app = open_page()
    assert list(app.dataframe[0].value["model"]) == ["Other"]
    assert "The model **learner** is left out: It was trained on 55 of these 60 pictures." in text(app)


# Deleting models.


def choose_to_delete(name):
    """The page with a model chosen."""
    app = open_page()
    app.selectbox(key="compare_about").set_value(name)
    return run(app)


def test_delete_a_model(fresh):
    """The question names the model; after the answer that model alone is gone."""
    for name in ("kept", "gone"):
        evaluated(name, fresh)
    app = choose_to_delete("gone")
    assert "Delete the model **gone** with its card and its history?" in text(app)
    app.button(key="compare_delete").click()
    assert "The model **gone** has been deleted." in text(run(app))
    assert [entry.name for entry in registry.list_models()] == ["kept"]


def test_shipped_models_cannot_be_chosen(fresh, idle):
    """The models that come with the project are not offered for deletion."""
    evaluated("lenet", fresh)
    evaluated("mine", fresh)
    for name, can in (("lenet", False), ("mine", True)):
        assert bool([button for button in choose_to_delete(name).button if button.key == "compare_delete"]) == can


def test_a_model_that_a_run_will_replace_stays(fresh):
    """While a run that will save a model of that name waits, the model cannot be deleted."""
    evaluated("busy", fresh)
    create_run(TrainConfig(name="busy", architecture="sprint"), replace=True)
    app = choose_to_delete("busy")
    app.button(key="compare_delete").click()
    assert "A queued or running run will save the model 'busy'" in text(run(app))
    assert registry.exists("busy")
