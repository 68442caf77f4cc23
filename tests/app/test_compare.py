"""The compare page without a browser."""

import hashlib
import json
import shutil

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from digitcore import paths
from digitcore.datasets import collections
from digitcore.datasets.evaluation_data import EvaluationSet
from digitcore.evaluation import latency, store
from digitcore.files import sha256_of
from digitcore.networks import registry
from digitcore.runs.config import TrainConfig
from digitcore.runs.registry import create_run
from server.services import close_services
from tests.pictures import as_file, draw_digit
from tests.server import PROJECT
from ui.compare import data as compare_data
from ui.compare import latency as compare_latency
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
    for cache in (*caches, comparison._unseen_part, compare_latency._stored):
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


def open_page(**query):
    """The compare page, as an address with this query shows it."""
    app = AppTest.from_file(str(PROJECT / "ui" / "frame.py"), default_timeout=60)
    app.query_params.update(query)
    return run(app.switch_page("../pages/compare.py"))


def run(app):
    """Run the page; it may show errors, but none that nobody expected."""
    assert not app.run().exception
    return app


def text(app):
    """All that the page says."""
    kinds = (app.subheader, app.markdown, app.caption, app.error, app.info, app.warning, app.success)
    return "\n".join(str(element.value) for kind in kinds for element in kind)


def charts(app):
    """Each Plotly chart's traces."""
    return [json.loads(chart.proto.spec)["data"] for chart in app.get("plotly_chart")]


VIEWS = ["Table", "Confusion", "Curves", "Calibration", "Trainings", "Differences", "Robustness"]


@pytest.mark.parametrize("view", [*VIEWS, "One drawing", "Test a folder", "My handwriting", "Export"])
def test_without_models(view, idle):
    """With no model at all, every view opens."""
    open_page(show=view)


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
    assert list(table["model"]) == ["good", "close", "poor"]
    assert table["accuracy %"].round(2).tolist() == [100.0, 98.33, 33.33]
    assert table["against the best"][0] == "the best"
    assert table["against the best"][1] == "not told apart, p = 1"
    assert table["against the best"][2].startswith("worse, p < 0.0001")
    assert table["parameters"].tolist() == [1234] * 3
    said = text(app)
    assert "**good** has the highest accuracy on MNIST test. These images do not tell close apart from it" in said
    assert "Holm's correction for 2 comparisons" in said


def test_intervals_are_explained_as_what_they_are(fresh):
    """The caption says what the procedure guarantees; a model without a mistake has Wilson's interval, not one of no width."""
    evaluated("good", fresh)
    app = open_page()
    assert app.dataframe[0].value["95 % of accuracy"][0] == "(93.98–100.00)"
    assert "Intervals made this way contain a model's true value for about 95 of 100 sets of images" in text(app)


def test_every_pair(fresh):
    """All pairs are shown with the correction for their own number."""
    for name, wrong in (("good", 0), ("close", 1), ("poor", 40)):
        evaluated(name, fresh, wrong=wrong)
    app = open_page()
    pairs = app.dataframe[1].value
    assert list(pairs["model"]) == ["good", "close", "poor"]
    assert pairs["close"].tolist() == ["1", "", pairs["poor"][1]]
    assert float(pairs["poor"][0]) < 1e-4
    assert "Holm's correction for 3 pairs" in text(app)


def test_latency(fresh, monkeypatch):
    """A latency that is known stands in the table, with machine and day; one that is missing is requested."""
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
    assert set(evaluator.requested) == {"new"}
    assert "measured on this machine (Z80, 1 core; 2025-06-15) while nothing" in text(app)
    assert "The latency of new will be measured as soon as nothing is being trained or evaluated." in text(app)


def test_a_model_that_is_not_evaluated_yet(fresh, idle):
    """What is known is shown, the new model is asked for, and a bar says how far it is."""
    evaluated("old", fresh)
    save("new")
    app = open_page()
    assert list(app.dataframe[0].value["model"]) == ["old"]
    assert idle.requested == ["new"]
    assert "Evaluating new on MNIST test" in app.get("progress")[0].proto.text


