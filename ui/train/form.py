"""The form of a training run: presets, settings, and what they will look like."""

from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

import streamlit as st

from digitcore.datasets import training_data
from digitcore.errors import ConfigError
from digitcore.jobs.queue import free_name
from digitcore.networks.cost import default_arguments
from digitcore.runs.config import LIMITS, MONITORS, OPTIMIZERS, SCHEDULES, UNITS, Augmentation, TrainConfig
from digitcore.training.recipes import PRESETS, RECIPES

PREFIX = "train_"
DATA_NAMES = {"mnist": "MNIST", "sample": "5,000-image sample", "folder": "Labelled folder"}
SCHEDULE_NAMES = {
    "constant": "Constant",
    "plateau": "Reduce on plateau",
    "one_cycle": "One cycle",
    "cosine": "Cosine",
}
OPTIMIZER_NAMES = {"adam": "Adam", "adamw": "AdamW", "sgd": "SGD, momentum 0.9", "rmsprop": "RMSprop"}
MONITOR_NAMES = {"val_loss": "validation loss", "val_accuracy": "validation accuracy"}


def fill_form(config: TrainConfig) -> None:
    """Put a config's settings into the form, with a name that is free; for callbacks, before the form is drawn.

    Raises:
        ConfigError: the form cannot show them: the architecture, one of its arguments or the folder no longer exists.
    """
    _check_known(config)
    values = asdict(config)
    values["name"] = free_name(config.name)
    values["folder"] = config.folder or next(iter(_folders()), None)
    values["limited"] = config.limit is not None
    values["limit"] = config.limit or 10_000
    values["stops_early"] = config.early_stopping_patience is not None
    values["early_stopping_patience"] = config.early_stopping_patience or 5
    for name, value in values.pop("augmentation").items():
        values[name] = value
    arguments = values.pop("arguments")
    for name, default in default_arguments(config.architecture).items():
        values[f"{config.architecture}_{name}"] = _as_text(arguments.get(name, default))
    for name, value in values.items():
        st.session_state[PREFIX + name] = value


def _check_known(config: TrainConfig) -> None:
    if config.architecture not in RECIPES:
        raise ConfigError(f"There is no architecture {config.architecture!r} here. Choose one of: {', '.join(RECIPES)}.")
    if unknown := sorted(set(config.arguments) - set(default_arguments(config.architecture))):
        raise ConfigError(f"{config.architecture} has no argument {unknown[0]!r} here.")
    if config.data == "folder" and config.folder not in _folders():
        raise ConfigError(f"The labelled folder {config.folder} no longer exists.")


def read_form() -> TrainConfig:
    """The config that the form shows.

    Raises:
        ConfigError: a setting is missing or invalid.
    """
    value = {field.name: st.session_state.get(PREFIX + field.name) for field in fields(TrainConfig)}
    value["arguments"] = _read_arguments(value["architecture"])
    value["augmentation"] = Augmentation(**{name: st.session_state[PREFIX + name] for name in LIMITS})
    if not st.session_state[PREFIX + "limited"]:
        value["limit"] = None
    if not st.session_state[PREFIX + "stops_early"]:
        value["early_stopping_patience"] = None
    if value["data"] != "folder":
        value["folder"] = None
        value["leave_out_unreadable"] = False
    elif value["folder"] not in _folders():  # only these may be used, whatever a browser sends
        raise ConfigError("There is no such labelled folder. Choose one that is listed.")
    return TrainConfig(**value)


def training_form() -> None:
    """Draw the form; ``read_form`` reads it."""
    if PREFIX + "name" not in st.session_state:
        fill_form(next(iter(PRESETS.values())))
    st.pills("Start from", list(PRESETS), key="train_preset", on_change=_use_preset, wrap=True)
    _text("name", "Name of the new model", max_chars=64)
    names = ["Network", "Data", "Training", "Distortions", "Callbacks"]
    network, data, training, augmentation, callbacks = st.tabs(names, key="train_tabs")  # the key keeps the selected tab open
    with network:
        _network()
    with data:
        _data()
    with training:
        _training()
    with augmentation:
        _augmentation()
    with callbacks:
        _callbacks()


def _use_preset() -> None:
    if st.session_state["train_preset"]:
        fill_form(PRESETS[st.session_state["train_preset"]])


