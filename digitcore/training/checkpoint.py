"""All that a run needs to go on after a crash, in one file that is replaced in one step after each epoch.

It is a ``.keras`` archive with the network and its optimiser, and one more member for the rest. One file, because Keras's own
``BackupAndRestore`` keeps two that a crash can part, and leaves the state of the callbacks out.
"""

import json
import zipfile
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import keras

from digitcore.errors import CheckpointError, summary
from digitcore.files import replacing

MEMBER, CHANCE_MEMBER = "training.json", "chance.json"

#: What callbacks change while they work.
CALLBACK_STATE = ("best", "best_epoch", "wait", "cooldown_counter", "stopped_epoch")


@dataclass(frozen=True, kw_only=True)
class Progress:
    """How far a run is.

    Attributes:
        rows: what ``history.csv`` holds, a row for each finished epoch.
        complete: whether training has ended, by itself or by early stopping.
        callbacks: the state of each callback, by its class's name.
        events: sentences on what callbacks did.
        training_seconds: spent so far.
    """

    rows: list[dict[str, float]] = field(default_factory=list)
    complete: bool = False
    callbacks: dict[str, dict[str, float | None]] = field(default_factory=dict)
    events: list[tuple[int, str]] = field(default_factory=list)
    training_seconds: float = 0.0


def save(path: Path, model: keras.Model, progress: Progress) -> None:
    """Write network, optimiser and progress to ``path``, all or nothing."""
    with replacing(path) as temporary:
        model.save(temporary)
        with zipfile.ZipFile(temporary, "a") as archive:
            archive.writestr(MEMBER, json.dumps(asdict(progress)))
            archive.writestr(CHANCE_MEMBER, json.dumps(_chance(model)))


def load(path: Path) -> tuple[keras.Model, Progress]:
    """The compiled network, with its optimiser's state, and the progress.

    Raises:
        CheckpointError: the file is damaged.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            progress = Progress(**json.loads(archive.read(MEMBER)))
            chance = json.loads(archive.read(CHANCE_MEMBER))
        model = keras.saving.load_model(path, safe_mode=True)
        for name, state in chance.items():
            model.get_layer(name).seed_generator.state.assign(state)
        return model, progress
    except Exception as error:  # Keras, h5py and zipfile raise many types for a bad file
        raise CheckpointError(f"The checkpoint {path} cannot be read: {summary(error)}. Train again from the start.") from error


def _chance(model: keras.Model) -> dict[str, list[int]]:
    """The state of chance in each layer that uses some, such as dropout; Keras saves it nowhere."""
    return {
        layer.name: keras.ops.convert_to_numpy(layer.seed_generator.state).tolist()
        for layer in model.layers
        if hasattr(layer, "seed_generator")
    }


def callback_state(callbacks: Iterable[keras.callbacks.Callback]) -> dict[str, dict[str, float | None]]:
    """What has to be kept of each callback."""
    return {
        type(callback).__name__: {
            name: None if value is None else float(value) for name, value in vars(callback).items() if name in CALLBACK_STATE
        }
        for callback in callbacks
    }


def restore_callbacks(callbacks: Iterable[keras.callbacks.Callback], state: dict[str, dict[str, Any]]) -> None:
    """Set each callback to what was kept of it."""
    for callback in callbacks:
        vars(callback).update(state.get(type(callback).__name__, {}))
