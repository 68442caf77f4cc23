"""What a visitor can change about a recognition: the steps of the preprocessing, and the threshold."""

from dataclasses import fields

import streamlit as st

from digitcore.networks import registry
from digitcore.preprocessing.options import ALL_STEPS, Options
from ui.shared.detail import shows_everything
from ui.shared.glossary import explain

#: Step -> what it is called, in the order in which they are done.
STEPS = {
    "light": "Uneven light is removed",
    "rulings": "Ruled lines are removed",
    "specks": "Specks are removed",
    "stroke_width": "Strokes get a usual width",
    "centring": "The centre of mass is in the middle",
}
STEPS_KEY, THRESHOLD_KEY = "recognise_steps_done", "recognise_threshold"


def chosen_options() -> Options:
    """The steps that are done: all of them, unless the visitor has switched some off."""
    done = st.session_state.get(STEPS_KEY)
    if not shows_everything() or not isinstance(done, list):
        return ALL_STEPS
    return Options(**{field.name: field.name in done for field in fields(Options)})


def chosen_threshold(model: str) -> float:
    """The confidence from which on a digit is named: the model's own, unless the visitor has moved the slider."""
    own = registry.find(model).threshold
    chosen = st.session_state.get(f"{THRESHOLD_KEY}_{model}")
    return chosen / 100 if shows_everything() and isinstance(chosen, int) and 0 <= chosen <= 100 else own


def show_experiments(model: str) -> None:
    """The switches and the slider; nothing on a page with the basics alone."""
    if not shows_everything():
        return
    st.pills(
        "Steps in use: switch one off to see what it does",
        list(STEPS),
        format_func=STEPS.get,
        selection_mode="multi",
        wrap=True,
        default=list(STEPS),
        key=STEPS_KEY,
        persist_state="session",
    )
    st.slider(
        "Lowest confidence for an answer",
        0,
        100,
        round(100 * registry.find(model).threshold),
        format="%d%%",
        key=f"{THRESHOLD_KEY}_{model}",
        persist_state="session",
        help=explain("confidence"),
    )
