"""A model goes out in another format, and proves there that it answers as before."""

import io
import json
import zipfile
from dataclasses import replace

import keras
import numpy as np
import pytest

from digitcore import files
from digitcore.cli import models
from digitcore.datasets import mnist
from digitcore.errors import ExportError, ModelError
from digitcore.export import export_model as export
from digitcore.export.export_model import export_model
from digitcore.export.formats import FORMATS
from digitcore.export.parity import TOLERANCE
from digitcore.export.readme import NOTES_FILE
from digitcore.networks import registry
from digitcore.preprocessing.mnist_style import BOX_SIDE, PREPROCESSING_VERSION, STROKE_WIDTHS

#: The converters warn about each other.
pytestmark = pytest.mark.filterwarnings("ignore")

MODEL_FILES = {"litert": "model.tflite", "onnx": "model.onnx", "savedmodel": "saved_model/saved_model.pb"}
EACH = pytest.mark.parametrize("format", FORMATS)


@pytest.fixture(scope="module")
def tiny_file(tmp_path_factory):
    """A tiny network with the layers that digit networks have."""
    layers = [
        keras.Input((28, 28, 1)),
        keras.layers.Conv2D(4, 3, padding="same", activation="relu"),
        keras.layers.BatchNormalization(),
        keras.layers.MaxPooling2D(4),
        keras.layers.Dropout(0.5),
        keras.layers.GlobalAveragePooling2D(),
        keras.layers.Dense(10, "softmax"),
    ]
    path = tmp_path_factory.mktemp("tiny") / "tiny.keras"
    keras.utils.set_random_seed(0)
    keras.Sequential(layers).save(path)
    return path.read_bytes()


@pytest.fixture(autouse=True)
def tiny(monkeypatch, models_dir, tiny_file, sample):
    """The model ``tiny`` with a card, and test images that need no network."""
    monkeypatch.setattr(mnist, "load_mnist", lambda: sample)
    folder = models_dir / "tiny"
    folder.mkdir()
    (folder / "model.keras").write_bytes(tiny_file)
    files.write_json(folder / "card.json", {"architecture": "tiny", "metrics": {"test_accuracy": 0.5}})


def members(path):
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


@EACH
def test_export(tmp_path, format, sample):
    """The exported file answers 200 test images as Keras does, to rounding, and the zip has it, its card and the notes."""
    result = export_model("tiny", format, directory=tmp_path / "new")
    assert result.path == tmp_path / "new" / f"tiny-{format}.zip"
    assert 0 <= result.largest_difference <= 1e-5 < TOLERANCE
    assert (result.images, result.data) == (200, sample.name)
    content = members(result.path)
    assert {MODEL_FILES[format], "card.json", NOTES_FILE} <= set(content)
    card = json.loads(content["card.json"])
    assert card["architecture"] == "tiny"
    assert card["export"]["largest_difference"] == result.largest_difference
    assert card["export"]["runtime"] == result.runtime
    assert [path.name for path in result.path.parent.iterdir()] == [result.path.name]


@EACH
def test_the_file_in_the_zip_takes_any_number_of_images(tmp_path, format, sample):
    """What was packed, unpacked elsewhere and run anew, gives Keras's probabilities for batches of any size."""
    with zipfile.ZipFile(export_model("tiny", format, directory=tmp_path).path) as archive:
        archive.extractall(tmp_path / "elsewhere")
    batches = [sample.x_test[:count, ..., None].astype(np.float32) / 255 for count in (1, 200, 3)]
    outputs, _ = FORMATS[format].run(tmp_path / "elsewhere" / FORMATS[format].file_name, batches)
    model = registry.load_model("tiny")
    for batch, found in zip(batches, outputs, strict=True):
        assert np.abs(found - np.asarray(model(batch, training=False))).max() < 1e-5


@EACH
def test_notes(tmp_path, format):
    """The notes have the numbers that the code uses and the names that the file has, and their example runs as it stands."""
    result = export_model("tiny", format, directory=tmp_path)
    content = members(result.path)
    notes = content[NOTES_FILE].decode()
    for number in (
        f"long side has {BOX_SIDE} pixels",
        "(N, 28, 28, 1)",
        f"version {PREPROCESSING_VERSION}",
        *map(str, STROKE_WIDTHS),
    ):
        assert number in notes
    assert f"{result.largest_difference:.2g}" in notes
    assert "{" not in notes.split("```")[0] + notes.split("```")[2]
    with zipfile.ZipFile(io.BytesIO(result.path.read_bytes())) as archive:
        archive.extractall(tmp_path)
    example = (
        notes.split("```python\n")[1]
        .split("```")[0]
        .replace(f'"{FORMATS[format].file_name}"', f'r"{tmp_path / FORMATS[format].file_name}"')
    )
    names = {"images": np.zeros((2, 28, 28, 1), np.float32)}
    exec(example, names)
    assert names["probabilities"].shape == (2, 10)


