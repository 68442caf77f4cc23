"""Studies: whether TPE beats random search with the same budget, and what a study costs beside its training.

Usage: python -m benchmarks.search quality [SEEDS]      default studies of 20 trials, TPE and random in turn
       python -m benchmarks.search overhead [TRIALS]    a study's trials, and the same trainings with plain Keras, in turn
       python -m benchmarks.search page [TRIALS]        how fast a study of many trials is read
"""

import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import keras
import numpy as np
import optuna

from digitcore.networks import architectures
from digitcore.networks.predict import as_input
from digitcore.runs.config import TrainConfig
from digitcore.search.config import SearchConfig, default_search
from digitcore.search.space import trial_config
from digitcore.search.study import Study, create_study
from digitcore.search.work import Worker
from digitcore.training.optimizers import build_optimizer

SAMPLERS = ("tpe", "random")
OVERHEAD_LIMIT, MINUTES_LIMIT = 1.10, 5


def begun(config: SearchConfig) -> Study:
    """A new study in a database of its own, started."""
    os.environ["DIGITLAB_RUNS"] = tempfile.mkdtemp(prefix="benchmark-search-")
    study = create_study(config)
    study.start()
    return study


def quality(seeds: int) -> None:
    """The best validation loss after 20 trials, by sampler and seed, and how long each study took."""
    best: dict[str, list[float]] = {sampler: [] for sampler in SAMPLERS}
    print(f"{'seed':>4}  {'sampler':<8}{'best loss':>10}{'complete':>10}{'pruned':>8}{'minutes':>9}", flush=True)
    for seed in range(seeds):
        for sampler in SAMPLERS:
            study = begun(replace(default_search("lenet", f"{sampler}_{seed}"), sampler=sampler, seed=seed))
            started = time.perf_counter()
            Worker(study).work()
            minutes = (time.perf_counter() - started) / 60
            states = [record.state for record in study.records()]
            best[sampler].append(study.best().value)
            counts = f"{states.count('complete'):>10}{states.count('pruned'):>8}"
            print(f"{seed:>4}  {sampler:<8}{best[sampler][-1]:>10.4f}{counts}{minutes:>9.1f}", flush=True)
    for sampler, values in best.items():
        spread = f"{min(values):.4f} to {max(values):.4f}"
        print(f"{sampler:<8}median {statistics.median(values):.4f}, from {spread}")
    wins = sum(tpe < random for tpe, random in zip(*best.values(), strict=True))
    print(f"TPE is better for {wins} of {seeds} seeds; a study may take {MINUTES_LIMIT} minutes.")


def overhead(trials: int) -> None:
    """After each trial of a study, the same training with plain Keras in the same process."""
    study = begun(replace(default_search("lenet", "overhead"), trials=trials))
    worker = Worker(study)
    dataset = worker.trainer.dataset(study.config.base)
    arrays = as_input(dataset.x_train), dataset.y_train, as_input(dataset.x_validation), dataset.y_validation
    times: dict[str, list[float]] = {"study": [], "plain": []}
    last = time.perf_counter()

    def compare() -> None:
        nonlocal last
        times["study"].append(time.perf_counter() - last)
        record = study.records()[-1]
        config = replace(trial_config(study.config.base, record.params), epochs=len(record.curve))
        times["plain"].append(seconds(lambda: train_plainly(config, *arrays)))
        ratio = sum(times["study"]) / sum(times["plain"])
        print(f"{times['study'][-1]:6.1f} s, plain {times['plain'][-1]:6.1f} s, ratio so far {ratio:.2f}", flush=True)
        last = time.perf_counter()

    worker.work(after_trial=compare)
    study_seconds, plain_seconds = (sum(values) for values in times.values())
    ratio = study_seconds / plain_seconds
    print(f"study {study_seconds:.0f} s, plain {plain_seconds:.0f} s, ratio {ratio:.2f} (limit {OVERHEAD_LIMIT})")


def train_plainly(
    config: TrainConfig, x: np.ndarray, y: np.ndarray, x_validation: np.ndarray, y_validation: np.ndarray
) -> None:
    """Build, compile and fit, as a script would."""
    keras.utils.set_random_seed(config.seed)
    model = architectures.build(config.architecture, **config.arguments)
    steps = config.epochs * -(-len(x) // config.batch_size)
    model.compile(optimizer=build_optimizer(config, steps=steps), loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    validation = {"validation_data": (x_validation, y_validation), "validation_batch_size": 512}
    model.fit(x, y, batch_size=config.batch_size, epochs=config.epochs, verbose=0, **validation)


def page(trials: int) -> None:
    """Read a study of many trials: the first time in a process, and again."""
    study = begun(replace(default_search("lenet", "many"), trials=min(trials, 10_000)))
    fill(study, trials)
    worker = Study(optuna.load_study(study_name=study.name, storage=study.optuna._storage._backend))
    for name, call in (
        ("first", worker.records),
        ("again", worker.records),
        ("best", worker.best),
        ("status", lambda: worker.status),
    ):
        print(f"{name:<8}{1000 * seconds(call):>8.0f} ms")


def fill(study: Study, trials: int) -> None:
    """Add trials that were never trained, with plausible values."""
    generator = np.random.default_rng(0)
    sampler = optuna.samplers.RandomSampler(seed=0)
    space, made = study.config.space, []
    for _ in range(trials):
        params = {name: sampler.sample_independent(study.optuna, None, name, values) for name, values in space.items()}
        losses = np.sort(generator.uniform(0.05, 0.5, 4))[::-1]
        curve = [[epoch + 1, float(loss), 0.9, float(loss), 0.9] for epoch, loss in enumerate(losses)]
        begin = datetime.now() - timedelta(seconds=10)
        trial = optuna.trial.create_trial(
            value=float(losses[-1]),
            params=params,
            distributions=space,
            intermediate_values={epoch + 1: float(loss) for epoch, loss in enumerate(losses)},
            user_attrs={"curve": str(curve), "parameters": 10_000},
        )
        trial.datetime_start, trial.datetime_complete = begin, datetime.now()
        made.append(trial)
    study.optuna.add_trials(made)


def seconds(call: Callable[[], object]) -> float:
    started = time.perf_counter()
    call()
    return time.perf_counter() - started


if __name__ == "__main__":
    what, number = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else None
    {
        "quality": lambda: quality(number or 5),
        "overhead": lambda: overhead(number or 20),
        "page": lambda: page(number or 10_000),
    }[what]()
