"""A network is trained for real, on few images, and what comes out is complete and can be repeated."""

import csv
import json
from dataclasses import replace

import keras
import numpy as np
import pytest

from digitcore import paths
from digitcore.datasets import mnist
from digitcore.datasets.dataset import SPLIT_SEED
from digitcore.errors import ConfigError, DigitcoreError
from digitcore.files import sha256_of
from digitcore.networks import architectures, registry
from digitcore.networks.predict import as_input
from digitcore.preprocessing.mnist_style import PREPROCESSING_VERSION
from digitcore.runs.config import Augmentation, TrainConfig
from digitcore.runs.run import Run
from digitcore.runs.state import Status
from digitcore.training.train import train
from tests.unit.short_training import add_callback

#: Keras with NumPy 2, at every weight that it reads.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")

CONFIG = TrainConfig(
    name="tiny",
    architecture="sprint",
    arguments={"filters": [4, 8]},
    data="sample",
    limit=64,
    batch_size=16,
    epochs=1,
    learning_rate=0.01,
    schedule="constant",
    augmentation=Augmentation(shift=1, rotation=10, elastic=0.5, noise=0.05),
    seed=7,
)


@pytest.fixture(autouse=True)
def one_load_of_the_sample(sample, monkeypatch):
    """Reading the sample takes a second; once is enough."""
    monkeypatch.setattr(mnist, "load_sample", lambda: sample)


def run(config, name="run", **options):
    return train(config, paths.runs_dir() / name, verbose=0, **options)


def rows_of(path):
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def loss_of(model, images, labels):
    """Mean cross-entropy, nats."""
    probabilities = model.predict(as_input(images), verbose=0)
    return -np.log(probabilities[np.arange(len(labels)), labels].clip(1e-7)).mean()


@pytest.fixture(scope="module")
def trained(sample, tmp_path_factory):
    """One run of one epoch on 64 images: its folder and its result."""
    folder = tmp_path_factory.mktemp("trained")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DIGITLAB_MODELS", str(folder / "models"))
        patch.setattr(mnist, "load_sample", lambda: sample)
        return folder / "run", train(CONFIG, folder / "run", verbose=0)


@pytest.fixture
def finished(trained, monkeypatch):
    """The result of that run, with its model in place."""
    _, result = trained
    monkeypatch.setenv("DIGITLAB_MODELS", str(result.model_dir.parent))
    return result


# A run.


def test_train_save_reload_predict(finished, sample):
    """A network is trained for an epoch, saved, loaded again and gives ten probabilities for an image."""
    assert finished.config == CONFIG
    assert finished.model_dir == paths.models_dir() / "tiny"
    probabilities = registry.load_model("tiny").predict(as_input(sample.x_test[:5]), verbose=0)
    assert probabilities.shape == (5, 10)
    assert np.allclose(probabilities.sum(axis=1), 1, atol=1e-5)


def test_run_folder(trained, finished):
    """The run's folder holds config, state, curves, networks from the untrained one on, and the checkpoint with which it can be
    continued; the model's folder has the same history.
    """
    folder, _ = trained
    assert TrainConfig.from_json(json.loads((folder / "config.json").read_text())) == CONFIG
    (row,) = rows_of(folder / "history.csv")
    assert {"epoch", "loss", "accuracy", "val_loss", "val_accuracy"} <= set(row)
    assert (finished.model_dir / "history.csv").read_text() == (folder / "history.csv").read_text()
    run = Run(folder)
    assert run.state().status == Status.FINISHED
    assert run.state().metrics == finished.card["metrics"]
    assert (run.state().epoch, run.state().best_epoch, run.epochs_kept()) == (1, 1, [0, 1])
    assert run.progress()[-1]["epoch"] == 1
    assert sorted(path.name for path in folder.glob("[!.]*")) == [
        "checkpoint.keras",
        "config.json",
        "epochs",
        "history.csv",
        "progress.csv",
        "state.json",
        "untrained.csv",
    ]


