"""Epoch 0: what the network does before it has learned anything."""

import shutil
from dataclasses import replace

import numpy as np
import pytest

from digitcore.datasets import mnist
from digitcore.runs.run import UNTRAINED_FILE, Run
from digitcore.training.snapshots import probabilities_of
from digitcore.training.train import train
from tests.unit.short_training import CONFIG, few

#: Keras with NumPy 2, at every weight that it reads.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")


@pytest.fixture(scope="module")
def trained(sample, tmp_path_factory):
    """A run of one epoch, and its result."""
    folder = tmp_path_factory.mktemp("untrained")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DIGITLAB_MODELS", str(folder / "models"))
        patch.setattr(mnist, "load_sample", lambda: few(sample, 200))
        return Run(folder / "run"), train(replace(CONFIG, epochs=1), folder / "run")


def test_epoch_0(sample, trained):
    """The curve begins at epoch 0 with the accuracy of the network that is kept as epoch 0, which is that of guessing."""
    run, _ = trained
    first, second = run.curve()
    assert (first["epoch"], second["epoch"]) == (0, 1)
    images, labels = sample.x_validation[:200].astype(np.float32) / 255, sample.y_validation[:200]
    probabilities = probabilities_of(run, 0, images)
    assert first["val_accuracy"] == pytest.approx(np.mean(probabilities.argmax(axis=1) == labels))
    assert first["val_loss"] == pytest.approx(-np.log(probabilities[np.arange(200), labels]).mean(), rel=1e-4)
    assert first["val_accuracy"] < 0.3
    assert first["val_loss"] == pytest.approx(np.log(10), rel=0.2)


def test_the_history_has_only_trained_epochs(trained):
    """Epoch 0 is no row of the history, neither of the run nor of its model, and never the best epoch."""
    run, result = trained
    assert [row["epoch"] for row in run.history()] == [1]
    assert (result.model_dir / "history.csv").read_text().count("\n") == 2
    assert run.state().best_epoch == 1


def test_runs_of_earlier_versions(trained, tmp_path):
    """A run without epoch 0, or with a damaged one, has the curve that it has."""
    run = Run(shutil.copytree(trained[0].folder, tmp_path / "run"))
    for content in (b"epoch,loss\n0,2.3\n", b"\xff", None):
        (run.folder / UNTRAINED_FILE).unlink() if content is None else (run.folder / UNTRAINED_FILE).write_bytes(content)
        assert [row["epoch"] for row in run.curve()] == [1]