def test_a_new_model_needs_no_restart(fresh):
    """A model that appears is evaluated on the next visit and stands in the table."""
    evaluated("old", fresh)
    app = open_page()
    shutil.copytree(PROJECT / "models" / "sprint", paths.models_dir() / "new")
    run(app)
    comparison.evaluator().wait()
    assert set(run(app).dataframe[0].value["model"]) == {"old", "new"}


def test_broken_models_are_left_out(fresh, idle):
    """A broken file and a failed evaluation each say why, and the rest is compared."""
    evaluated("good", fresh)
    (paths.models_dir() / "broken.keras").write_bytes(b"nothing")
    save("other_shape")
    idle.failed = {"other_shape": "The model 'other_shape' has the input shape (None, 32, 32, 3)."}
    app = open_page()
    assert "**broken** is left out: broken.keras is not a .keras archive" in text(app)
    assert "**other_shape** is left out: The model 'other_shape' has the input shape" in text(app)
    assert list(app.dataframe[0].value["model"]) == ["good"]
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
    app = open_page(show="Robustness")
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


def test_a_cell_by_the_pickers(fresh):
    """The images of a chosen cell appear with both models' answers; an empty cell says so."""
    evaluated("good", fresh)
    evaluated("poor", fresh, wrong=60)
    label = int(fresh.labels[0])
    count = int((fresh.labels == label).sum())
    app = open_page(show="Confusion", first="poor", second="good")
    app.selectbox(key="compare_cell_label").set_value(label)
    app.selectbox(key="compare_cell_prediction").set_value((label + 1) % 10)
    app = run(app)
    assert app.subheader[0].value == f"{count} × a {label} read as a {(label + 1) % 10} by poor"
    assert f"**{(label + 1) % 10}** 91% poor  \n**{label}** 91% good" in text(app)
    app.selectbox(key="compare_cell_of").set_value("second")
    assert f"good reads no {label} as a {(label + 1) % 10}." in text(run(app))


def test_shares_instead_of_counts(fresh):
    """Normalised, a cell shows the share of its label."""
    evaluated("good", fresh)
    app = open_page(show="Confusion")
    app.segmented_control(key="compare_numbers").set_value("Share of each label, %")
    assert charts(run(app))[0][1]["text"][0] == "100%"


@pytest.mark.parametrize(("view", "said"), [("Curves", "Area: "), ("Calibration", "Expected calibration error: ")])
def test_charts_say_their_facts(fresh, view, said):
    """Each chart has a line for each model and a caption with its figures."""
    evaluated("good", fresh)
    evaluated("poor", fresh, wrong=10)
    app = open_page(show=view)
    assert {trace.get("name") for trace in charts(app)[0]} >= {"good", "poor"}
    assert said + "good" in text(app)


def test_trainings(fresh):
    """The curves of the trainings are laid over each other; one without a history is named."""
    evaluated("good", fresh)
    evaluated("bare", fresh, history=False)
    app = open_page(show="Trainings")
    assert {trace["name"] for trace in charts(app)[0]} == {"good, validation", "good, training"}
    assert "There is no training history for: bare." in text(app)


@pytest.mark.parametrize("content", ["", "nothing", "epoch,loss,val_loss\n0,nan,nan\n", "epoch,loss\n0,1\n"])
def test_histories_of_no_use(fresh, content):
    """A training's history that cannot be read, or holds no numbers, is as good as none."""
    entry = evaluated("good", fresh)
    (entry.path.parent / "history.csv").write_text(content)
    assert "There is no training history for: good." in text(open_page(show="Trainings"))


def test_differences(fresh):
    """Two models' disagreements are counted by who is right, and the worst mistakes of one can be seen."""
    evaluated("good", fresh)
    evaluated("poor", fresh, wrong=3)
    app = open_page(show="Differences")
    assert "The models differ on 3 of 60 images: only **good** is right on 3, only **poor** on 0, neither on 0." in text(app)
    app.radio(key="compare_difference").set_value(2)
    assert "**poor** misreads 3 of 60 labelled images" in text(run(app))