@EACH
@pytest.mark.parametrize("error", [2e-4, np.nan])
def test_a_difference_is_an_error(tmp_path, monkeypatch, format, error):
    """An exported file that answers otherwise is not kept, and the error names the figure and the limit."""

    def wrong(path, batches):
        outputs, signature = FORMATS[format].run(path, batches)
        return [output + np.float32(error) for output in outputs], signature

    monkeypatch.setattr(export, "FORMATS", {format: replace(FORMATS[format], run=wrong)})
    with pytest.raises(ExportError, match=r"differs from Keras by (0\.0002|nan) on 200 test images; the limit is 0\.0001"):
        export_model("tiny", format, directory=tmp_path / "new")
    assert not (tmp_path / "new").exists()


def test_a_single_wrong_image_is_enough(tmp_path, monkeypatch):
    """One probability of one image decides, also where it is wrong only when that image comes alone."""

    def wrong(path, batches):
        outputs, signature = FORMATS["onnx"].run(path, batches)
        outputs[0][0, 7] += 0.01
        return outputs, signature

    monkeypatch.setattr(export, "FORMATS", {"onnx": replace(FORMATS["onnx"], run=wrong)})
    with pytest.raises(ExportError, match=r"by 0\.01 "):
        export_model("tiny", "onnx", directory=tmp_path)


def test_a_failed_conversion(tmp_path, monkeypatch):
    """A converter's error becomes one line with the model and the format; nothing is left."""

    def fail(*given):
        raise ValueError("No such op\nand a long traceback")

    monkeypatch.setattr(export, "FORMATS", {"onnx": replace(FORMATS["onnx"], convert=fail)})
    with pytest.raises(ExportError) as error:
        export_model("tiny", "onnx", directory=tmp_path / "new")
    assert str(error.value) == "The model 'tiny' cannot be exported as ONNX: No such op"
    assert not (tmp_path / "new").exists()


def test_a_failed_export_leaves_the_old_one(tmp_path, monkeypatch):
    """Where an export was before, a failing one changes nothing."""
    before = export_model("tiny", "onnx", directory=tmp_path).path.read_bytes()
    monkeypatch.setattr(export, "TOLERANCE", -1.0)
    with pytest.raises(ExportError):
        export_model("tiny", "onnx", directory=tmp_path)
    assert (tmp_path / "tiny-onnx.zip").read_bytes() == before


def test_a_model_without_a_card(tmp_path, models_dir, tiny_file):
    """A bare file is exported too; its card has the proof alone."""
    (models_dir / "bare.keras").write_bytes(tiny_file)
    card = json.loads(members(export_model("bare", "onnx", directory=tmp_path).path)["card.json"])
    assert set(card) == {"export"}


@pytest.mark.parametrize(("name", "format", "error"), [("nobody", "onnx", ModelError), ("tiny", "h5", ExportError)])
def test_wrong_names(tmp_path, name, format, error):
    """An unknown model or format is named, with those there are."""
    with pytest.raises(error, match=r"'nobody'.*tiny|'h5'.*litert, onnx, savedmodel"):
        export_model(name, format, directory=tmp_path)


def test_another_shape(tmp_path, models_dir):
    """A model with another input is refused as everywhere."""
    keras.Sequential([keras.Input((14, 14, 1)), keras.layers.Flatten(), keras.layers.Dense(10)]).save(models_dir / "s.keras")
    with pytest.raises(ModelError, match="input shape"):
        export_model("s", "onnx", directory=tmp_path)


def test_a_folder_that_cannot_be_written(tmp_path):
    """Where the zip cannot go, the error names the path."""
    (tmp_path / "file").touch()
    with pytest.raises(ExportError, match=r"file/tiny-onnx\.zip cannot be written: "):
        export_model("tiny", "onnx", directory=tmp_path / "file")


def test_the_command_line_knows_the_formats():
    """The list that the command line has of its own is the same."""
    assert list(models.FORMATS) == list(FORMATS)
