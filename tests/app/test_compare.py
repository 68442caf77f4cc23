"""The compare page without a browser; models are evaluated as soon as they are asked for."""

import json
import shutil

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from digitcore import paths
from digitcore.datasets import collections
from digitcore.datasets.evaluation_data import EvaluationSet
from digitcore.evaluation import store
from digitcore.files import sha256_of
from digitcore.networks import registry
from tests.pictures import as_file, draw_digit
from tests.server import PROJECT
from ui.compare import answers as compare_answers
from ui.compare import data as compare_data
from ui.compare import results as comparison
from ui.compare import robustness as compare_robustness

pytestmark = pytest.mark.usefixtures("own_folders", "fresh")


@pytest.fixture
def fresh(tmp_path, monkeypatch, sample):
    """No evaluation is known, no model is evaluated unless a test does it, and MNIST's test images are 60 of the sample's."""
    monkeypatch.setenv("DIGITLAB_EVALUATIONS", str(tmp_path / "evaluations"))
    data = EvaluationSet(name="MNIST test", images=sample.x_test[:60], labels=sample.y_test[:60].astype(np.int8))
    monkeypatch.setattr(compare_data, "mnist_test", lambda: data)
    caches = (comparison._stored, compare_data.distorted_test, compare_data.folder_set, compare_answers._read)
    for cache in (*caches, comparison.evaluator, compare_robustness._evaluator):
        cache.clear()
    return data


class Idle:
    """An evaluator that only keeps what it is asked for."""

    def __init__(self, errors=None):
        self.asked, self.failed = [], errors or {}

    def ask(self, models, data):
        self.asked += models

    def progress(self, data):
        return dict.fromkeys(self.asked, 0.25)

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
    answers = np.where(data.labels < 0, 0, data.labels).astype(int)
    answers[:wrong] = (answers[:wrong] + 1) % 10
    probabilities[np.arange(len(data)), answers] = 0.91
    store.store(registry.find(name), data, probabilities, latency_one_ms=1.5, latency_batch_ms_per_image=0.25)
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
    """The table has every figure, the best first, and says which models differ by more than chance."""
    evaluated("good", fresh)
    evaluated("close", fresh, wrong=1)
    evaluated("poor", fresh, wrong=40)
    app = open_page()
    table = app.dataframe[0].value
    assert list(table["model"]) == ["good", "close", "poor"]
    assert table["accuracy %"].round(2).tolist() == [100.0, 98.33, 33.33]
    assert list(table["group"]) == ["1", "1", ""]
    assert table["against the best"][0] == "the best"
    assert table["against the best"][1] == "tied, p = 1"
    assert table["against the best"][2].startswith("worse, p < 0.0001")
    assert table["95 % of accuracy"][0] == "(100.00–100.00)" or table["95 % of accuracy"][0].startswith("(9")
    assert table["parameters"].tolist() == [1234] * 3
    assert table["one image, ms"].tolist() == [1.5] * 3
    assert "**good** reads the most of MNIST test right; close is tied with it." in text(app)


def test_a_model_that_is_not_evaluated_yet(fresh, idle):
    """What is known is shown, the new model is asked for, and a bar says how far it is."""
    evaluated("old", fresh)
    save("new")
    app = open_page()
    assert list(app.dataframe[0].value["model"]) == ["old"]
    assert idle.asked == ["new"]
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


def test_a_damaged_evaluation_is_made_anew(fresh, idle):
    """A stored evaluation whose arrays are damaged is said to be, and the next look asks for it again."""
    entry = evaluated("good", fresh)
    evaluated("fine", fresh)
    store.place(entry, fresh, ".npz").write_bytes(b"damaged")
    app = open_page()
    assert "was damaged" in text(app)
    run(app)
    assert idle.asked == ["good"]


def test_a_cell_by_the_pickers(fresh):
    """The images of a chosen cell appear with both models' answers; an empty cell says so."""
    evaluated("good", fresh)
    evaluated("poor", fresh, wrong=60)
    label = int(fresh.labels[0])
    count = int((fresh.labels == label).sum())
    app = open_page(show="Confusion", first="poor", second="good")
    app.selectbox(key="cell_label").set_value(label)
    app.selectbox(key="cell_answer").set_value((label + 1) % 10)
    app = run(app)
    assert app.subheader[0].value == f"{count} × a {label} read as a {(label + 1) % 10} by poor"
    assert f"**{(label + 1) % 10}** 91% poor  \n**{label}** 91% good" in text(app)
    app.selectbox(key="cell_of").set_value("second")
    assert f"good reads no {label} as a {(label + 1) % 10}." in text(run(app))


def test_shares_instead_of_counts(fresh):
    """Normalised, a cell shows the share of its label."""
    evaluated("good", fresh)
    app = open_page(show="Confusion")
    app.segmented_control(key="numbers").set_value("Share of each label, %")
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
    assert "No history of the training was kept with: bare." in text(app)


def test_differences(fresh):
    """Two models' disagreements are counted by who is right, and the worst mistakes of one can be seen."""
    evaluated("good", fresh)
    evaluated("poor", fresh, wrong=3)
    app = open_page(show="Differences")
    assert "They differ on 3 of 60 images: 3 of these only **good** reads right, 0 only **poor**, 0 neither." in text(app)
    app.radio(key="difference").set_value(2)
    assert "**poor** reads 3 of 60 labelled images wrongly" in text(run(app))


def test_robustness_is_measured_on_request(fresh, monkeypatch):
    """The button asks for what is missing; what is there becomes a table and a curve."""
    from digitcore.evaluation import robustness
    from digitcore.evaluation.corruptions import CORRUPTIONS

    evaluated("good", fresh)
    evaluator = Idle()
    monkeypatch.setattr(compare_robustness, "_evaluator", lambda: evaluator)
    app = open_page(show="Robustness")
    app.button[0].click()
    run(app)
    assert evaluator.asked == ["good"]
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


def keep_button(app):
    """The button that keeps the pictures."""
    return next(button for button in app.button if button.label.startswith("Keep"))


def test_nothing_to_keep(fresh):
    """Where no uploaded picture can be read there is nothing to keep, and the button says so by being disabled."""
    app = open_page(show="My handwriting")
    app.file_uploader[0].upload("3_essay.png", b"once upon a time")
    button = keep_button(run(app))
    assert (button.label, button.disabled) == ("Keep 0 pictures", True)
    assert "3_essay.png: " in text(app)


def test_a_labelled_picture_is_kept(fresh):
    """A picture whose name gives its label can be kept at once, and is then data to compare on."""
    app = open_page(show="My handwriting")
    app.text_input(key="set_name").set_value("mine")
    app.file_uploader[0].upload("7_mine.png", as_file(draw_digit(7)))
    button = keep_button(run(app))
    assert (button.label, button.disabled) == ("Keep 1 picture", False)
    button.click()
    assert "1 kept in **mine**, which now holds 1." in text(run(app))
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
    assert idle.asked == ["good"]


def test_hashes_differ(fresh):
    """Two models of these tests are two to the cache."""
    one, another = evaluated("a", fresh), evaluated("b", fresh)
    assert sha256_of(one.path) != sha256_of(another.path)
