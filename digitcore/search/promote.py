"""From a trial to a model: its network as a model, its settings for a full training, and ``best_params.json``."""

from dataclasses import asdict, replace
from typing import Any

from digitcore import paths
from digitcore.errors import StudyError
from digitcore.networks import registry
from digitcore.runs.config import TrainConfig
from digitcore.search.records import TrialRecord
from digitcore.search.space import trial_config
from digitcore.search.study import Study
from digitcore.training.recipes import RECIPES


def trial_model_name(study: Study, number: int) -> str:
    """The name of the model that is saved from a trial."""
    return f"{study.name[:50]}_trial_{number}"


def save_trial(study: Study, number: int) -> str:
    """Save the network of a trial as a model, once, and return its name.

    Raises:
        StudyError: the network of the trial is not kept on this machine.
        ConfigError: another model has the name.
        ModelError: the model cannot be saved.
    """
    name = trial_model_name(study, number)
    card = registry.read_card(paths.models_dir() / name)
    if card.get("study") == study.name and card.get("trial") == number:
        return name
    folder = study.networks_dir / str(number)
    if not (folder / registry.MODEL_FILE).exists():
        raise StudyError(
            f"The network of trial {number} is not kept here: only those of complete trials are, on the machine that trained "
            "them, and of a long study only the best. Train its settings fully instead."
        )
    registry.copy_model(folder, name)
    return name


def full_config(study: Study, number: int | None = None, *, name: str) -> TrainConfig:
    """The settings of a trial with all training images and at least as many epochs as the architecture's recipe has.

    Args:
        study: the study.
        number: the trial; None for the best one.
        name: the name of the model.

    Raises:
        StudyError: there is no such trial, or none is complete.
    """
    trial = trial_config(study.config.base, _chosen(study, number).params)
    recipe = RECIPES[trial.architecture]
    return replace(
        trial,
        name=name,
        limit=None,
        epochs=max(recipe.epochs, trial.epochs),
        early_stopping_patience=recipe.early_stopping_patience,
    )


def best_params(study: Study, number: int | None = None) -> dict[str, Any]:
    """What ``best_params.json`` holds: the parameters, their value, the study, and all settings of the trial.

    Args:
        study: the study.
        number: the trial; None for the best one.

    Raises:
        StudyError: there is no such trial, or none is complete.
    """
    record = _chosen(study, number)
    config = study.config
    return {
        "params": record.params,
        "objective": config.objective,
        "values": list(record.values or ()),
        "study": study.name,
        "trial": record.number,
        "trials": sum(other.is_done for other in study.records()),
        "sampler": config.sampler,
        "pruner": config.pruner,
        "trial_config": asdict(trial_config(config.base, record.params)),
    }


def _chosen(study: Study, number: int | None) -> TrialRecord:
    if number is not None:
        return study.record(number)
    best = study.best()
    if best is None:
        raise StudyError(f"No trial of the study {study.name!r} is complete yet.")
    return best