def test_robustness_is_measured_on_request(fresh, monkeypatch):
    """The button asks for what is missing; what is there becomes a table and a curve."""
    from digitcore.evaluation import robustness
    from digitcore.evaluation.corruptions import CORRUPTIONS

    evaluated("good", fresh)
    evaluator = Idle()
    monkeypatch.setattr(compare_robustness, "_evaluator", lambda: evaluator)
    app = open_page(show="Robustness")
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
    assert charts(app)[0][0]["name"] == "good"


@pytest.mark.parametrize("view", VIEWS)
def test_an_unlabelled_folder(fresh, view):
    """Pictures without labels break no view; where labels are needed, the page says so."""
    (paths.data_dir() / "mine" / "7").mkdir(parents=True)
    (paths.data_dir() / "mine" / "x.png").write_bytes(as_file(draw_digit(7)))
    data = compare_data.folder_set(str(paths.data_dir() / "mine"), (0, 0))
    evaluated("good", data)
    said = text(open_page(data="mine", show=view))
    assert ("no labels" in said) == (view not in ("Trainings", "Differences"))


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


def save_button(app):
    """The button that saves the pictures."""
    return next(button for button in app.button if button.label.startswith("Save"))


def test_nothing_to_keep(fresh):
    """Where no uploaded picture can be read there is nothing to keep, and the button says so by being disabled."""
    app = open_page(show="My handwriting")
    app.file_uploader[0].upload("3_essay.png", b"once upon a time")
    button = save_button(run(app))
    assert (button.label, button.disabled) == ("Save 0 pictures", True)
    assert "3_essay.png: " in text(app)


def test_a_labelled_picture_is_kept(fresh):
    """A picture whose name gives its label can be kept at once, and is then data to compare on."""
    app = open_page(show="My handwriting")
    app.text_input(key="compare_set_name").set_value("mine")
    app.file_uploader[0].upload("7_mine.png", as_file(draw_digit(7)))
    button = save_button(run(app))
    assert (button.label, button.disabled) == ("Save 1 picture", False)
    button.click()
    assert "Pictures saved in **mine**: 1. The set now holds 1." in text(run(app))
    assert [picture.parent.name for picture in (paths.data_dir() / "mine").rglob("*.png")] == ["7"]


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
    assert open_page(data=data, show="nothing", models="x,y", first="z").selectbox(key="data").value == "MNIST test"


def test_the_addresses_models(fresh):
    """The models in the address are chosen."""
    for name in ("a", "b", "c"):
        evaluated(name, fresh)
    app = open_page(show="Calibration", models="b")
    assert app.multiselect(key="models").value == ["b"]


@pytest.mark.parametrize("view", ["Calibration", "Confusion", "Differences"])
def test_other_data_knows_other_models(fresh, idle, view):
    """Where the chosen models are not evaluated on the data that is chosen next, others take their places."""
    collections.keep("mine", [("a.png", as_file(draw_digit(7)), 7)])
    evaluated("a", fresh)
    evaluated("b", fresh)
    app = open_page(show=view, models="b", first="b", second="b")
    evaluated("c", compare_data.folder_set(str(paths.data_dir() / "mine"), (0, 0)))
    app.selectbox(key="data").set_value("mine")
    assert "Evaluating a on mine" in run(app).get("progress")[0].proto.text


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
    assert list(app.dataframe[0].value["model"]) == ["other"]
    assert "The model **learner** is left out: It was trained on 55 of these 60 pictures." in text(app)


# Deleting models.


def choose_to_delete(name):
    """The page with a model chosen for deletion."""
    app = open_page()
    app.selectbox(key="compare_delete_name").set_value(name)
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
    assert open_page().selectbox(key="compare_delete_name").options == ["mine"]


def test_a_model_that_a_run_will_replace_stays(fresh):
    """While a run that will save a model of that name waits, the model cannot be deleted."""
    evaluated("busy", fresh)
    create_run(TrainConfig(name="busy", architecture="sprint"), replace=True)
    app = choose_to_delete("busy")
    app.button(key="compare_delete").click()
    assert "A queued or running run will save the model 'busy'" in text(run(app))
    assert registry.exists("busy")
