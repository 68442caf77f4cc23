"""The time left is steady, also where the speed is not."""

import numpy as np
import pytest

from digitcore.training.time_left import TimeLeft

IMAGES, BATCH, PACE = 50_000, 128, 0.0002


def replay(paces, *, epochs=1, batches_each=1):
    """The estimates and the true seconds left, one pair for each report, for these seconds per image."""
    left = TimeLeft(epochs=epochs, images=IMAGES, validation_images=0)
    seconds = [batches_each * BATCH * pace for pace in paces]
    pairs = []
    for index, taken in enumerate(seconds):
        done = (index + 1) * batches_each * BATCH
        left.trained(batches_each * BATCH, taken)
        estimate = left.seconds(epochs_done=done // IMAGES, images_done=done % IMAGES)
        pairs.append((estimate, sum(seconds[index + 1 :])))
    return pairs


@pytest.mark.parametrize("seed", range(5))
def test_a_noisy_speed(seed):
    """Where the speed varies by a factor of ten and stalls again and again, the last half minute is never more than two."""
    generator = np.random.default_rng(seed)
    paces = PACE * np.exp(generator.normal(0, 1, IMAGES // BATCH // 8))
    paces[generator.integers(5, len(paces), 4)] *= 200  # stalls of about half a minute
    pairs = [(estimate, true) for estimate, true in replay(paces, batches_each=8) if estimate is not None]
    assert pairs
    assert all(estimate < 120 for estimate, true in pairs if true < 30)


def test_a_slow_first_epoch():
    """A first epoch at a tenth of the speed is forgotten within the second one."""
    per_epoch = IMAGES // BATCH
    paces = np.r_[np.full(per_epoch, 10 * PACE), np.full(4 * per_epoch, PACE)]
    pairs = replay(paces, epochs=5)
    estimate, true = pairs[4 * per_epoch]
    assert estimate == pytest.approx(true, rel=0.5)
    assert all(estimate < 90 for estimate, true in pairs if estimate is not None and true < 30)


def test_a_steady_speed_is_estimated_exactly():
    """At a constant speed the estimate is the truth, from half a second on, and falls steadily."""
    pairs = replay(np.full(IMAGES // BATCH, PACE))
    known = [(estimate, true) for estimate, true in pairs if estimate is not None]
    assert len(known) > 300
    assert all(estimate == pytest.approx(true, abs=0.02) for estimate, true in known)


def test_nothing_is_estimated_from_nothing():
    """Before half a second was measured nothing is said; the time left is never negative."""
    left = TimeLeft(epochs=1, images=100, validation_images=50)
    assert left.seconds(epochs_done=0) is None
    left.trained(10, 0.1)
    assert left.seconds(epochs_done=0) is None
    left.trained(90, 0.9)
    assert left.seconds(epochs_done=1, images_done=100) == 0.0


def test_validation_counts():
    """Validation counts for each epoch that is left: first as a guess from the speed, then as measured."""
    left = TimeLeft(epochs=3, images=100, validation_images=30)
    left.trained(100, 1.0)
    assert left.seconds(epochs_done=0, images_done=100) == pytest.approx(2 + 3 * 0.1)
    left.validated(0.5)
    assert left.seconds(epochs_done=1) == pytest.approx(2 + 2 * 0.5)
