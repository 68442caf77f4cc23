"""One model in plain words, from its card; its export and its deletion."""

import streamlit as st

from digitcore.networks.registry import SHIPPED, ModelEntry
from ui.compare.deletion import show_deleted, show_deletion
from ui.compare.export import show_export
from ui.compare.results import Results, by_accuracy
from ui.shared.detail import shows_everything
from ui.shared.glossary import explain
from ui.shared.titles import title_of

CHOSEN = "compare_about"
#: What the card calls the data -> what people call it.
DATA = {"mnist": "MNIST"}


def show_about(results: Results, titles: dict[str, str]) -> None:
    """Choose a model; what its card says, and buttons to export and delete it."""
    st.subheader("About a model", anchor=False)
    show_deleted()
    names = by_accuracy(results)
    if st.session_state.get(CHOSEN) not in names:
        st.session_state[CHOSEN] = names[0]
    with st.container(horizontal=True, vertical_alignment="bottom"):
        name = st.selectbox("Model", names, format_func=titles.get, key=CHOSEN, width=260)
        with st.popover("Export", icon=":material/ios_share:"):
            show_export(name)
        if name not in SHIPPED:
            with st.popover("Delete", icon=":material/delete:"):
                show_deletion(name)
    st.markdown(
        "\n".join(f"- {fact}" for fact in facts(results.entries[name])), help=explain("parameters", "epoch", "test images")
    )
    if shows_everything() and results.entries[name].card:
        with st.expander("The whole card"):
            st.json(results.entries[name].card, expanded=1)


def facts(entry: ModelEntry) -> list[str]:
    """What a model's card says, a sentence for each fact; what is missing, or is not what it should be, is left out."""
    card, sentences = entry.card, []
    if isinstance(architecture := card.get("architecture"), str):
        sentences.append(f"Its architecture is {title_of(architecture)}.")
    if _is_count(parameters := card.get("parameters")):
        size = entry.path.stat().st_size / 1000
        sentences.append(f"It has {parameters:,} parameters. Its file takes {size:,.0f} kB.")
    sentences += _training(card)
    if entry.test_result:
        sentences.append(f"After training, it read {entry.test_result} right.")
    return sentences or ["It has no card, so nothing is known of its training."]


def _training(card: dict) -> list[str]:
    data, sentences = card.get("data"), []
    if isinstance(data, dict) and isinstance(data.get("name"), str):
        split = data.get("split")
        images = split.get("train") if isinstance(split, dict) else None
        count = f"{images:,} images of " if _is_count(images) else ""
        sentences.append(f"It was trained on {count}{DATA.get(data['name'], data['name'])}.")
    seconds, epochs = card.get("training_seconds"), card.get("epochs_trained")
    if isinstance(seconds, int | float) and seconds > 0:
        within = f" for {epochs} epoch{'s' * (epochs != 1)}" if _is_count(epochs) else ""
        sentences.append(f"Training took {_duration(seconds)}{within}.")
    return sentences


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value > 0


def _duration(seconds: float) -> str:
    """Such as "24 minutes" or "6 seconds"."""
    amount, unit = (seconds / 60, "minute") if seconds >= 90 else (seconds, "second")
    return f"{amount:.0f} {unit}{'s' * (round(amount) != 1)}"