def test_card(finished, sample):
    """The card says what was trained, how, and on which images."""
    card = finished.card
    assert card == registry.find("tiny").card
    assert card["architecture"] == "sprint"
    assert card["arguments"] == {"filters": [4, 8]}
    assert TrainConfig.from_json(card["config"]) == CONFIG
    assert card["data"] == {
        "name": "mnist-sample-5000",
        "is_sample": True,
        "checksum": sample.checksum,
        "split": {"train": 64, "validation": 500, "test": 500},
        "split_seed": SPLIT_SEED,
        "missing_classes": [],
    }
    assert card["preprocessing_version"] == PREPROCESSING_VERSION
    assert card["training_seconds"] > 0
    assert (card["best_epoch"], card["epochs_trained"]) == (1, 1)
    assert card["libraries"]["keras"] == keras.__version__


def test_card_fits_its_file(finished, sample):
    """The card's checksum, parameters and metrics are those of the file beside it."""
    card, path = finished.card, finished.model_dir / "model.keras"
    assert card["file"] == {"bytes": path.stat().st_size, "sha256": sha256_of(path)}
    model = registry.load_model("tiny")
    assert card["parameters"] == model.count_params()
    guesses = model.predict(as_input(sample.x_test), verbose=0).argmax(axis=1)
    assert card["metrics"] == {
        "test_accuracy": pytest.approx(np.mean(guesses == sample.y_test)),
        "test_loss": pytest.approx(loss_of(model, sample.x_test, sample.y_test), rel=1e-4),
        "test_images": 500,
    }


def test_same_seed_same_history(trained, models_dir):
    """The same config gives the same history twice, with distortions; another seed gives another."""
    folder, _ = trained
    histories = [(folder / "history.csv").read_text()]
    for seed in (7, 8):
        result = run(replace(CONFIG, seed=seed), f"run{seed}", replace=True)
        histories.append((result.model_dir / "history.csv").read_text())
    assert histories[0] == histories[1]
    assert histories[0] != histories[2]


def test_it_learns(models_dir):
    """Four epochs of one cycle on a thousand images bring the accuracy far above chance."""
    config = replace(CONFIG, architecture="lenet", arguments={"filters": [8, 16]}, augmentation=Augmentation())
    result = run(replace(config, limit=1000, epochs=4, learning_rate=0.003, schedule="one_cycle"))
    losses = [float(row["loss"]) for row in rows_of(result.model_dir / "history.csv")]
    assert losses[-1] < losses[0] / 2
    assert result.card["metrics"]["test_accuracy"] > 0.7


def test_best_epoch_is_kept(models_dir, monkeypatch, sample):
    """The model that is saved is that of the epoch with the lowest validation loss, not that of the last."""

    class Spoil(keras.callbacks.Callback):
        def on_epoch_begin(self, epoch, logs=None):
            if epoch == 1:
                self.model.optimizer.learning_rate = 20

    add_callback(monkeypatch, Spoil())
    result = run(replace(CONFIG, epochs=2))
    first, second = (float(row["val_loss"]) for row in rows_of(result.model_dir / "history.csv"))
    assert first < second
    assert (result.card["best_epoch"], result.card["epochs_trained"]) == (1, 2)
    assert loss_of(registry.load_model("tiny"), sample.x_validation, sample.y_validation) == pytest.approx(first, rel=0.01)


def test_plateau_and_early_stopping(models_dir, monkeypatch):
    """Where the validation loss stalls the rate falls, and then training ends, each after as many epochs as were allowed."""
    model = keras.Sequential([keras.Input((28, 28, 1)), keras.layers.Flatten(), keras.layers.Dense(10, "softmax")])
    monkeypatch.setattr(architectures, "build", lambda name, **arguments: model)
    result = run(
        replace(
            CONFIG,
            epochs=20,
            learning_rate=1e-30,
            schedule="plateau",
            plateau_factor=0.5,
            plateau_patience=2,
            early_stopping_patience=3,
            augmentation=Augmentation(),
        )
    )
    assert result.card["epochs_trained"] == 4
    rates = [float(row["learning_rate"]) for row in rows_of(result.model_dir / "history.csv")]
    assert rates == pytest.approx([1e-30, 1e-30, 5e-31, 5e-31], rel=1e-3)


