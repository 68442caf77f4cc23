"""The command that trains a network: ``train``."""

import argparse
import sys
from dataclasses import fields, replace
from pathlib import Path

from digitcore.datasets import training_data
from digitcore.datasets.training_data import DATA_SETS
from digitcore.errors import ConfigError
from digitcore.jobs.queue import begin_run, check_can_resume, check_name_is_free
from digitcore.networks.backend import import_tensorflow
from digitcore.runs.config import LIMITS, MONITORS, OPTIMIZERS, SCHEDULES, UNITS, Augmentation, TrainConfig
from digitcore.runs.registry import find_run
from digitcore.runs.run import TENSORBOARD_DIR, Run
from digitcore.training.limits import check_limits
from digitcore.training.notes import notes_on_data
from digitcore.training.recipes import RECIPES

DEFAULT_ARCHITECTURE = "cnn_v2"


def add_command(commands: argparse._SubParsersAction) -> None:
    """Add the command to the parser's."""
    train = commands.add_parser("train", help="train a network and save it in models/")
    train.set_defaults(run=_train)
    train.add_argument("--architecture", choices=list(RECIPES), help=f"recipe to start from (default: {DEFAULT_ARCHITECTURE})")
    train.add_argument("--name", help="name of the model (default: the architecture's)")
    train.add_argument("--replace", action="store_true", help="overwrite a model of that name")
    train.add_argument("--resume", metavar="RUN", help="resume an interrupted run, named by its folder in runs/")
    images = train.add_mutually_exclusive_group()
    images.add_argument("--data", choices=[name for name in DATA_SETS if name != "folder"])
    images.add_argument("--folder", type=Path, metavar="DIR", help="train on your own pictures, DIR/<digit>/*.png, instead")
    train.add_argument(
        "--leave-out-unreadable",
        action="store_true",
        default=None,
        help="with --folder: train without the pictures that cannot be read",
    )
    train.add_argument("--limit", type=int, help="train only on this many images, the first ones")
    train.add_argument("--epochs", type=int, help="maximum number of passes over the training images")
    train.add_argument("--batch-size", type=int, help="images per training step")
    train.add_argument("--optimizer", choices=OPTIMIZERS)
    train.add_argument("--learning-rate", type=float, help="initial learning rate; for one_cycle, its peak")
    train.add_argument("--schedule", choices=SCHEDULES)
    train.add_argument("--monitor", choices=MONITORS, help="metric for the best epoch, early stopping and the plateau schedule")
    train.add_argument("--early-stopping-patience", type=int)
    train.add_argument("--early-stopping-min-delta", type=float)
    train.add_argument("--no-early-stopping", action="store_true")
    train.add_argument("--plateau-patience", type=int)
    train.add_argument("--plateau-factor", type=float)
    train.add_argument("--plateau-min-rate", type=float)
    train.add_argument("--tensorboard", action="store_true", default=None, help="also write logs for TensorBoard")
    train.add_argument("--seed", type=int, help="seed of the weights, the order of images and the augmentation")
    for name, unit in UNITS.items():
        train.add_argument(f"--{name}", type=float, help=f"augmentation: {name}, 0 to {LIMITS[name]} {unit}")


def _train(options: argparse.Namespace) -> int:
    if options.resume:
        _check_no_settings(options)
        run = find_run(options.resume)
        check_can_resume(run)
        run.prepare_resume()
        import_tensorflow(quiet=True)
        return train_in(run)
    config = _train_config(options)
    check_name_is_free(config.name, replace=options.replace)
    _check_data(config)  # before the run is created
    import_tensorflow(quiet=True)
    with begin_run(config, replace=options.replace) as run:
        return train_in(run)


def train_in(run: Run) -> int:
    """Train a run in this process and print its result."""
    from digitcore.training.train import train

    try:
        result = train(run.config, run.folder, verbose="auto" if sys.stdout.isatty() else 2)
    except KeyboardInterrupt:
        print(f"digitcore: stopped. Resume with: python -m digitcore train --resume {run.id}", file=sys.stderr)
        return 1
    metrics = result.card["metrics"]
    print(f"{run.config.name}: {metrics['test_accuracy']:.2%} of {metrics['test_images']:,} test images are read correctly.")
    print(f"The best epoch, {result.card['best_epoch']} of {result.card['epochs_trained']}, is saved in {result.model_dir}")
    print(f"The run and its curves are in {run.folder}")
    if run.config.tensorboard:
        print(f"View the logs with: tensorboard --logdir {run.folder / TENSORBOARD_DIR}")
    return 0


def _check_no_settings(options: argparse.Namespace) -> None:
    """Refuse settings beside ``--resume``: a resumed run keeps its own."""
    settings = {name for name, value in vars(options).items() if value is not None and value is not False} - {"run", "resume"}
    if settings:
        flags = ", ".join(f"--{name.replace('_', '-')}" for name in sorted(settings))
        raise ConfigError(f"The settings of a resumed run cannot change: leave out {flags}, or train a new run.")


def _check_data(config: TrainConfig) -> None:
    """Check that the data can be used and that a run on it is within the limits; print notes about the data."""
    images = training_data.count_training_images(**config.data_options)
    check_limits(config, images)
    for note in notes_on_data(config, images):
        print(note)


def _train_config(options: argparse.Namespace) -> TrainConfig:
    """The architecture's recipe, changed by the options."""
    recipe = RECIPES[options.architecture or DEFAULT_ARCHITECTURE]
    chosen = {name: value for name, value in vars(options).items() if value is not None}
    distortions = {f.name: chosen[f.name] for f in fields(Augmentation) if f.name in chosen}
    settings = {f.name: chosen[f.name] for f in fields(recipe) if f.name in chosen}
    if "folder" in chosen:
        settings |= {"data": "folder", "folder": str(options.folder.resolve())}
    if options.no_early_stopping:
        settings["early_stopping_patience"] = None
    return replace(recipe, **settings, augmentation=replace(recipe.augmentation, **distortions))
