"""The form of a training run: its settings, and how they are read."""

from collections.abc import Mapping
from dataclasses import asdict, fields, replace
from pathlib import Path
from typing import Any

import streamlit as st

from digitcore.datasets import training_data
from digitcore.errors import ConfigError, SettingError
from digitcore.jobs.queue import free_name
from digitcore.networks.cost import default_arguments
from digitcore.runs.config import LIMITS, Augmentation, TrainConfig
from digitcore.training.recipes import PRESETS, RECIPES
from ui.shared.detail import shows_everything
from ui.shared.glossary import explain
from ui.shared.settings import CHOICES, SETTINGS
from ui.train.previews import show_distorted, show_rates

PREFIX = "train_"


def fill_form(config: TrainConfig) -> None:
    """Put a config's settings into the form, with a name that is free; for callbacks, before the form is drawn.

    Raises:
        ConfigError: the form cannot show them: the architecture, one of its arguments or the folder no longer exists.
    """
    _check_known(config)
    values = asdict(replace(config, continued_from=None))
    values["name"] = free_name(config.name)
    values["folder"] = config.folder or next(iter(_folders()), None)
    values["limited"] = config.limit is not None
    values["limit"] = config.limit or 10_000
    values["stops_early"] = config.early_stopping_patience is not None
    values["early_stopping_patience"] = config.early_stopping_patience or 5
    for name, value in values.pop("augmentation").items():
        values[name] = float(value)
    arguments = values.pop("arguments")
    for name, default in default_arguments(config.architecture).items():
        values[f"{config.architecture}_{name}"] = _as_text(arguments.get(name, default))
    for name, value in values.items():
        st.session_state[PREFIX + name] = value


def fill_new_form() -> None:
    """Give the form of a new visitor the first preset."""
    if PREFIX + "name" not in st.session_state:
        fill_form(next(iter(PRESETS.values())))


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
    for name in CHOICES:
        _check_listed(name)
    value["name"] = "_".join((value["name"] or "").split())  # a name is a folder's, too
    value["architecture"], value["arguments"] = read_network()
    value["augmentation"] = Augmentation(**{name: st.session_state.get(PREFIX + name) for name in LIMITS})
    if not st.session_state.get(PREFIX + "limited"):
        value["limit"] = None
    elif value["limit"] is None:
        raise SettingError("limit", None, "give a whole number of at least 1")
    if not st.session_state.get(PREFIX + "stops_early"):
        value["early_stopping_patience"] = None
    elif value["early_stopping_patience"] is None:
        raise SettingError("early_stopping_patience", None, "give a whole number of at least 1")
    if value["data"] != "folder":
        value["folder"] = None
        value["leave_out_unreadable"] = False
    elif value["folder"] not in _folders():  # only these may be used, whatever a browser sends
        raise ConfigError("There is no such labelled folder. Choose one that is listed.")
    return TrainConfig(**value)


def read_network() -> tuple[str, dict[str, Any]]:
    """The network that the form shows: its architecture, and the arguments that differ from the defaults.

    Raises:
        SettingError: a setting of the network is missing or invalid.
    """
    _check_listed("architecture")
    architecture = st.session_state[PREFIX + "architecture"]
    return architecture, _read_arguments(architecture)


def training_form() -> None:
    """Draw the settings, folded by topic; ``read_form`` reads them."""
    _text("name", max_chars=64)
    with st.expander("Change the network", icon=":material/lan:", key="train_change_network"):
        _network()
    with st.expander("Change the images", icon=":material/image:", key="train_change_images"):
        _data()
    with st.expander("Change the training", icon=":material/tune:", key="train_change_training"):
        _training()
        show_rates(read_form)
    with st.expander("Change the distortions", icon=":material/animation:", key="train_change_distortions"):
        _augmentation()
        show_distorted(read_form)
    if shows_everything():
        with st.expander("Change the callbacks", icon=":material/extension:", key="train_change_callbacks"):
            _callbacks()


def _network() -> None:
    architecture = _select("architecture")
    if architecture not in RECIPES:
        return
    for name, default in default_arguments(architecture).items():
        key = f"{architecture}_{name}"
        st.session_state.setdefault(PREFIX + key, _as_text(default))
        _text(key, setting=name, max_chars=60)


def _data() -> None:
    kind = _select("data")
    if kind == "folder":
        folders = _folders()
        if folders:
            _select("folder", {folder: Path(folder).name for folder in folders})
            _toggle("leave_out_unreadable")
        else:
            st.info("No labelled folder yet. Put pictures into `data/<name>/<digit>/`, such as `data/mine/7/a.png`.")
    elif _toggle("limited"):
        _number("limit", step=1000)
    st.caption(
        "The network is checked on other images, which it never learns from.", help=explain("validation images", "test images")
    )


def _training() -> None:
    left, right = st.columns(2)
    with left:
        _number("epochs", step=1)
        _number("learning_rate", step=None, format="%.6g")
        _select("optimizer")
    with right:
        _number("batch_size", step=16)
        _select("schedule")
        _number("seed", step=1)
    if _toggle("stops_early"):
        _number("early_stopping_patience", step=1)


def _augmentation() -> None:
    st.caption(
        "Distorted copies teach the network that a slanted 7 is still a 7. 0 means no distortion.", help=explain("augmentation")
    )
    columns = st.columns(2)
    for number, (name, limit) in enumerate(LIMITS.items()):
        with columns[number % 2]:
            _draw(st.slider, name, min_value=0.0, max_value=float(limit), step=limit / 40)


def _callbacks() -> None:
    _select("monitor")
    if st.session_state.get(PREFIX + "stops_early"):
        _number("early_stopping_min_delta", step=None, format="%.3g")
    if st.session_state.get(PREFIX + "schedule") == "plateau":
        _number("plateau_patience", step=1)
        _number("plateau_factor", step=None, format="%.3g")
        _number("plateau_min_rate", step=None, format="%.3g")
    else:
        st.caption("With the schedule *Reduce on plateau*, its settings stand here.")
    _toggle("tensorboard")


def _folders() -> list[str]:
    return [str(folder) for folder in training_data.labelled_folders()]


def _check_listed(name: str) -> None:
    """Refuse what no list of the form offers, whatever a browser sends."""
    value = st.session_state.get(PREFIX + name)
    if value not in CHOICES[name]:
        raise SettingError(name, value, "choose one that is listed")


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


def _from_text(name: str, text: str | None, default: Any) -> Any:
    try:
        if isinstance(default, tuple):
            return tuple(int(part) for part in text.split(","))
        return type(default)(text)
    except (ValueError, TypeError, AttributeError):
        expected = "whole numbers separated by commas" if isinstance(default, tuple) else "a number"
        raise SettingError(name, text, f"give {expected}, such as {_as_text(default)}") from None


def _text(name: str, *, setting: str | None = None, **options: Any) -> str:
    return _draw(st.text_input, name, setting, **options)


def _number(name: str, **options: Any) -> float:
    return _draw(st.number_input, name, **options)


def _toggle(name: str) -> bool:
    return _draw(st.toggle, name)


def _select(name: str, choices: Mapping[str, str] | None = None) -> str:
    choices = choices or CHOICES[name]
    return _draw(st.selectbox, name, options=list(choices), format_func=lambda value: choices.get(value, value))


def _draw(widget: Any, name: str, setting: str | None = None, **options: Any) -> Any:
    """A widget with the setting's label, and its sentence below, with its terms as help."""
    label, sentence, terms = SETTINGS[setting or name]
    value = widget(label, key=PREFIX + name, persist_state="session", **options)
    st.caption(sentence, help=explain(*terms) if terms else None)
    return value
