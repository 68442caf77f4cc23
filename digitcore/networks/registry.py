"""The folder ``models/``: list, check, load and save.

A model is ``models/<name>/model.keras`` with its ``card.json`` and ``history.csv``, or a bare ``models/<name>.keras``. Listing
does not import TensorFlow; it reads each file once, and again only when the file changes.
"""

import importlib.metadata
import json
import shutil
import zipfile
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from filelock import FileLock

from digitcore import files, paths
from digitcore.errors import ConfigError, ModelError, summary

if TYPE_CHECKING:
    import keras

DEFAULT_MODEL = "cnn_v2"
#: Below this probability the best guess is more likely wrong than right, so no digit is named.
USUAL_THRESHOLD = 0.5
#: The models that come with the project; they cannot be deleted.
SHIPPED = ("cnn_v1", "cnn_v2", "lenet", "lenet_tuned", "sprint")
MODEL_FILE, CARD_FILE, HISTORY_FILE = "model.keras", "card.json", "history.csv"
LOCK_FILE = ".save.lock"

#: What a ``.keras`` archive must hold.
ARCHIVE_MEMBERS = ("config.json", "metadata.json", "model.weights.h5")
LIBRARIES = ("keras", "tensorflow", "numpy", "scipy")


@dataclass(frozen=True, kw_only=True)
class ModelEntry:
    """One model in the folder; ``problem`` says why it cannot be used, and is None if it can."""

    name: str
    path: Path
    card: dict[str, Any]
    problem: str | None = None

    @property
    def version(self) -> tuple[str, int, int]:
        """A key for caches: it changes whenever the file does."""
        stat = self.path.stat()
        return str(self.path), stat.st_mtime_ns, stat.st_size

    @property
    def threshold(self) -> float:
        """The confidence from which on the model names a digit, 0-1."""
        threshold = self.card.get("calibration", {}).get("threshold")
        return threshold if isinstance(threshold, float) and 0 <= threshold <= 1 else USUAL_THRESHOLD

    @property
    def test_result(self) -> str | None:
        """The card's accuracy in words, with the number of images that it was measured on; None without a card."""
        metrics = self.card.get("metrics", {})
        if not {"test_accuracy", "test_images"} <= set(metrics):
            return None
        return f"{metrics['test_accuracy']:.2%} of {metrics['test_images']:,} test images"


def list_models() -> list[ModelEntry]:
    """All models, usable and broken: the default first, the others by name."""
    entries = [_describe(name, path) for name, path in _model_files()]
    return sorted(entries, key=lambda entry: (entry.name != DEFAULT_MODEL, entry.name))


def find(name: str) -> ModelEntry:
    """The model of that name.

    Raises:
        ModelError: there is none, or it is broken.
    """
    for found, path in _model_files():
        if found == name:
            entry = _describe(name, path)  # only this one, because every recognition calls this function
            if entry.problem:
                raise ModelError(f"The model {name!r} cannot be used: {entry.problem}")
            return entry
    good = [entry.name for entry in list_models() if not entry.problem]
    known = ", ".join(good) or "none yet; train one with: python -m digitcore train"
    raise ModelError(f"There is no model {name!r} in {paths.models_dir()}. The models are: {known}.")


def exists(name: str) -> bool:
    """Whether there is a model of that name, usable or broken."""
    return any(found == name for found, _ in _model_files())


def load_model(name: str, *, for_recognition: bool = True) -> "keras.Model":
    """Load a model for inference and check its shapes.

    Only local files below ``models/`` are opened, with Keras's safe mode on and no custom objects.

    Args:
        name: the name of the model.
        for_recognition: whether the model must have ten outputs; otherwise its output may have any shape.

    Raises:
        ModelError: missing, unreadable, or not ``(None, 28, 28, 1) -> (None, 10)``.
    """
    import keras

    path = find(name).path
    try:
        model = keras.saving.load_model(path, custom_objects=None, compile=False, safe_mode=True)
    except Exception as error:  # Keras raises many types for a bad file
        raise ModelError(f"The model {name!r} cannot be loaded: {summary(error)}") from error
    for what, found, expected in (
        ("input", getattr(model, "input_shape", None), (None, 28, 28, 1)),
        ("output", getattr(model, "output_shape", None), (None, 10)),
    ):
        if found != expected and (what == "input" or for_recognition):
            raise ModelError(f"The model {name!r} has the {what} shape {found}; expected {expected}.")
    return model


def save_model(model: "keras.Model", name: str, card: dict[str, Any], *, history: Path, replace: bool = False) -> Path:
    """Save a network, its card and its history as ``models/<name>/``; each file is saved completely or not at all.

    The card gets the parameter count, the file's size and SHA-256 and the library versions.

    Args:
        model: the network.
        name: the name of the model.
        card: what is known about it; ``run`` is the id of the run that trained it.
        history: the file with its curves.
        replace: whether it may overwrite a model that another run has saved.

    Returns:
        The model's folder.

    Raises:
        ConfigError: there is already a model of that name, and it may not be overwritten.
    """
    paths.models_dir().mkdir(parents=True, exist_ok=True)
    with FileLock(paths.models_dir() / LOCK_FILE):  # two runs may end at the same moment
        if not replace and exists(name) and not is_saved_by(name, card.get("run")):
            raise ConfigError(
                f"There is already a model {name!r} from another run. Delete or rename it, then resume this run, whose network "
                "is kept."
            )
        return write_model(model, paths.models_dir() / name, card, history=history)