def _network() -> None:
    architecture = _select("architecture", "Architecture", list(RECIPES))
    for name, default in default_arguments(architecture).items():
        key = f"{architecture}_{name}"
        st.session_state.setdefault(PREFIX + key, _as_text(default))
        label = {"filters": "Filters of the convolutions"}.get(name, name.replace("_", " ").capitalize())
        _text(key, label, max_chars=60)


def _data() -> None:
    kind = _select("data", "Training images", list(DATA_NAMES), DATA_NAMES.get)
    if kind == "folder":
        folders = _folders()
        if folders:
            _select("folder", "Folder", folders, lambda folder: Path(folder).name)
            _toggle("leave_out_unreadable", "Leave out pictures that cannot be read")
        else:
            st.info("No labelled folder yet. Put pictures into `data/<name>/<digit>/`, such as `data/mine/7/a.png`.")
    elif _toggle("limited", "Train on only part of the images"):
        _number("limit", "Number of images", step=1000)
    st.caption("Validation and test images are held out and always the same.")


def _training() -> None:
    left, right = st.columns(2)
    with left:
        _number("epochs", "Maximum number of epochs", step=1)
        _select("optimizer", "Optimiser", list(OPTIMIZERS), OPTIMIZER_NAMES.get)
        _select("schedule", "Learning rate schedule", list(SCHEDULES), SCHEDULE_NAMES.get)
    with right:
        _number("batch_size", "Batch size", step=16)
        _number("learning_rate", "Learning rate", step=None, format="%.6g")
        _number("seed", "Seed", step=1)


def _augmentation() -> None:
    columns = st.columns(2)
    for number, (name, limit) in enumerate(LIMITS.items()):
        with columns[number % 2]:
            label = f"{name.capitalize()}, {UNITS[name]}"
            st.slider(label, 0.0, float(limit), step=limit / 40, key=PREFIX + name, persist_state="session")


def _callbacks() -> None:
    left, right = st.columns(2)
    with left:
        st.markdown("**ModelCheckpoint**")
        _select("monitor", "Choose the best epoch by", list(MONITORS), MONITOR_NAMES.get)
        st.markdown("**ReduceLROnPlateau**")
        if st.session_state[PREFIX + "schedule"] == "plateau":
            _number("plateau_patience", "Epochs without improvement before the rate falls", step=1)
            _number("plateau_factor", "Multiply the rate by", step=None, format="%.3g")
            _number("plateau_min_rate", "Lowest learning rate", step=None, format="%.3g")
        else:
            st.caption("Used only with the schedule *Reduce on plateau*.")
    with right:
        st.markdown("**EarlyStopping**")
        if _toggle("stops_early", "Stop when nothing improves"):
            _number("early_stopping_patience", "Epochs to wait for an improvement", step=1)
            _number("early_stopping_min_delta", "Smallest improvement that counts", step=None, format="%.3g")
        st.markdown("**CSVLogger**")
        st.caption("Always writes `history.csv`.")
        _toggle("tensorboard", "Also write TensorBoard logs")


def _folders() -> list[str]:
    return [str(folder) for folder in training_data.labelled_folders()]


def _read_arguments(architecture: str) -> dict[str, Any]:
    """The arguments that differ from the architecture's defaults."""
    arguments = {}
    for name, default in default_arguments(architecture).items():
        text = st.session_state.get(f"{PREFIX}{architecture}_{name}", _as_text(default))
        value = _from_text(name, text, default)
        if value != default:
            arguments[name] = value
    return arguments


def _as_text(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)


def _from_text(name: str, text: str, default: Any) -> Any:
    try:
        if isinstance(default, tuple):
            return tuple(int(part) for part in text.split(","))
        return type(default)(text)
    except ValueError:
        expected = "whole numbers separated by commas" if isinstance(default, tuple) else "a number"
        raise ConfigError(f"{name} is {text!r}: give {expected}, such as {_as_text(default)}.") from None


def _text(name: str, label: str, **options: Any) -> str:
    return st.text_input(label, key=PREFIX + name, persist_state="session", **options)


def _number(name: str, label: str, **options: Any) -> float:
    return st.number_input(label, key=PREFIX + name, persist_state="session", **options)


def _toggle(name: str, label: str) -> bool:
    return st.toggle(label, key=PREFIX + name, persist_state="session")


def _select(name: str, label: str, options: list[str], show: Any = str) -> str:
    return st.selectbox(label, options, format_func=show, key=PREFIX + name, persist_state="session")
