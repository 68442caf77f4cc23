"""A network is trained for real, on few images, and what comes out is complete and can be repeated."""

import csv
import json
from dataclasses import replace

import keras
import numpy as np
import pytest

from digitcore import data, paths, registry, training
from digitcore.augmentation import Augmentation
from digitcore.config import TrainConfig
from digitcore.errors import ConfigError, DigitcoreError
from digitcore.files import sha256_of
from digitcore.preprocessing import PREPROCESSING_VERSION
from digitcore.training import Batches, train

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
    monkeypatch.setattr(data, "load_sample", lambda: sample)


def run(config, name="run", **options):
    return train(config, paths.runs_dir() / name, verbose=0, **options)


def rows_of(path):
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def loss_of(model, images, labels):
    """Mean cross-entropy, nats."""
    probabilities = model.predict(training.as_input(images), verbose=0)
    return -np.log(probabilities[np.arange(len(labels)), labels].clip(1e-7)).mean()


@pytest.fixture(scope="module")
def trained(sample, tmp_path_factory):
    """One run of one epoch on 64 images: its folder and its result."""
    folder = tmp_path_factory.mktemp("trained")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DIGITLAB_MODELS", str(folder / "models"))
        patch.setattr(data, "load_sample", lambda: sample)
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
    probabilities = registry.load_model("tiny").predict(training.as_input(sample.x_test[:5]), verbose=0)
    assert probabilities.shape == (5, 10)
    assert np.allclose(probabilities.sum(axis=1), 1, atol=1e-5)


def test_run_folder(trained, finished):
    """The run's folder holds its config, its history and its best checkpoint; the model's folder has the same history."""
    folder, _ = trained
    assert TrainConfig.from_json(json.loads((folder / "config.json").read_text())) == CONFIG
    (row,) = rows_of(folder / "history.csv")
    assert {"epoch", "loss", "accuracy", "val_loss", "val_accuracy"} <= set(row)
    assert (finished.model_dir / "history.csv").read_text() == (folder / "history.csv").read_text()
    assert (folder / "checkpoint.keras").is_file()


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
        "split_seed": data.SPLIT_SEED,
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
    guesses = model.predict(training.as_input(sample.x_test), verbose=0).argmax(axis=1)
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

    callbacks = training._callbacks
    monkeypatch.setattr(training, "_callbacks", lambda *arguments: [*callbacks(*arguments), Spoil()])
    result = run(replace(CONFIG, epochs=2))
    first, second = (float(row["val_loss"]) for row in rows_of(result.model_dir / "history.csv"))
    assert first < second
    assert (result.card["best_epoch"], result.card["epochs_trained"]) == (1, 2)
    assert loss_of(registry.load_model("tiny"), sample.x_validation, sample.y_validation) == pytest.approx(first, rel=0.01)


def test_plateau_and_early_stopping(models_dir, monkeypatch):
    """Where the validation loss stalls the rate falls, and then training ends, each after as many epochs as were allowed."""
    model = keras.Sequential([keras.Input((28, 28, 1)), keras.layers.Flatten(), keras.layers.Dense(10, "softmax")])
    monkeypatch.setattr(training.architectures, "build", lambda name, **arguments: model)
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
            run(replace(CONFIG, name=name))
    assert not paths.runs_dir().exists()


def test_replace(models_dir, small_model_file):
    """A model is overwritten where that is asked for."""
    (models_dir / "tiny").mkdir()
    (models_dir / "tiny" / "model.keras").write_bytes(small_model_file)
    result = run(CONFIG, replace=True)
    assert registry.find("tiny").card == result.card
    assert sha256_of(models_dir / "tiny" / "model.keras") == result.card["file"]["sha256"]


@pytest.mark.parametrize("changes", [{"architecture": "cnn_v9"}, {"arguments": {"filter": 3}}, {"arguments": {"filters": [0]}}])
def test_network_that_cannot_be_built(models_dir, monkeypatch, changes):
    """A network that cannot be built is refused before anything is trained or written."""
    forbid_training(monkeypatch)
    with pytest.raises(ConfigError):
        run(replace(CONFIG, **changes))
    assert not paths.runs_dir().exists()
    assert registry.list_models() == []


def test_loss_that_is_not_a_number(models_dir, monkeypatch):
    """A run whose loss is not a number ends in a sentence that names the learning rate, and saves no model."""
    nan = keras.initializers.Constant(float("nan"))
    nowhere = keras.Sequential(
        [keras.Input((28, 28, 1)), keras.layers.Flatten(), keras.layers.Dense(10, "softmax", bias_initializer=nan)]
    )
    monkeypatch.setattr(training.architectures, "build", lambda name, **arguments: nowhere)
    with pytest.raises(DigitcoreError, match="learning rate"):
        run(CONFIG)
    assert registry.list_models() == []