# What is refused.


def forbid_training(monkeypatch):
    def fail(*_, **__):
        pytest.fail("It was trained.")

    monkeypatch.setattr(keras.Model, "fit", fail)
    monkeypatch.setattr(keras.Sequential, "fit", fail)


def test_taken_name(models_dir, small_model_file, monkeypatch):
    """A name that is taken, if only by a broken model, is refused before anything is trained."""
    for name, content in (("tiny", small_model_file), ("broken", b"")):
        (models_dir / f"{name}.keras").write_bytes(content)
        forbid_training(monkeypatch)
        with pytest.raises(ConfigError, match=f"There is already a model '{name}'"):
            run(replace(CONFIG, name=name), name)
        assert "already a model" in Run(paths.runs_dir() / name).state().error


def test_replace(models_dir, small_model_file):
    """A model is overwritten where that is asked for."""
    (models_dir / "tiny").mkdir()
    (models_dir / "tiny" / "model.keras").write_bytes(small_model_file)
    result = run(CONFIG, replace=True)
    assert registry.find("tiny").card == result.card
    assert sha256_of(models_dir / "tiny" / "model.keras") == result.card["file"]["sha256"]


@pytest.mark.parametrize("changes", [{"architecture": "cnn_v9"}, {"arguments": {"filter": 3}}, {"arguments": {"filters": [0]}}])
def test_network_that_cannot_be_built(models_dir, monkeypatch, changes):
    """A network that cannot be built is refused before anything is trained, and the run says why."""
    forbid_training(monkeypatch)
    with pytest.raises(ConfigError) as caught:
        run(replace(CONFIG, **changes))
    state = Run(paths.runs_dir() / "run").state()
    assert (state.status, state.error) == (Status.FAILED, str(caught.value))
    assert registry.list_models() == []


def test_loss_that_is_not_a_number(models_dir, monkeypatch):
    """A run whose loss is not a number ends in a sentence that names the learning rate, and saves no model."""
    nan = keras.initializers.Constant(float("nan"))
    nowhere = keras.Sequential(
        [keras.Input((28, 28, 1)), keras.layers.Flatten(), keras.layers.Dense(10, "softmax", bias_initializer=nan)]
    )
    monkeypatch.setattr(architectures, "build", lambda name, **arguments: nowhere)
    with pytest.raises(DigitcoreError, match="learning rate"):
        run(CONFIG)
    assert registry.list_models() == []


def test_tensorboard(trained, models_dir):
    """Logs for TensorBoard are written where they are asked for, and change nothing."""
    run(replace(CONFIG, tensorboard=True))
    assert list((paths.runs_dir() / "run" / "tensorboard").rglob("events.out.*"))
    assert (paths.runs_dir() / "run" / "history.csv").read_text() == (trained[0] / "history.csv").read_text()


def test_batch_larger_than_the_data(models_dir):
    """A batch larger than the data is lowered to fit, and an event before the first epoch says so."""
    run(replace(CONFIG, limit=40, batch_size=4001, epochs=1))
    note = "The batch size is 40 instead of 4001: there are no more training images."
    assert (0, note) in Run(paths.runs_dir() / "run").state().events


def test_as_input():
    """Bytes become float32 in 0-1 with a channel."""
    images = as_input(np.array([[[0, 51, 255]]], np.uint8))
    assert images.dtype == np.float32
    assert images.shape == (1, 1, 3, 1)
    assert images.ravel() == pytest.approx([0, 0.2, 1])


def test_everything_is_json(trained, finished):
    """Whatever a run says of itself can be read by every JSON reader: there is no NaN in it."""

    def refuse(constant):
        raise ValueError(constant)

    json.loads(Run(trained[0]).state_file.read_text(), parse_constant=refuse)
    json.loads((registry.find("tiny").path.parent / "card.json").read_text(), parse_constant=refuse)