def is_saved_by(name: str, run_id: str | None) -> bool:
    """Whether the model of that name was saved by this run."""
    return run_id is not None and read_card(paths.models_dir() / name).get("run") == run_id


def copy_model(folder: Path, name: str) -> Path:
    """Copy a model's folder from elsewhere, such as that of a study's trial, to ``models/<name>/`` in one step.

    Args:
        folder: what ``write_model`` has written.
        name: the name of the new model.

    Raises:
        ConfigError: there is already a model of that name.
        ModelError: the folder holds no model, or it cannot be copied.
    """
    paths.models_dir().mkdir(parents=True, exist_ok=True)
    with FileLock(paths.models_dir() / LOCK_FILE):
        if exists(name):
            raise ConfigError(f"There is already a model {name!r}. Choose another name.")
        draft = paths.models_dir() / f".{name}-copy"
        try:
            shutil.rmtree(draft, ignore_errors=True)
            shutil.copytree(folder, draft)
            (draft / MODEL_FILE).stat()
            return draft.rename(paths.models_dir() / name)
        except OSError as error:
            shutil.rmtree(draft, ignore_errors=True)
            raise ModelError(f"The model {name!r} cannot be saved: {error.strerror or summary(error)}.") from error


def write_model(model: "keras.Model", folder: Path, card: dict[str, Any], *, history: Path) -> Path:
    """Write a network, its card and its history into a folder, each completely or not at all; see ``save_model``."""
    # All three are written before the first is moved, so that a failure leaves the old three intact.
    with (
        files.replacing(folder / MODEL_FILE) as new_model,
        files.replacing(folder / HISTORY_FILE) as new_history,
        files.replacing(folder / CARD_FILE) as new_card,
    ):
        model.save(new_model)
        shutil.copyfile(history, new_history)
        card = {
            **card,
            "parameters": model.count_params(),
            "file": {"bytes": new_model.stat().st_size, "sha256": files.sha256_of(new_model)},
            "libraries": {library: importlib.metadata.version(library) for library in LIBRARIES},
        }
        new_card.write_bytes(files.to_json(card))
    return folder


def delete_model(name: str) -> None:
    """Delete a model, usable or broken, with its card and its history.

    Raises:
        ConfigError: the model comes with the project.
        ModelError: there is no such model, or its files cannot be removed.
    """
    if name in SHIPPED:
        raise ConfigError(f"The model {name!r} comes with the project and cannot be deleted.")
    found = [path for known, path in _model_files() if known == name]
    if not found:
        raise ModelError(f"There is no model {name!r} in {paths.models_dir()}. It may have been deleted already.")
    try:
        for path in found:
            has_folder = path.parent != paths.models_dir()
            if has_folder and path.parent.is_symlink():
                path.parent.unlink()  # the link's target is not ours
                continue
            if path.is_file() or path.is_symlink():
                path.unlink()  # first, so that a half-deleted model is never listed
            shutil.rmtree(path.parent if has_folder else path, ignore_errors=not has_folder)
    except OSError as error:
        raise ModelError(f"The model {name!r} cannot be deleted: {error.strerror or error}.") from error


def read_card(folder: Path) -> dict[str, Any]:
    """The card in a model's folder; empty if there is none or it cannot be read."""
    try:
        card = json.loads((folder / CARD_FILE).read_text())
    except (OSError, ValueError):
        return {}
    return card if isinstance(card, dict) else {}


def _model_files() -> list[tuple[str, Path]]:
    """The (name, file) of every model; the files are not read."""
    folder = paths.models_dir()
    in_folders = [(path.parent.name, path) for path in folder.glob(f"*/{MODEL_FILE}")]
    return in_folders + [(path.stem, path) for path in folder.glob("*.keras") if not path.name.startswith(".")]


def _describe(name: str, path: Path) -> ModelEntry:
    try:
        stat = path.stat()
        problem = _problem(path, stat.st_mtime_ns, stat.st_size)
    except OSError as error:
        problem = f"{path.name} cannot be read: {error.strerror}."
    return ModelEntry(
        name=name,
        path=path,
        card=read_card(path.parent) if path.name == MODEL_FILE else {},
        problem=problem,
    )


@lru_cache(maxsize=1024)
def _problem(path: Path, modified: int, size: int) -> str | None:
    """Why an archive cannot be a usable model, found without Keras; ``modified`` and ``size`` are the cache's key."""
    try:
        with zipfile.ZipFile(path) as archive:
            if missing := [member for member in ARCHIVE_MEMBERS if member not in archive.namelist()]:
                return f"{path.name} holds no {missing[0]}, so it is not a Keras 3 model."
            if damaged := archive.testzip():
                return f"{path.name} is damaged: {damaged} fails its checksum."
            config = json.loads(archive.read("config.json"))
    except zipfile.BadZipFile:
        return f"{path.name} is not a .keras archive, or is cut off ({size:,} bytes)."
    except Exception as error:  # zipfile and zlib raise many types for a bad file
        return f"{path.name} cannot be read: {summary(error)}."
    if '"Lambda"' in json.dumps(config):
        return f"{path.name} has a Lambda layer, which contains code of its own and is never loaded."
    return None
