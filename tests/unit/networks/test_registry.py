"""The folder of models: what is listed, what is refused, what is saved."""

import io
import json
import os
import threading
import zipfile
from concurrent.futures import ThreadPoolExecutor

import keras
import numpy as np
import pytest

from digitcore.errors import ConfigError, ModelError
from digitcore.files import sha256_of
from digitcore.networks import registry

#: Keras with NumPy 2, at every weight that it reads.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")


def put(folder, name, content):
    """Store bytes as the model ``name``; returns the file's path."""
    path = folder / name / "model.keras"
    path.parent.mkdir()
    path.write_bytes(content)
    return path


def repacked(archive, *, without=(), compression=zipfile.ZIP_STORED, **replaced):
    """A ``.keras`` archive without some members, or with others in their place."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(archive)) as source, zipfile.ZipFile(buffer, "w", compression) as target:
        for name in source.namelist():
            if name not in without:
                target.writestr(name, replaced.get(name.split(".")[0], source.read(name)))
    return buffer.getvalue()


def saved(model, tmp_path):
    """The bytes of a model's file."""
    path = tmp_path / "made.keras"
    model.save(path)
    return path.read_bytes()


def problem(name):
    """Why the listed model cannot be used."""
    return next(entry for entry in registry.list_models() if entry.name == name).problem


# Listing.


def test_no_folder(models_dir):
    """Where there is no folder of models there are none."""
    models_dir.rmdir()
    assert registry.list_models() == []


def test_good_model(models_dir, small_model_file):
    """A good model is listed with its card and without a problem."""
    path = put(models_dir, "good", small_model_file)
    (path.parent / "card.json").write_text('{"architecture": "small"}')
    (entry,) = registry.list_models()
    assert (entry.name, entry.path, entry.problem) == ("good", path, None)
    assert entry.card == {"architecture": "small"}


def test_bare_model(models_dir, small_model_file):
    """A bare ``.keras`` file in the folder is a model under its own name, and loads."""
    (models_dir / "foo.keras").write_bytes(small_model_file)
    (entry,) = registry.list_models()
    assert (entry.name, entry.card, entry.problem) == ("foo", {}, None)
    assert registry.load_model("foo").output_shape == (None, 10)


def test_default_comes_first(models_dir, small_model_file):
    """The default model is listed first, the others by name."""
    for name in ("zebra", "alpha", registry.DEFAULT_MODEL, "mole"):
        put(models_dir, name, small_model_file)
    assert [entry.name for entry in registry.list_models()] == [registry.DEFAULT_MODEL, "alpha", "mole", "zebra"]


def test_other_files_are_passed_over(models_dir, small_model_file):
    """Hidden files, notes and folders without a model are no models."""
    (models_dir / ".half-written.keras").write_bytes(small_model_file)
    (models_dir / "README.md").write_text("hello")
    (models_dir / "empty").mkdir()
    assert registry.list_models() == []


@pytest.mark.parametrize("card", ["", "{", "[1]", "null", "\xff"])
def test_damaged_card(models_dir, small_model_file, card):
    """A model whose card cannot be read is listed with an empty one."""
    path = put(models_dir, "good", small_model_file)
    (path.parent / "card.json").write_bytes(card.encode("latin-1"))
    (entry,) = registry.list_models()
    assert entry.card == {}
    assert entry.problem is None


# Broken files.


def changed(archive, place):
    """An archive with 64 other bytes at a place."""
    return archive[:place] + bytes(255 - byte for byte in archive[place : place + 64]) + archive[place + 64 :]


def with_header(archive, *, flags=0, method=0):
    """An archive whose members declare other flags and another compression than they have."""
    result = bytearray(archive)
    with zipfile.ZipFile(io.BytesIO(archive)) as source:
        places = [member.header_offset + 6 for member in source.infolist()]
        place = source.start_dir
        for member in source.infolist():
            places.append(place + 8)
            place += 46 + len(member.filename) + len(member.extra) + len(member.comment)
    for place in places:
        result[place : place + 4] = flags.to_bytes(2, "little") + method.to_bytes(2, "little")
    return bytes(result)