# The learning rate.


def test_one_cycle_rate():
    """One cycle climbs in a straight line to its peak during the first quarter, and falls in a cosine to nearly zero."""
    config = replace(CONFIG, schedule="one_cycle", learning_rate=0.01)
    schedule = training._learning_rate(config, steps=100)
    rates = np.array([float(schedule(step)) for step in range(101)])
    assert rates[0] == pytest.approx(0.001)
    assert rates.argmax() == 25
    assert rates.max() == pytest.approx(0.01)
    assert np.allclose(np.diff(rates[:26]), 0.009 / 25, atol=1e-7)
    assert np.all(np.diff(rates[25:]) < 0)
    assert rates[-1] == pytest.approx(0.00001)


@pytest.mark.parametrize("steps", [1, 2, 3])
def test_one_cycle_of_few_steps(steps):
    """One cycle works for a run of a step or two."""
    schedule = training._learning_rate(replace(CONFIG, schedule="one_cycle"), steps=steps)
    rates = [float(schedule(step)) for step in range(steps + 1)]
    assert all(0 < rate <= CONFIG.learning_rate * 1.001 for rate in rates)


@pytest.mark.parametrize("schedule", ["plateau", "constant"])
def test_other_rates(schedule):
    """Without a cycle training starts with the rate as it is."""
    assert training._learning_rate(replace(CONFIG, schedule=schedule), steps=100) == CONFIG.learning_rate


# Batches.


@pytest.fixture
def make_batches(sample):
    def make(**changes):
        settings = {"batch_size": 16, "augmentation": CONFIG.augmentation, "seed": 3, **changes}
        return Batches(sample.x_train[:100], sample.y_train[:100], **settings)

    return make


def test_batches_cover_the_images(make_batches, sample):
    """An epoch has every image once, in batches of which the last may be smaller."""
    batches = make_batches(augmentation=Augmentation())
    assert len(batches) == 7
    parts = [batches[i] for i in range(len(batches))]
    assert [len(labels) for _, labels in parts] == [16] * 6 + [4]
    assert all(images.dtype == np.float32 and images.shape[1:] == (28, 28, 1) for images, _ in parts)
    seen = sorted((images[..., 0] * 255).round().astype(np.uint8).tobytes() for batch, _ in parts for images in batch)
    assert seen == sorted(image.tobytes() for image in sample.x_train[:100])


def test_labels_stay_with_their_images(make_batches, sample):
    """Shuffling keeps each image with its label."""
    label_of = {image.tobytes(): label for image, label in zip(sample.x_train[:100], sample.y_train[:100], strict=True)}
    images, labels = make_batches(augmentation=Augmentation())[2]
    raw = (images[..., 0] * 255).round().astype(np.uint8)
    assert [label_of[image.tobytes()] for image in raw] == labels.tolist()


def test_batches_depend_on_seed_epoch_and_index_alone(make_batches):
    """A batch is the same whichever were made before it, and by whichever object."""
    first, second = make_batches(), make_batches()
    for index in (5, 0, 3):
        first[index]
    assert np.array_equal(first[1][0], second[1][0])
    first.on_epoch_begin()
    second[4]
    second.on_epoch_begin()
    assert np.array_equal(first[6][0], second[6][0])
    assert np.array_equal(first[6][1], second[6][1])


def test_each_batch_has_distortions_of_its_own(sample):
    """The same image is distorted in another way in each batch."""
    images, labels = np.repeat(sample.x_train[:1], 32, axis=0), np.repeat(sample.y_train[:1], 32)
    batches = Batches(images, labels, batch_size=16, augmentation=CONFIG.augmentation, seed=3)
    assert not np.array_equal(batches[0][0], batches[1][0])


@pytest.mark.parametrize("augmentation", [CONFIG.augmentation, Augmentation()], ids=["distorted", "plain"])
def test_batches_differ_between_epochs_seeds_and_indices(make_batches, augmentation):
    """Another epoch, seed or index gives another batch."""
    batches = make_batches(augmentation=augmentation)
    one = batches[0][0]
    assert not np.array_equal(one, batches[1][0])
    assert not np.array_equal(one, make_batches(augmentation=augmentation, seed=4)[0][0])
    batches.on_epoch_begin()
    assert not np.array_equal(one, batches[0][0])


def test_as_input():
    """Bytes become float32 in 0-1 with a channel."""
    images = training.as_input(np.array([[[0, 51, 255]]], np.uint8))
    assert images.dtype == np.float32
    assert images.shape == (1, 1, 3, 1)
    assert images.ravel() == pytest.approx([0, 0.2, 1])
