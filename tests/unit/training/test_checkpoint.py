"""All that a run needs to go on, in one file."""

import zipfile

import keras
import numpy as np
import pytest

from digitcore.errors import RunError
from digitcore.training import checkpoint
from digitcore.training.checkpoint import TrainingProgress, callback_state, restore_callbacks

#: Keras with NumPy 2, at every weight that it reads.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")

PROGRESS = TrainingProgress(
    rows=[{"epoch": 0, "loss": 0.1 + 0.2, "val_loss": 1e-30}],
    complete=True,
    callbacks={"EarlyStopping": {"best": 0.3, "wait": 2.0}},
    events=[[1, "one"]],
    training_seconds=1.5,
)


@pytest.fixture
def model():
    """A network that has been trained for a step."""
    network = keras.Sequential([keras.Input((2,)), keras.layers.Dense(3), keras.layers.Dropout(0.5), keras.layers.Dense(1)])
    network.compile(optimizer=keras.optimizers.Adam(0.01), loss="mse")
    network.fit(np.ones((4, 2)), np.ones(4), verbose=0)
    return network


@pytest.fixture
def path(tmp_path, model):
    """A checkpoint of it."""
    checkpoint.save(tmp_path / "checkpoint.keras", model, PROGRESS)
    return tmp_path / "checkpoint.keras"


def test_round_trip(path, model):
    """Network, optimiser, the state of chance and progress come back exactly, numbers to the last bit."""
    loaded, progress = checkpoint.load(path)
    assert progress == PROGRESS
    for one, other in zip(
        model.variables + model.optimizer.variables, loaded.variables + loaded.optimizer.variables, strict=True
    ):
        assert np.array_equal(one, other)


def test_it_is_an_ordinary_archive(path):
    """The file can be opened by Keras itself."""
    assert keras.saving.load_model(path).count_params() == 13
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None


def test_a_failure_leaves_the_old_one(path, model, monkeypatch):
    """Where writing fails, even at its very end, the checkpoint before is untouched and nothing else is left."""
    before = path.read_bytes()
    for broken in ("archive", "sync"):
        with monkeypatch.context() as patch:
            if broken == "archive":
                patch.setattr(zipfile.ZipFile, "writestr", fail)
            else:
                patch.setattr("os.fsync", fail)
            with pytest.raises(OSError, match="No space"):
                checkpoint.save(path, model, TrainingProgress())
    assert path.read_bytes() == before
    assert [file for file in path.parent.iterdir() if file.is_file()] == [path]


def fail(*_, **__):
    raise OSError(28, "No space left on device")


@pytest.mark.parametrize("share", [0, 0.1, 0.5, 0.9, 0.99])
def test_truncated(path, share):
    """A file that was cut anywhere is refused with its path."""
    content = path.read_bytes()
    path.write_bytes(content[: int(share * len(content))])
    with pytest.raises(RunError, match=r"checkpoint\.keras cannot be read: .*Train again from the start\."):
        checkpoint.load(path)


def test_missing(tmp_path):
    """A file that is gone is refused as a damaged one is."""
    with pytest.raises(RunError, match="cannot be read"):
        checkpoint.load(tmp_path / "nothing.keras")


def test_damaged_weights(path):
    """A file with a bit that has turned over in its weights is refused, or gives the right weights."""
    content = bytearray(path.read_bytes())
    with zipfile.ZipFile(path) as archive:
        start = archive.getinfo("model.weights.h5").header_offset
    right = checkpoint.load(path)[0].get_weights()
    for place in range(start + 100, start + 20_000, 5_000):
        content[place] ^= 0xFF
        path.write_bytes(content)
        content[place] ^= 0xFF
        try:
            loaded, _ = checkpoint.load(path)
        except RunError:
            continue
        assert all(np.array_equal(one, other) for one, other in zip(loaded.get_weights(), right, strict=True))


def test_state_of_callbacks():
    """What callbacks change is kept, None included, and put back; what they were made with is not touched."""
    stopping, plateau = keras.callbacks.EarlyStopping(patience=3), keras.callbacks.ReduceLROnPlateau(patience=7)
    stopping.wait, stopping.best, stopping.best_epoch, stopping.stopped_epoch = 2, 0.25, 4, 0
    plateau.wait, plateau.best, plateau.cooldown_counter = 1, None, 0
    kept = callback_state([stopping, plateau])
    others = keras.callbacks.EarlyStopping(patience=9), keras.callbacks.ReduceLROnPlateau(patience=8)
    restore_callbacks(others, kept)
    assert (others[0].wait, others[0].best, others[0].best_epoch, others[0].patience) == (2, 0.25, 4, 9)
    assert (others[1].wait, others[1].best, others[1].patience) == (1, None, 8)


def test_callbacks_that_were_not_kept():
    """A callback of which nothing was kept is left as it is."""
    stopping = keras.callbacks.EarlyStopping(patience=3)
    before = dict(vars(stopping))
    restore_callbacks([stopping], {})
    assert vars(stopping) == before
