"""The presets as cards: what each is good for, how long it takes, how well it reads, and how large it is."""

from dataclasses import replace
from typing import NamedTuple

import streamlit as st

from digitcore.errors import ConfigError, DigitcoreError
from digitcore.figures.palette import BEST
from digitcore.networks import registry
from digitcore.networks.cost import network_cost
from digitcore.runs.config import TrainConfig
from digitcore.training.recipes import PRESETS
from ui.shared.estimates import time_in_words
from ui.shared.glossary import explain
from ui.shared.titles import title_of
from ui.train.form import fill_form, read_form


class Card(NamedTuple):
    """The words on a card."""

    title: str
    sentence: str


CARDS = {
    "sprint": Card("Fast", "A small network, called Sprint, that reads well after one look at each image."),
    "first_steps": Card("First steps", "Few images and a tiny network: you see it learn, epoch by epoch."),
    "cnn_v2": Card("Accurate", "A large network, called CNN v2. It also learns from distorted digits, for many epochs."),
}
#: The style of the chosen card.
CHOSEN = f"border-color: {BEST}; box-shadow: inset 0 0 0 1px {BEST};"


def show_preset_cards() -> None:
    """A card for each preset; a click on one fills the form. The one whose settings are in the form is marked."""
    chosen = _chosen()
    with st.grid(len(PRESETS), min_column_width=240):
        for name, config in PRESETS.items():
            is_chosen = name == chosen
            with st.container(border=True, gap="xsmall", height="stretch", key=f"train_card_{name}"):
                _show_card(name, config, is_chosen)
    if chosen:  # in the style, because a container with another key would lose the keyboard's focus
        st.html(f"<style>.st-key-train_card_{chosen} {{ {CHOSEN} }}</style>")


def _show_card(name: str, config: TrainConfig, is_chosen: bool) -> None:
    st.button(
        f"**{CARDS[name].title}**" + (" (chosen)" if is_chosen else ""),
        type="tertiary",
        icon=":material/check_circle:" if is_chosen else ":material/radio_button_unchecked:",
        key=f"train_preset_{name}",
        on_click=fill_form,
        args=(config,),
    )
    st.write(CARDS[name].sentence)
    parameters = network_cost(config.architecture, config.arguments).parameters
    accuracy, where = _accuracy(config)
    st.caption(
        f"Time: {time_in_words(config)}  \nAccuracy: {accuracy}  \nSize: {parameters:,} parameters",
        help=f"{explain('accuracy', 'parameters')}\n\n{where}",
    )


def _chosen() -> str | None:
    """The preset whose settings are in the form, under whatever name."""
    try:
        config = read_form()
    except DigitcoreError:
        return None
    return next((name for name, preset in PRESETS.items() if replace(config, name=name) == preset), None)


def _accuracy(config: TrainConfig) -> tuple[str, str]:
    """What the included model that was trained with these settings reached, and where that was measured."""
    for entry in registry.list_models():
        if entry.name == config.name and entry.name in registry.SHIPPED and entry.test_result and _is_of(entry.card, config):
            where = f"The accuracy is that of the included model {title_of(entry.name)}, trained with these settings."
            return entry.test_result, where
    return "you will see at the end", "No included model was trained with these settings, so the accuracy is not known."


def _is_of(card: dict, config: TrainConfig) -> bool:
    try:
        return TrainConfig.from_json(card["config"]) == config
    except (ConfigError, KeyError, TypeError):
        return False
