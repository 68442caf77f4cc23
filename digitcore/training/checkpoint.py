"""All that a run needs to resume after a crash, in one file that is replaced in one step after each epoch.

The file is a ``.keras`` archive of the network and its optimiser, with two more members for the rest. Keras's own
``BackupAndRestore`` is not used: it keeps two files, of which a crash can leave one out of date, and no state of callbacks.
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

PROGRESS_MEMBER, RANDOM_STATE_MEMBER = "training.json", "chance.json"

#: The attributes that callbacks change while they work.
CALLBACK_STATE = ("best", "best_epoch", "wait", "cooldown_counter", "stopped_epoch")


@dataclass(frozen=True, kw_only=True)
class TrainingProgress:
    """How far a run has come.

    Attributes:
        rows: the content of ``history.csv``, a row for each finished epoch.
        complete: whether training has ended, after its last epoch or by early stopping.
        callbacks: the state of each callback, by its class's name.
        events: epoch and sentence of everything that was reported.
        training_seconds: the time spent so far.
        data_checksum: the checksum of the set that was trained on; empty in checkpoints of earlier versions.
    """

    rows: list[dict[str, float]] = field(default_factory=list)
    complete: bool = False
    callbacks: dict[str, dict[str, float | None]] = field(default_factory=dict)
    events: list[tuple[int, str]] = field(default_factory=list)
    training_seconds: float = 0.0
    data_checksum: str = ""


def save(path: Path, model: keras.Model, progress: TrainingProgress) -> None:
    """Write network, optimiser and progress to ``path``, atomically."""
    with replacing(path) as temporary:
        model.save(temporary)
        with zipfile.ZipFile(temporary, "a") as archive:
            archive.writestr(PROGRESS_MEMBER, json.dumps(asdict(progress)))
            archive.writestr(RANDOM_STATE_MEMBER, json.dumps(_random_state(model)))


def load(path: Path) -> tuple[keras.Model, TrainingProgress]:
    """Read the compiled network, with its optimiser's state, and the progress.

    Raises:
        CheckpointError: the file is damaged.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            progress = TrainingProgress(**json.loads(archive.read(PROGRESS_MEMBER)))
            random_state = json.loads(archive.read(RANDOM_STATE_MEMBER))
        model = keras.saving.load_model(path, safe_mode=True)
        for name, state in random_state.items():
            model.get_layer(name).seed_generator.state.assign(state)
        return model, progress
    except Exception as error:  # Keras, h5py and zipfile raise many types for a bad file
        raise CheckpointError(f"The checkpoint {path} cannot be read: {summary(error)}. Train again from the start.") from error


def _random_state(model: keras.Model) -> dict[str, list[int]]:
    """The random state of each layer that has one, such as dropout; Keras does not save it."""
    return {
        layer.name: keras.ops.convert_to_numpy(layer.seed_generator.state).tolist()
        for layer in model.layers
        if hasattr(layer, "seed_generator")
    }


def callback_state(callbacks: Iterable[keras.callbacks.Callback]) -> dict[str, dict[str, float | None]]:
    """The state of each callback, by its class's name."""
    return {
        type(callback).__name__: {
            name: None if value is None else float(value) for name, value in vars(callback).items() if name in CALLBACK_STATE
        }
        for callback in callbacks
    }


def restore_callbacks(callbacks: Iterable[keras.callbacks.Callback], state: dict[str, dict[str, Any]]) -> None:
    """Restore the state that ``callback_state`` returned for each callback."""
    for callback in callbacks:
        vars(callback).update(state.get(type(callback).__name__, {}))
