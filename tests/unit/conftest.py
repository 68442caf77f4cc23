"""Each unit test has folders of its own, so that none touches the project's data, runs and models."""

from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def own_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mnist_folder: Path) -> None:
    """Data, runs and evaluations go below ``tmp_path``, MNIST is linked there; models are the shipped ones."""
    (tmp_path / "data").mkdir()
    if mnist_folder.is_dir():
        (tmp_path / "data" / "mnist").symlink_to(mnist_folder)
    monkeypatch.setenv("DIGITLAB_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("DIGITLAB_RUNS", str(tmp_path / "runs"))
    monkeypatch.setenv("DIGITLAB_EVALUATIONS", str(tmp_path / "evaluations"))
    monkeypatch.delenv("DIGITLAB_MODELS", raising=False)
    monkeypatch.delenv("DIGITLAB_RAY_ADDRESS", raising=False)


@pytest.fixture
def models_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder of models."""
    folder = tmp_path / "models"
    folder.mkdir()
    monkeypatch.setenv("DIGITLAB_MODELS", str(folder))
    return folder


@pytest.fixture(scope="session")
def small_model_file(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A ``.keras`` archive with the shapes of a digit network, random weights and no training."""
    import keras

    model = keras.Sequential([keras.Input((28, 28, 1)), keras.layers.Flatten(), keras.layers.Dense(10, "softmax")])
    path = tmp_path_factory.mktemp("small") / "small.keras"
    model.save(path)
    return path.read_bytes()
