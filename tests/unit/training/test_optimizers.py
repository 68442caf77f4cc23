"""The optimiser of a run, and its learning rate from the first step to the last."""

from dataclasses import replace

import keras
import numpy as np
import pytest

from digitcore.runs.config import OPTIMIZERS, SCHEDULES
from digitcore.training.optimizers import build_optimizer, learning_rate, planned_rates
from tests.unit.short_training import CONFIG


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("adam", keras.optimizers.Adam),
        ("adamw", keras.optimizers.AdamW),
        ("sgd", keras.optimizers.SGD),
        ("rmsprop", keras.optimizers.RMSprop),
    ],
)
def test_each_name_is_its_optimizer(name, kind):
    """A name gives the optimiser that it says, with the rate of the config."""
    optimizer = build_optimizer(replace(CONFIG, optimizer=name, learning_rate=0.02), steps=10)
    assert type(optimizer) is kind
    assert float(optimizer.learning_rate) == pytest.approx(0.02)


def test_sgd_has_nesterov_momentum():
    """Plain gradient descent gets Nesterov's momentum of 0.9, as the settings say."""
    optimizer = build_optimizer(replace(CONFIG, optimizer="sgd"), steps=10)
    assert (optimizer.momentum, optimizer.nesterov) == (0.9, True)


@pytest.mark.parametrize("name", OPTIMIZERS)
@pytest.mark.parametrize("schedule", SCHEDULES)
def test_every_optimizer_takes_every_schedule(name, schedule):
    """Each optimiser can be had with each schedule."""
    optimizer = build_optimizer(replace(CONFIG, optimizer=name, schedule=schedule), steps=7)
    assert 0 < float(optimizer.learning_rate) <= CONFIG.learning_rate * 1.001


def test_one_cycle_rate():
    """One cycle climbs in a straight line to its peak during the first quarter, and falls in a cosine to nearly zero."""
    schedule = learning_rate(replace(CONFIG, schedule="one_cycle", learning_rate=0.01), steps=100)
    rates = np.array([float(schedule(step)) for step in range(101)])
    assert rates[0] == pytest.approx(0.001)
    assert rates.argmax() == 25
    assert rates.max() == pytest.approx(0.01)
    assert np.allclose(np.diff(rates[:26]), 0.009 / 25, atol=1e-7)
    assert np.all(np.diff(rates[25:]) < 0)
    assert rates[-1] == pytest.approx(0.00001)


def test_cosine_rate():
    """A cosine starts at the rate, is half of it in the middle, and falls all the way to nearly zero."""
    schedule = learning_rate(replace(CONFIG, schedule="cosine", learning_rate=0.01), steps=100)
    rates = np.array([float(schedule(step)) for step in range(101)])
    assert rates[[0, 50, 100]] == pytest.approx([0.01, 0.005005, 0.00001])
    assert np.all(np.diff(rates) < 0)


@pytest.mark.parametrize("schedule", ["one_cycle", "cosine"])
@pytest.mark.parametrize("steps", [1, 2, 3])
def test_schedules_of_few_steps(schedule, steps):
    """A schedule works for a run of a step or two."""
    rate = learning_rate(replace(CONFIG, schedule=schedule), steps=steps)
    rates = [float(rate(step)) for step in range(steps + 1)]
    assert all(0 < rate <= CONFIG.learning_rate * 1.001 for rate in rates)


@pytest.mark.parametrize("schedule", ["plateau", "constant"])
def test_other_rates(schedule):
    """Without a schedule over the steps training starts with the rate as it is."""
    assert learning_rate(replace(CONFIG, schedule=schedule), steps=100) == CONFIG.learning_rate


@pytest.mark.parametrize("schedule", SCHEDULES)
@pytest.mark.parametrize("steps", [1, 30, 5000])
def test_planned_rates(schedule, steps):
    """The plan for a picture has as many points as asked, from the first step's rate to the last step's."""
    config = replace(CONFIG, schedule=schedule)
    rates = planned_rates(config, steps=steps, points=50)
    assert rates.shape == (50,)
    assert rates.dtype == np.float32
    rate = learning_rate(config, steps=steps)
    first, last = (rate, rate) if isinstance(rate, float) else (float(rate(0)), float(rate(steps - 1)))
    assert rates[[0, -1]] == pytest.approx([first, last])


def test_a_whole_number_as_rate():
    """A rate that is a whole number is planned and used as any other."""
    config = replace(CONFIG, learning_rate=1, schedule="plateau")
    assert planned_rates(config, steps=10, points=2).tolist() == [1, 1]
    assert float(build_optimizer(config, steps=10).learning_rate) == 1
