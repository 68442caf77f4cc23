"""The commands for saved models: what they print, and their exit status."""

import csv
import json
import re
import subprocess
import sys
import zipfile

import keras
import pytest
from PIL import Image

from digitcore.cli import main, models
from digitcore.datasets import evaluation_data, mnist
from digitcore.evaluation import store
from digitcore.evaluation.folder_report import Total
from digitcore.export import export_model as export
from digitcore.networks import registry
from tests.pictures import as_file, draw_digit
from tests.server import PROJECT

#: Keras and TensorFlow with NumPy 2.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


@pytest.fixture
def folder(tmp_path):
    """Three pictures, two of them labelled."""
    folder = tmp_path / "pictures"
    (folder / "3").mkdir(parents=True)
    for name, digit in (("3/a.png", 3), ("5_b.png", 5), ("c.png", 6)):
        (folder / name).write_bytes(as_file(draw_digit(digit)))
    return folder


@pytest.fixture(autouse=True)
def no_network(monkeypatch, sample):
    """Test images come from the sample."""
    monkeypatch.setattr(mnist, "load_mnist", lambda: sample)


def save_dense(folder, name, activation):
    """A network of one dense layer that reads nothing."""
    keras.utils.set_random_seed(0)
    layers = [keras.Input((28, 28, 1)), keras.layers.Flatten(), keras.layers.Dense(10, activation)]
    keras.Sequential(layers).save(folder / f"{name}.keras")


