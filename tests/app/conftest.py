"""What makes AppTest quick, and the folders of a page that trains."""

import functools
import gc
import importlib

import pytest
from streamlit.components.v2 import manifest_scanner
from streamlit.runtime.scriptrunner import script_runner

from digitcore.datasets import evaluation_data
from digitcore.datasets import mnist as data
from digitcore.training.duration import training_seconds
from server.keras_session import keep_keras_session
from server.services import services
from ui.shared import mnist


@pytest.fixture(scope="session", autouse=True)
def quick_runs():
    """Streamlit collects garbage after each run of a script, a third of a second with TensorFlow in it: as in ``warm_up``."""
    importlib.import_module("keras")
    gc.collect()
    gc.freeze()
    yield
    gc.unfreeze()


@pytest.fixture(scope="session", autouse=True)
def quick_starts():
    """Each new AppTest asks all installed packages for components, a quarter of a second; here only the first does."""
    with pytest.MonkeyPatch.context() as patch:
        name = "scan_component_manifests"
        patch.setattr(manifest_scanner, name, functools.cache(getattr(manifest_scanner, name)))
        yield


@pytest.fixture(scope="package", autouse=True)
def kept_keras_session():
    """As in the server, a run of a script leaves Keras's session alone, in which other threads compute."""
    with pytest.MonkeyPatch.context() as patch:
        name = "_clean_problem_modules"
        patch.setattr(script_runner, name, getattr(script_runner, name))  # so that it is put back
        keep_keras_session()
        yield


@pytest.fixture
def own_folders(tmp_path, monkeypatch, sample):
    """Empty folders of models, runs and data, pictures that need no network, and speeds that nothing measures."""
    for name in ("models", "runs", "data"):
        (tmp_path / name).mkdir()
        monkeypatch.setenv(f"DIGITLAB_{name.upper()}", str(tmp_path / name))
    monkeypatch.setenv("DIGITLAB_IDLE_WORKER", "0")
    estimates = type(services().speed_estimates)
    monkeypatch.setattr(estimates, "seconds_for", lambda _, config: training_seconds(config, images_per_second=100))
    monkeypatch.setattr(data, "load_mnist", lambda: sample)
    _forget_mnist()
    yield
    _forget_mnist()


def _forget_mnist():
    evaluation_data._mnist_test.cache_clear()
    mnist.mnist_test.clear()