BROKEN = {
    "cut off": (lambda archive: archive[: len(archive) // 2], "is not a .keras archive, or is cut off"),
    "a few bytes short": (lambda archive: archive[:-10], "is not a .keras archive, or is cut off"),
    "empty": (lambda archive: b"", r"is not a .keras archive, or is cut off \(0 bytes\)"),
    "text": (lambda archive: b"hello" * 100, r"is not a .keras archive, or is cut off \(500 bytes\)"),
    "without config.json": (
        lambda archive: repacked(archive, without=["config.json"]),
        "holds no config.json, so it is not a Keras 3",
    ),
    "without weights": (lambda archive: repacked(archive, without=["model.weights.h5"]), "holds no model.weights.h5"),
    "config.json is no JSON": (lambda archive: repacked(archive, config=b"{"), "cannot be read"),
    "config.json is no text": (lambda archive: repacked(archive, config=b"\xff\xfe\xfd"), "cannot be read"),
    "changed bytes": (lambda archive: changed(archive, len(archive) // 2), "is damaged: model.weights.h5 fails its checksum"),
    "changed bytes, compressed": (
        lambda archive: changed(repacked(archive, compression=zipfile.ZIP_DEFLATED), 300),
        "is damaged|cannot be read",
    ),
    "with a password": (lambda archive: with_header(archive, flags=1), "is damaged|cannot be read"),
    "another compression": (lambda archive: with_header(archive, method=97), "is damaged|cannot be read"),
}


@pytest.mark.parametrize("kind", BROKEN)
def test_broken_model(models_dir, small_model_file, kind):
    """A broken file is listed with its reason, cannot be used for that reason, and the others still can."""
    damage, reason = BROKEN[kind]
    put(models_dir, "broken", damage(small_model_file))
    put(models_dir, "good", small_model_file)
    assert [entry.name for entry in registry.list_models()] == ["broken", "good"]
    assert registry.find("good").problem is None
    with pytest.raises(ModelError, match=rf"The model 'broken' cannot be used: model\.keras .*({reason})"):
        registry.load_model("broken")
    assert registry.load_model("good").input_shape == (None, 28, 28, 1)


def test_folder_in_place_of_a_model(models_dir, small_model_file):
    """A folder that is called like a model is listed as broken."""
    (models_dir / "folder.keras").mkdir()
    assert "cannot be read" in problem("folder")


def test_link_to_nowhere(models_dir, small_model_file):
    """A link whose file is gone does not take the other models with it."""
    put(models_dir, "good", small_model_file)
    (models_dir / "gone.keras").symlink_to(models_dir / "nowhere.keras")
    assert registry.find("good").problem is None


def test_mended_model(models_dir, small_model_file):
    """A file that was broken and is replaced by a good one is good at the next look."""
    path = put(models_dir, "model", small_model_file[:1000])
    assert problem("model")
    path.write_bytes(small_model_file)
    assert problem("model") is None


def test_version_changes_with_the_file(models_dir, small_model_file):
    """A model's version changes whenever its file does, and only then."""
    path = put(models_dir, "model", small_model_file)
    before = registry.find("model").version
    assert registry.find("model").version == before
    os.utime(path, ns=(1, 1))
    assert registry.find("model").version != before


def test_lambda_layer_is_refused(models_dir, tmp_path, small_model_file):
    """A model with a Lambda layer is refused from its archive, before Keras sees it."""
    inner = keras.Sequential([keras.Input((10,)), keras.layers.Lambda(lambda x: x)])
    model = keras.Sequential([keras.Input((28, 28, 1)), keras.layers.Flatten(), keras.layers.Dense(10), inner])
    put(models_dir, "code", saved(model, tmp_path))
    with pytest.raises(ModelError, match="has a Lambda layer, which contains code of its own and is never loaded"):
        registry.load_model("code")


@pytest.mark.parametrize(
    ("input_shape", "units", "reason"),
    [
        ((32, 32, 1), 10, r"the input shape \(None, 32, 32, 1\); expected \(None, 28, 28, 1\)"),
        ((28, 28, 3), 10, r"the input shape \(None, 28, 28, 3\); expected \(None, 28, 28, 1\)"),
        ((784,), 10, r"the input shape \(None, 784\); expected \(None, 28, 28, 1\)"),
        ((28, 28, 1), 26, r"the output shape \(None, 26\); expected \(None, 10\)"),
    ],
)
def test_wrong_shapes(models_dir, tmp_path, input_shape, units, reason):
    """A model that does not take 28x28 images or give ten probabilities is refused with both shapes."""
    model = keras.Sequential([keras.Input(input_shape), keras.layers.Flatten(), keras.layers.Dense(units)])
    put(models_dir, "other", saved(model, tmp_path))
    with pytest.raises(ModelError, match=f"The model 'other' has {reason}"):
        registry.load_model("other")


def test_two_inputs(models_dir, tmp_path):
    """A model with two inputs is refused with its shapes."""
    first, second = keras.Input((28, 28, 1)), keras.Input((28, 28, 1))
    outputs = keras.layers.Dense(10)(keras.layers.Flatten()(keras.layers.Add()([first, second])))
    put(models_dir, "two", saved(keras.Model([first, second], outputs), tmp_path))
    with pytest.raises(ModelError, match="input shape"):
        registry.load_model("two")


def test_unknown_layer(models_dir, small_model_file):
    """A model with a layer that Keras does not know is refused in one line."""
    with zipfile.ZipFile(io.BytesIO(small_model_file)) as archive:
        config = archive.read("config.json").replace(b'"Flatten"', b'"Squash"')
    put(models_dir, "unknown", repacked(small_model_file, config=config))
    with pytest.raises(ModelError, match="The model 'unknown' cannot be loaded: ") as caught:
        registry.load_model("unknown")
    assert "\n" not in str(caught.value)


def test_error_without_a_message(models_dir, small_model_file, monkeypatch):
    """Keras failing without a word is a ``ModelError`` too."""

    def fail(*_, **__):
        raise MemoryError

    put(models_dir, "good", small_model_file)
    monkeypatch.setattr(keras.saving, "load_model", fail)
    with pytest.raises(ModelError, match="The model 'good' cannot be loaded"):
        registry.load_model("good")


# Names.


def test_unknown_name(models_dir, small_model_file):
    """An unknown model is refused; the message names the folder and the good ones."""
    put(models_dir, "one", small_model_file)
    put(models_dir, "two", small_model_file)
    put(models_dir, "bad", b"")
    with pytest.raises(ModelError) as caught:
        registry.find("three")
    assert str(caught.value) == f"There is no model 'three' in {models_dir}. The models are: one, two."


def test_no_models_at_all(models_dir):
    """Where there is no model, the message says how to train one."""
    with pytest.raises(ModelError, match="none yet; train one with: python -m digitcore train"):
        registry.load_model("cnn_v2")


@pytest.mark.parametrize("name", ["../secret", "../models/good", "/etc/passwd", "good/model.keras", "", "."])
def test_names_are_no_paths(models_dir, small_model_file, name):
    """A name is looked up in the list; it is never taken for a path."""
    put(models_dir, "good", small_model_file)
    (models_dir.parent / "secret.keras").write_bytes(small_model_file)
    with pytest.raises(ModelError, match="There is no model"):
        registry.load_model(name)


def test_exists(models_dir, small_model_file):
    """A good model exists, and so does a broken one: neither name is free."""
    put(models_dir, "good", small_model_file)
    put(models_dir, "broken", b"")
    assert registry.exists("good")
    assert registry.exists("broken")
    assert not registry.exists("other")


# Saving.


@pytest.fixture
def model():
    return keras.Sequential([keras.Input((28, 28, 1)), keras.layers.Flatten(), keras.layers.Dense(10, "softmax")])


@pytest.fixture
def history(tmp_path):
    path = tmp_path / "history.csv"
    path.write_text("epoch,loss\n0,1.5\n")
    return path


def test_save_and_load(models_dir, model, history):
    """A saved model is listed with a complete card and gives the same probabilities after loading."""
    folder = registry.save_model(model, "mine", {"architecture": "small"}, history=history)
    assert folder == models_dir / "mine"
    assert sorted(path.name for path in folder.iterdir()) == ["card.json", "history.csv", "model.keras"]
    assert (folder / "history.csv").read_text() == history.read_text()
    card = registry.find("mine").card
    assert card["architecture"] == "small"
    assert card["parameters"] == 7850
    assert card["file"] == {"bytes": (folder / "model.keras").stat().st_size, "sha256": sha256_of(folder / "model.keras")}
    assert card["libraries"]["keras"] == keras.__version__
    assert set(card["libraries"]) == {"keras", "tensorflow", "numpy", "scipy"}
    images = np.random.default_rng(0).random((4, 28, 28, 1), np.float32)
    assert np.array_equal(registry.load_model("mine")(images), model(images))


def test_failing_save_of_a_new_model(models_dir, model, history, monkeypatch):
    """Where saving breaks off half-way, no half file, no temporary file and no model is left."""

    def half(path):
        path.write_bytes(b"half")
        raise OSError("disk full")

    monkeypatch.setattr(model, "save", half)
    with pytest.raises(OSError, match="disk full"):
        registry.save_model(model, "mine", {}, history=history)
    assert [path for path in models_dir.rglob("*") if path.is_file() and path.name != registry.LOCK_FILE] == []
    assert registry.list_models() == []


def test_failing_save_over_a_model(models_dir, model, history, monkeypatch):
    """Where saving breaks off half-way, the model that was there stays as it was."""
    folder = registry.save_model(model, "mine", {"version": 1}, history=history)
    before = {path.name: path.read_bytes() for path in folder.iterdir()}

    def half(path):
        path.write_bytes(b"half")
        raise OSError("disk full")

    monkeypatch.setattr(model, "save", half)
    with pytest.raises(OSError, match="disk full"):
        registry.save_model(model, "mine", {"version": 2}, history=history, replace=True)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


def test_failing_save_keeps_model_and_card_together(models_dir, model, history):
    """Where only the history cannot be saved, the card that is there is still the card of the model that is there."""
    registry.save_model(model, "mine", {}, history=history)
    model.set_weights([weights + 1 for weights in model.get_weights()])
    with pytest.raises(OSError, match="No such file"):
        registry.save_model(model, "mine", {}, history=history.with_name("gone.csv"), replace=True)
    entry = registry.find("mine")
    assert entry.card["file"]["sha256"] == sha256_of(entry.path)


def test_another_runs_model_is_not_overwritten(models_dir, model, history):
    """A run cannot overwrite the model of another run, unless it may replace it; it can save its own again."""
    registry.save_model(model, "mine", {"run": "first"}, history=history)
    for card in ({"run": "second"}, {}):
        with pytest.raises(ConfigError, match="already a model 'mine' from another run"):
            registry.save_model(model, "mine", card, history=history)
    registry.save_model(model, "mine", {"run": "first", "attempt": 2}, history=history)
    assert registry.find("mine").card["attempt"] == 2
    registry.save_model(model, "mine", {"run": "second"}, history=history, replace=True)
    assert registry.find("mine").card["run"] == "second"


def test_a_bare_file_is_not_joined_by_a_folder(models_dir, small_model_file, model, history):
    """A model that was put into the folder as a file keeps its name for itself."""
    (models_dir / "mine.keras").write_bytes(small_model_file)
    with pytest.raises(ConfigError, match="already a model 'mine'"):
        registry.save_model(model, "mine", {"run": "first"}, history=history)


def test_two_runs_that_save_together(models_dir, model, history):
    """Of two runs that save a model of one name at the same moment, one does and the other is refused."""
    barrier = threading.Barrier(2)

    def save(run, name):
        barrier.wait()
        try:
            registry.save_model(model, name, {"run": run}, history=history)
        except ConfigError:
            return None
        return run

    with ThreadPoolExecutor(2) as pool:
        for number in range(5):
            name = f"model_{number}"
            saved = list(pool.map(save, ("first", "second"), (name, name)))
            assert saved.count(None) == 1
            assert registry.find(name).card["run"] in saved


def test_card_is_json_on_disk(models_dir, model, history):
    """The card on disk is the JSON that ``read_card`` gives."""
    folder = registry.save_model(model, "mine", {"config": {"seed": 7}}, history=history)
    assert json.loads((folder / "card.json").read_text()) == registry.read_card(folder)
    assert registry.read_card(folder)["config"] == {"seed": 7}


def test_no_card(tmp_path):
    """A folder without a card gives an empty one."""
    assert registry.read_card(tmp_path) == {}


# Deleting.


def test_delete(models_dir, model, history):
    """A deleted model is gone with its folder; the others stay."""
    for name in ("gone", "kept"):
        registry.save_model(model, name, {}, history=history)
    registry.delete_model("gone")
    assert [entry.name for entry in registry.list_models()] == ["kept"]
    assert not (models_dir / "gone").exists()


@pytest.mark.parametrize("file", ["bare.keras", "broken/model.keras"])
def test_delete_bare_and_broken_models(models_dir, file):
    """A bare file and a broken model can be deleted too."""
    (models_dir / file).parent.mkdir(exist_ok=True)
    (models_dir / file).write_bytes(b"nothing")
    registry.delete_model(registry.list_models()[0].name)
    assert list(models_dir.iterdir()) == []


def test_delete_a_folder_in_place_of_a_model(models_dir):
    """A folder where a model's file should be can be deleted."""
    (models_dir / "odd" / "model.keras").mkdir(parents=True)
    (models_dir / "odd.keras").mkdir()
    registry.delete_model("odd")
    assert list(models_dir.iterdir()) == []


def test_delete_a_link(models_dir, tmp_path, small_model_file):
    """Of a model that is a link only the link is deleted."""
    put(tmp_path, "elsewhere", small_model_file)
    (models_dir / "link").symlink_to(tmp_path / "elsewhere")
    registry.delete_model("link")
    assert list(models_dir.iterdir()) == []
    assert (tmp_path / "elsewhere" / "model.keras").exists()


@pytest.mark.parametrize("name", registry.SHIPPED)
def test_shipped_models_stay(name):
    """The models that come with the project cannot be deleted."""
    with pytest.raises(ConfigError, match=f"{name!r} comes with the project"):
        registry.delete_model(name)
    assert registry.exists(name)


def test_delete_nothing(models_dir):
    """A model that is not there is an error in one sentence."""
    with pytest.raises(ModelError, match="There is no model 'gone'"):
        registry.delete_model("gone")


def test_delete_what_cannot_be_removed(models_dir, small_model_file, monkeypatch):
    """Without permission to delete, one sentence says so."""

    def refuse(path):
        raise PermissionError(13, "Permission denied")

    put(models_dir, "kept", small_model_file)
    monkeypatch.setattr(registry.Path, "unlink", refuse)
    with pytest.raises(ModelError, match="'kept' cannot be deleted: Permission denied"):
        registry.delete_model("kept")
