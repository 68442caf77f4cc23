"""What the networks of a run's epochs make of an image: right for each epoch, and read once."""

import os

import keras
import numpy as np
import pytest

from digitcore import paths
from digitcore.errors import RunError
from digitcore.networks.architectures import build
from digitcore.runs.run import Run
from digitcore.training import snapshots
from digitcore.training.snapshots import snapshot_of

EPOCHS = 3
IMAGES = np.random.default_rng(0).random((2, 28, 28), np.float32)


@pytest.fixture(autouse=True)
def nothing_kept(monkeypatch):
    """Each test begins with an empty memory."""
    snapshots._kept.clear()
    snapshots._networks.clear()


def run_with(name="run", *, seed=0, **arguments):
    """A run with random networks of some epochs."""
    run = Run(paths.runs_dir() / name)
    run.epoch_file(1).parent.mkdir(parents=True)
    for epoch in range(1, EPOCHS + 1):
        keras.utils.set_random_seed(seed + epoch)
        build("lenet", **({"filters": [2, 3]} | arguments)).save(run.epoch_file(epoch))
    return run


@pytest.fixture
def loads(monkeypatch):
    """The names of the files that Keras has read, as a list that grows."""
    read, load = [], keras.saving.load_model
    monkeypatch.setattr(keras.saving, "load_model", lambda path, **options: read.append(path.name) or load(path, **options))
    return read


def test_each_epochs_own_network():
    """Probabilities, kernels and feature maps are those of a network that was just loaded, in any order of epochs."""
    run = run_with()
    for epoch in (1, 3, 2, 1):
        for image in IMAGES:
            seen = snapshot_of(run, epoch, image)
            model = keras.saving.load_model(run.epoch_file(epoch))
            maps = keras.ops.convert_to_numpy(model.get_layer("conv1")(image[None, :, :, None]))[0]
            np.testing.assert_allclose(seen.probabilities, model(image[None, :, :, None])[0], atol=1e-6)
            np.testing.assert_array_equal(seen.kernels, model.get_layer("conv1").kernel[:, :, 0].numpy().transpose(2, 0, 1))
            np.testing.assert_allclose(seen.feature_maps, maps.transpose(2, 0, 1), atol=1e-6)
            assert (seen.epoch, seen.layer) == (epoch, "conv1")


def test_a_second_drawing_opens_no_file(loads):
    """Each epoch's file is read for the first image alone."""
    run = run_with()
    for image in IMAGES:
        for epoch in range(1, EPOCHS + 1):
            snapshot_of(run, epoch, image)
    assert loads == ["0001.keras", "0002.keras", "0003.keras"]


def test_a_changed_file_is_read_again(loads):
    """An epoch that was trained again has its new network."""
    run = run_with()
    before = snapshot_of(run, 1, IMAGES[0])
    stat = run.epoch_file(1).stat()
    run.epoch_file(2).replace(run.epoch_file(1))
    os.utime(run.epoch_file(1), ns=(stat.st_atime_ns, stat.st_mtime_ns + 1))
    after = snapshot_of(run, 1, IMAGES[0])
    assert loads == ["0001.keras", "0001.keras"]
    assert not np.array_equal(before.kernels, after.kernels)


def test_another_architecture_in_the_same_folder():
    """A run that was deleted and made again under its name has networks of its own."""
    run = run_with()
    snapshot_of(run, 1, IMAGES[0])
    keras.utils.set_random_seed(1)
    build("lenet", filters=[5]).save(run.epoch_file(1))
    os.utime(run.epoch_file(1), ns=(1, 1))
    assert len(snapshot_of(run, 1, IMAGES[0]).kernels) == 5


def test_another_activation_in_the_same_folder():
    """A network whose weights have the same shapes, but which computes something else, replaces the compiled one."""
    run = run_with()
    snapshot_of(run, 1, IMAGES[0])
    model = build("lenet", filters=[2, 3])
    model.get_layer("conv1").activation = keras.activations.tanh
    model.save(run.epoch_file(1))
    os.utime(run.epoch_file(1), ns=(1, 1))
    seen = snapshot_of(run, 1, IMAGES[0])
    np.testing.assert_allclose(seen.probabilities, model(IMAGES[0][None, :, :, None])[0], atol=1e-6)


def test_memory_is_bounded(monkeypatch, loads):
    """Weights over the limit are dropped, those used longest ago first, and are read again when they are needed."""
    run = run_with()
    size = sum(array.nbytes for array in keras.saving.load_model(run.epoch_file(1)).get_weights())
    monkeypatch.setattr(snapshots, "MAX_BYTES", 2 * size)
    loads.clear()
    for epoch in (1, 2, 3, 3, 2, 1):
        snapshot_of(run, epoch, IMAGES[0])
    assert loads == ["0001.keras", "0002.keras", "0003.keras", "0001.keras"]


def test_few_networks_are_kept(monkeypatch):
    """Of many runs, the compiled networks of those used last are kept."""
    monkeypatch.setattr(snapshots, "MAX_NETWORKS", 2)
    runs = [run_with(f"run{number}", seed=10 * number) for number in range(3)]
    first = snapshot_of(runs[0], 1, IMAGES[0])
    for run in runs:
        snapshot_of(run, 1, IMAGES[0])
    assert len(snapshots._networks) == 2
    np.testing.assert_array_equal(snapshot_of(runs[0], 1, IMAGES[0]).kernels, first.kernels)


def test_an_epoch_that_is_not_kept():
    """An epoch without a file is refused with the ones that are there."""
    with pytest.raises(RunError, match=r"Epoch 7 of the run run is not kept\. The epochs kept are: 1, 2, 3\."):
        snapshot_of(run_with(), 7, IMAGES[0])


def test_a_damaged_epoch():
    """A file that cannot be read is refused with a sentence, and the other epochs still work."""
    run = run_with()
    run.epoch_file(2).write_bytes(b"PK nothing")
    with pytest.raises(RunError, match="Epoch 2 of the run run cannot be read"):
        snapshot_of(run, 2, IMAGES[0])
    assert snapshot_of(run, 1, IMAGES[0]).epoch == 1


def test_no_convolution():
    """A network without a convolution has probabilities and no kernels."""
    run = Run(paths.runs_dir() / "run")
    run.epoch_file(1).parent.mkdir(parents=True)
    layers = [keras.Input((28, 28, 1)), keras.layers.Flatten(), keras.layers.Dense(10, "softmax")]
    keras.Sequential(layers).save(run.epoch_file(1))
    seen = snapshot_of(run, 1, IMAGES[0])
    assert seen.layer is None
    assert len(seen.kernels) == 0
    assert seen.probabilities.sum() == pytest.approx(1, abs=1e-5)


def test_many_images_at_once():
    """Several images give what each of them gives alone, in more than one batch."""
    run = run_with()
    images = np.random.default_rng(3).random((snapshots.BATCH_SIZE + 3, 28, 28)).astype(np.float32)
    probabilities = snapshots.probabilities_of(run, 2, images)
    assert probabilities.shape == (snapshots.BATCH_SIZE + 3, 10)
    for index in (0, snapshots.BATCH_SIZE + 2):
        np.testing.assert_allclose(probabilities[index], snapshot_of(run, 2, images[index]).probabilities, atol=1e-6)
    with pytest.raises(RunError, match="Epoch 7 of the run run is not kept"):
        snapshots.probabilities_of(run, 7, images)
