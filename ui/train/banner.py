"""The end of a run: how well the network reads, large, and what to do with it now."""

from pathlib import Path

import streamlit as st

from digitcore.networks import registry
from digitcore.runs.run import Run
from digitcore.runs.state import State
from digitcore.training.more_epochs import MORE_EPOCHS, restarts_rate
from ui.shared.durations import in_words
from ui.shared.glossary import explain
from ui.shared.titles import title_of
from ui.train.actions import train_again, train_longer

PAGES = Path(__file__).resolve().parents[2] / "pages"
#: Button -> icon and page. The model is chosen there: "model" is the session key of the model picker, "first" is in the address
#: of Compare.
NEXT = {
    "Try it": (":material/draw:", "recognise.py"),
    "Look inside": (":material/layers:", "layers.py"),
    "Compare": (":material/compare_arrows:", "compare.py"),
}


def show_banner(run: Run, state: State) -> None:
    """The result of a finished run, and buttons for what comes next."""
    metrics, name = state.metrics, run.config.name
    is_there = registry.exists(name) and registry.is_saved_by(name, run.id)
    with st.container(border=True, key="train_banner"):
        st.header(
            f"**{metrics['test_accuracy']:.2%}** of {metrics['test_images']:,} test images right",
            anchor=False,
            help=explain("accuracy", "test images"),
        )
        ready = "is ready to use on every page" if is_there else "was deleted"
        if run.config.continued_from and state.best_epoch and state.best_epoch <= run.config.epochs - MORE_EPOCHS:
            st.write("No later epoch was better on the validation images, so this is the network of the run that it continues.")
        st.write(f"Trained for {in_words(state.training_seconds)}. The model **{title_of(name)}** {ready}.")
        with st.container(horizontal=True):
            for label, (icon, page) in NEXT.items():
                kind = "primary" if label == "Try it" else "secondary"
                if st.button(label, icon=icon, type=kind, disabled=not is_there, key=f"train_next_{page}"):
                    st.session_state["model"] = name
                    st.switch_page(PAGES / page, query_params={"first": name} if page == "compare.py" else None)
            st.button("Train again", icon=":material/replay:", on_click=train_again, args=(run,))
            if run.can_continue:
                st.button(
                    f"{MORE_EPOCHS} more epochs",
                    icon=":material/fast_forward:",
                    on_click=train_longer,
                    args=(run,),
                    help=_how(run),
                )


def _how(run: Run) -> str:
    """How the training would continue."""
    start = "Continues where this run ended, as a new run with a model of its own; this one stays."
    if not restarts_rate(run.config):
        return start
    lower = "the same rate as this run" if run.config.continued_from else "a tenth of the highest rate of this run"
    return f"{start} The learning rate has fallen to nearly zero, so it starts again at {lower} and falls once more."
