"""The commands for studies: ``search`` and ``search-worker``."""

import argparse
import os
import sys
import time
from dataclasses import replace
from typing import Any

from digitcore.cli.ranges import parse_range
from digitcore.cli.train import train_in
from digitcore.datasets.training_data import DATA_SETS
from digitcore.errors import ConfigError, StudyError
from digitcore.runs.config import LIMITS, OPTIMIZERS, SCHEDULES
from digitcore.search.location import STORAGE_VARIABLE
from digitcore.training.recipes import RECIPES

#: As in ``search/config.py``, which imports Optuna.
SAMPLERS, PRUNERS = ("tpe", "random", "grid", "cma_es"), ("median", "hyperband", "none")
OBJECTIVES = ("loss", "accuracy", "accuracy_and_parameters")
POLL_SECONDS = 0.5


def add_commands(commands: argparse._SubParsersAction) -> None:
    """Add the commands to the parser's."""
    search = commands.add_parser("search", help="search good settings with Optuna, or go on with a study")
    search.set_defaults(run=_search)
    search.add_argument("--study", metavar="NAME", help="the study's name (default: the architecture's and _search)")
    search.add_argument("--architecture", choices=list(RECIPES), help="default: lenet")
    search.add_argument(
        "--range",
        action="append",
        metavar="SETTING=RANGE",
        help="search this setting, as in filters_1=8:64:8 (low:high:step), learning_rate=1e-4:1e-2:log or optimizer=adam,sgd; "
        "repeat it for each; default: filters, learning rate and batch size",
    )
    search.add_argument("--sampler", choices=SAMPLERS, help="default: tpe")
    search.add_argument("--pruner", choices=PRUNERS, help="default: median")
    search.add_argument("--objective", choices=OBJECTIVES, help="default: loss, on the validation images")
    search.add_argument("--trials", type=int, help="number of trials in all (default: 20)")
    search.add_argument("--minutes", type=float, help="begin no trial later than this")
    search.add_argument("--workers", type=int, help="processes that train at the same time, on this machine (default: 1)")
    search.add_argument("--seed", type=int, help="seed of the sampler")
    fixed = search.add_argument_group("settings of every trial")
    fixed.add_argument("--data", choices=[name for name in DATA_SETS if name != "folder"])
    fixed.add_argument("--limit", type=int, help="training images in each trial, the first ones (default: 2,000)")
    fixed.add_argument("--epochs", type=int, help="epochs in each trial (default: 4)")
    fixed.add_argument("--optimizer", choices=OPTIMIZERS)
    fixed.add_argument("--schedule", choices=SCHEDULES)
    for name in LIMITS:
        fixed.add_argument(f"--{name}", type=float, help=argparse.SUPPRESS)
    search.add_argument("--train", metavar="MODEL", help="then train the best settings fully, and save them as this model")
    _add_storage(search)

    worker = commands.add_parser("search-worker", help="train trials of a study that another machine may have started")
    worker.set_defaults(run=_search_worker)
    worker.add_argument("--study", required=True, metavar="NAME")
    _add_storage(worker)


def _add_storage(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--storage",
        metavar="URL",
        help=f"database of the studies, as in postgresql+psycopg://user@host/database (default: {STORAGE_VARIABLE}, or a file "
        "in runs/)",
    )


def _search(options: argparse.Namespace) -> int:
    _use_storage(options)
    from digitcore.search.study import create_study, find_study

    name = options.study or f"{options.architecture or 'lenet'}_search"
    try:
        study = find_study(name)
    except StudyError:
        study = create_study(_search_config(options, name))
        print(f"The study {name} begins with {study.config.trials} trials.")
    else:
        _check_goes_on(options, study)
        print(f"The study {name} goes on.")
    study.start(trials=options.trials, minutes=options.minutes, workers=options.workers)
    try:
        _work_here(study)
    except KeyboardInterrupt:
        study.pause()
        print(f"digitcore: paused. Go on with: python -m digitcore search --study {name}", file=sys.stderr)
        return 1
    best = study.best()
    if best is None:
        print(f"digitcore: no trial of {name} is complete; see the reasons on the Search page.", file=sys.stderr)
        return 1
    print(f"The best trial is {best.number}: {_in_words(study, best)}")
    return _train_best(study, options.train) if options.train else 0