def test_evaluate(capsys):
    """Each model has a line with its accuracy, the 95 % interval of it, and the loss."""
    assert main.main(["evaluate", "lenet", "sprint"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == ["lenet", "sprint"]
    for line in lines:
        found = re.search(r" (\d+\.\d\d) % \((\d+\.\d\d)-(\d+\.\d\d)\) +loss 0\.\d{4}  on [\d,]+ images of ", line)
        value, low, high = map(float, found.groups())
        assert 80 < low <= value <= high <= 100


def test_evaluate_as_json(capsys):
    """With ``--json`` a model is one object with every metric and its interval."""
    assert main.main(["evaluate", "lenet", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["model"] == "lenet"
    low, high = found["intervals"]["accuracy"]
    assert low <= found["accuracy"] <= high
    assert {"precision", "recall", "f1", "roc_auc", "loss", "calibration_error", "count"} <= set(found)


def test_evaluate_fills_and_reads_the_store(capsys, monkeypatch):
    """What the command line evaluates is kept, and what is kept is not evaluated again."""
    assert main.main(["evaluate", "lenet"]) == 0
    first = capsys.readouterr().out
    assert store.stored(registry.find("lenet"), evaluation_data.mnist_test()) is not None

    def fail(*arguments):
        raise AssertionError("evaluated again")

    monkeypatch.setattr(models, "_evaluate_now", fail)
    assert main.main(["evaluate", "lenet"]) == 0
    assert capsys.readouterr().out == first


def test_evaluate_outputs_that_are_not_probabilities(models_dir, capsys):
    """A model without a softmax is one sentence on stderr and the exit status 1; the other models are evaluated."""
    save_dense(models_dir, "logits", None)
    save_dense(models_dir, "softmax", "softmax")
    assert main.main(["evaluate"]) == 1
    printed = capsys.readouterr()
    assert printed.err.startswith("digitcore: logits: The model's outputs are not probabilities")
    assert [line.split()[0] for line in printed.out.splitlines()] == ["softmax"]


def test_models_with_long_names(models_dir, small_model_file, capsys):
    """A name of 64 characters, the longest there is, does not run into what is said of the model."""
    for name in ("a" * 64, "b"):
        (models_dir / f"{name}.keras").write_bytes(small_model_file)
    assert main.main(["models"]) == 0
    assert capsys.readouterr().out.splitlines() == [f"{'a' * 64}  no card", f"b{' ' * 65}no card"]


def test_totals(folder, capsys):
    """Each model has a line with its total, the default first; nothing else is printed."""
    assert main.main(["test-folder", str(folder)]) == 0
    printed = capsys.readouterr()
    lines = printed.out.splitlines()
    assert [line.split()[0] for line in lines] == ["cnn_v2", "cnn_v1", "lenet", "lenet_tuned", "sprint"]
    assert "2 of 2 right (100.0%)" in lines[0]
    assert not printed.err


@pytest.mark.parametrize("length", [40, 64])
def test_columns_do_not_collide(length):
    """Long names, 100.0% and five-digit counts stand in columns of their own."""
    totals = {
        "m" * length: Total(right=12_345, labelled=12_345, abstained=12_345),
        "x": Total(right=0, labelled=1, abstained=0),
    }
    lines = models._columns([(name, *models._in_words(total)) for name, total in totals.items()])
    assert lines == [
        "m" * length + "  12,345 of 12,345 right (100.0%)  12,345 abstained",
        f"{'x':<{length}}  0 of 1 right (0.0%)              0 abstained",
    ]


def test_json(folder, capsys):
    """With ``--json``, each model is one object a line."""
    assert main.main(["test-folder", str(folder), "--json"]) == 0
    first = json.loads(capsys.readouterr().out.splitlines()[0])
    assert first == {"model": "cnn_v2", "pictures": 3, "right": 2, "labelled": 2, "abstained": 0, "several": 0}


def test_files(folder, tmp_path, capsys):
    """The picture and the CSV are written where asked, and stderr says so."""
    png, table = tmp_path / "new" / "results.png", tmp_path / "results.csv"
    assert main.main(["test-folder", str(folder), "--output", str(png), "--csv", str(table)]) == 0
    assert Image.open(png).format == "PNG"
    assert len(list(csv.reader(table.open()))) == 1 + 3 * 5
    assert capsys.readouterr().err.splitlines() == [f"Saved in {table}", f"Saved in {png}"]


def test_bad_pictures_and_labels(folder, capsys):
    """What failed is said on stderr and makes the status 1; a label that is none is said and makes no failure."""
    (folder / "12_d.png").write_bytes(as_file(draw_digit(2)))
    assert main.main(["test-folder", str(folder)]) == 0
    assert "12 is not a digit" in capsys.readouterr().err
    (folder / "bad.png").write_bytes(b"nothing")
    assert main.main(["test-folder", str(folder)]) == 1
    printed = capsys.readouterr()
    assert "digitcore: bad.png: This is not" in printed.err
    assert "2 of 2 right" in printed.out


@pytest.mark.parametrize(
    ("arguments", "status", "expected"),
    [
        (["test-folder", "/nowhere"], 1, "There is no folder /nowhere"),
        (["test-folder", ".", "--output", "x.jpg"], 2, "The output is x.jpg; expected a name that ends in .png"),
        (["test-folder", ".", "--csv", "x"], 2, "expected a name that ends in .csv"),
        (["export", "nobody", "--format", "onnx"], 1, "There is no model 'nobody'"),
        (["export", "lenet", "--format", "onnx", "--output", "x.onnx"], 2, "expected a name that ends in .zip"),
        (["export", "lenet", "--format", "onnx", "--output", "/dev/null/x.zip"], 1, "/dev/null/x.zip cannot be written"),
    ],
)
def test_errors_are_one_line(arguments, status, expected, capsys):
    """A failure is one clear line on stderr, and nothing on stdout."""
    assert main.main(arguments) == status
    printed = capsys.readouterr()
    assert expected in printed.err
    assert printed.err.count("\n") == 1
    assert not printed.out


def test_an_empty_folder(tmp_path, capsys):
    """A folder without pictures is a failure, in a sentence."""
    assert main.main(["test-folder", str(tmp_path)]) == 1
    assert "holds no pictures" in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [["export", "lenet"], ["export", "lenet", "--format", "h5"], ["test-folder"]])
def test_wrong_use(arguments):
    """A missing or unknown word is wrong use."""
    with pytest.raises(SystemExit) as stop:
        main.main(arguments)
    assert stop.value.code == 2


def test_export(tmp_path, capfd):
    """``export`` prints the path and the largest difference, and the converters' talk is not heard."""
    output = tmp_path / "lenet.zip"
    assert main.main(["export", "lenet", "--format", "litert", "--output", str(output)]) == 0
    printed = capfd.readouterr()
    assert printed.out.startswith(f"Saved in {output}\nThe largest difference from Keras is ")
    assert "on 200 images of mnist-sample-5000, by ai-edge-litert" in printed.out
    assert not printed.err
    assert zipfile.is_zipfile(output)


def test_export_goes_here_by_default(tmp_path, monkeypatch):
    """Without ``--output`` the zip lies in the working folder, named after model and format."""
    monkeypatch.chdir(tmp_path)
    assert main.main(["export", "lenet", "--format", "savedmodel"]) == 0
    assert (tmp_path / "lenet-savedmodel.zip").exists()


def test_a_difference_fails(tmp_path, monkeypatch, capfd):
    """A model that answers otherwise once exported ends in one line with the figure, exit status 1, and no file."""
    monkeypatch.setattr(export, "TOLERANCE", 1e-12)
    monkeypatch.chdir(tmp_path)
    assert main.main(["export", "lenet", "--format", "onnx"]) == 1
    error = capfd.readouterr().err
    assert "differs from Keras by" in error
    assert error.count("\n") == 1
    assert not (tmp_path / "lenet-onnx.zip").exists()


def test_both_run_as_modules(folder):
    """``python -m digitcore test-folder`` prints nothing but its table, TensorFlow's start-up included."""
    command = [sys.executable, "-m", "digitcore", "test-folder", str(folder)]
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=True)
    assert len(done.stdout.splitlines()) == 5
    assert not done.stderr
