"""The networks of a run's epochs are kept."""

from dataclasses import replace

import keras
import numpy as np
import pytest

from digitcore.runs.run import EPOCHS_DIR
from digitcore.training.callbacks.epoch_checkpoint import EPOCHS_KEPT, EpochCheckpoint
from tests.unit.short_training import CONFIG, make_session, run_of, train

#: Keras with NumPy 2, at every weight that it reads.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")


def test_each_epoch_is_kept():
    """A short run keeps the network of each epoch, without the optimiser, whose state is twice as large."""
    train(CONFIG)
    run = run_of()
    assert run.epochs_kept() == [0, 1, 2, 3, 4]
    networks = [keras.saving.load_model(run.epoch_file(epoch)) for epoch in (0, 1, 4)]
    assert not any(network.compiled for network in networks)
    assert not np.array_equal(networks[0].get_weights()[0], networks[1].get_weights()[0])
    assert run.state().epoch == 4


@pytest.mark.parametrize("epochs", [1, 40, 41, 100, 1000])
def test_a_long_run_keeps_some(epochs):
    """A long run keeps some networks spread over its epochs, the untrained, the best and the last one."""
    session = make_session(replace(CONFIG, epochs=epochs))
    run, callback = session.run, EpochCheckpoint(session, [])
    (run.folder / EPOCHS_DIR).mkdir()
    run.epoch_file(0).touch()
    best = 1
    for epoch in range(1, epochs + 1):
        run.epoch_file(epoch).touch()
        best = epoch if epoch <= epochs * 0.7 else best
        callback.delete_some(best, last=epoch)
        assert run.epoch_file(best).exists()
    kept = run.epochs_kept()
    assert {0, 1, best, epochs} <= set(kept)
    assert min(epochs, EPOCHS_KEPT / 2) <= len(kept) <= EPOCHS_KEPT + 3