def _search_worker(options: argparse.Namespace) -> int:
    _use_storage(options)
    from digitcore.jobs.search_worker import train_trials

    slot = int.from_bytes(os.urandom(3))  # two workers must not draw the same numbers
    train_trials(options.study, slot, after_trial=_Reporter(options.study), quiet=True)
    print(f"The study {options.study} has no more work for this worker.")
    return 0


def _use_storage(options: argparse.Namespace) -> None:
    if options.storage:
        os.environ[STORAGE_VARIABLE] = options.storage


def _search_config(options: argparse.Namespace, name: str) -> Any:
    """The default study of the architecture, changed by the options."""
    from digitcore.search.config import default_search

    config = default_search(options.architecture or "lenet", name)
    given = {key: value for key, value in vars(options).items() if value is not None}
    settings = {key: given[key] for key in ("data", "limit", "epochs", "optimizer", "schedule") if key in given}
    amounts = {key: given[key] for key in LIMITS if key in given}
    base = replace(config.base, **settings, augmentation=replace(config.base.augmentation, **amounts))
    own = {
        key: given[key] for key in ("sampler", "pruner", "objective", "trials", "minutes", "workers", "seed") if key in given
    }
    if own.get("objective") == "accuracy_and_parameters":
        own.setdefault("pruner", "none")
    space = dict(parse_range(text) for text in options.range) if options.range else config.space
    return replace(config, base=base, space=space, **own)


def _check_goes_on(options: argparse.Namespace, study: Any) -> None:
    """Refuse options that would change what a study searches."""
    may_change = {"study", "trials", "minutes", "workers", "storage", "train", "run"}
    if not any(value is not None for key, value in vars(options).items() if key not in may_change):
        return
    config = _search_config(options, study.name)
    if not config.same_search(study.config):
        given = [key for key, value in vars(options).items() if value is not None and key not in may_change]
        flags = ", ".join(f"--{key.replace('_', '-')}" for key in given)
        raise ConfigError(
            f"There is already a study {study.name!r}, which searches something else. Choose another name (--study), or leave "
            f"out {flags} to go on with it."
        )


def _work_here(study: Any) -> None:
    """Train trials in this process, and in as many more as the study has workers."""
    from digitcore.jobs.launchers import start_search_worker
    from digitcore.jobs.search_slots import is_taken, lock_slot, slot_log
    from digitcore.jobs.search_worker import train_trials

    reporter = _Reporter(study.name)
    helpers = [
        start_search_worker(study.name, slot, slot_log(study.name, slot))
        for slot in range(1, study.config.workers)
        if not is_taken(study.name, slot)
    ]
    with lock_slot(study.name, 0) as is_ours:
        if is_ours:
            train_trials(study.name, 0, after_trial=reporter, quiet=True)
    while study.has_work() or any(helper.poll() is None for helper in helpers):
        reporter()
        study.recover()
        time.sleep(POLL_SECONDS)
    reporter()


class _Reporter:
    """Prints each trial once, when it has ended."""

    def __init__(self, name: str) -> None:
        from digitcore.search.study import find_study

        self._study = find_study(name)
        self._printed = {record.number for record in self._study.records() if record.is_done}

    def __call__(self) -> None:
        records = self._study.records()
        best = self._study.best(records)
        done = sum(record.is_done for record in records)
        for record in records:
            if record.is_done and record.number not in self._printed:
                self._printed.add(record.number)
                mark = " (best)" if best is not None and record.number == best.number else ""
                about = f"trial {record.number}: {_in_words(self._study, record)}{mark}"
                print(f"{done} of {self._study.budget} done, {about}", flush=True)


def _in_words(study: Any, record: Any) -> str:
    params = ", ".join(
        f"{name} {value:.4g}" if isinstance(value, float) else f"{name} {value}" for name, value in record.params.items()
    )
    if record.state != "complete":
        return f"{record.state} with {params}. {record.reason}"
    words = {"loss": "validation loss {:.4f}", "accuracy": "validation accuracy {:.2%}"}
    words["accuracy_and_parameters"] = "validation accuracy {:.2%} with {:,.0f} parameters"
    return f"{words[study.config.objective].format(*record.values)} with {params}"


def _train_best(study: Any, name: str) -> int:
    """Train the best trial's settings fully, in this process."""
    from digitcore import files
    from digitcore.jobs.queue import begin_run
    from digitcore.runs.run import BEST_PARAMS_FILE
    from digitcore.search.promote import best_params, full_config

    with begin_run(full_config(study, name=name)) as run:
        files.write_json(run.folder / BEST_PARAMS_FILE, best_params(study))
        return train_in(run)
