"""What the page of a run shows: its status or its result, buttons, curves, a digit that is watched, and events."""

from datetime import datetime

import streamlit as st

from digitcore.runs.registry import is_training, queued_runs
from digitcore.runs.run import Run
from digitcore.runs.state import State, Status
from digitcore.training.notes import note_on_overfitting
from ui.shared.durations import roughly
from ui.shared.glossary import explain
from ui.train.actions import request, resume
from ui.train.banner import show_banner
from ui.train.run_names import run_name, visitor_zone
from ui.train.watched_digit import show_watched_digit

#: How each status is called, and its colour.
BADGES = {
    Status.QUEUED: ("waiting", "gray"),
    Status.RUNNING: ("training", "blue"),
    Status.FINISHED: ("finished", "green"),
    Status.FAILED: ("failed", "red"),
    Status.CANCELLED: ("cancelled", "gray"),
    Status.INTERRUPTED: ("interrupted", "orange"),
}
CHART_HEIGHT = 340
PLAIN = {"displayModeBar": False}


def show_run(run: Run, state: State, dispatcher_problem: str | None = None) -> None:
    """Draw everything about a run.

    Args:
        run: the run to show.
        state: its state.
        dispatcher_problem: why no queued run starts, in a sentence; None if all is well.

    Raises:
        RunError: the run's settings are damaged.
    """
    if run.config.continued_from:
        st.caption(f"Continues {run_name(run.config.continued_from, datetime.now(visitor_zone()))}.")
    if state.status == Status.FINISHED and state.metrics:
        show_banner(run, state)
    else:
        _show_status(run, state, dispatcher_problem)
        _show_buttons(run, state)
    _show_curves(run, state)
    _show_events(state)
    show_watched_digit(run, live=state.is_active)


def _show_status(run: Run, state: State, dispatcher_problem: str | None) -> None:
    with st.container(horizontal=True, vertical_alignment="center", key="train_status"):
        word, colour = BADGES[state.status]
        st.badge(word, color=colour)
        if state.status == Status.QUEUED and not dispatcher_problem:
            st.write(_place_in_queue(run))
        elif state.status == Status.RUNNING and state.doing != word:
            st.write(state.doing.capitalize())
        elif state.status == Status.INTERRUPTED:
            st.write("The training process ended unexpectedly. The run can be resumed after its last finished epoch.")
        elif state.status == Status.CANCELLED:
            st.write("The run was cancelled; its networks are discarded.")
    if state.status == Status.QUEUED and dispatcher_problem:
        st.error(dispatcher_problem)
    elif state.status == Status.FAILED:
        st.error(state.error)
    if state.is_active:
        share, text = _progress(state, run.config.epochs)
        st.progress(share, text=text)


def _place_in_queue(run: Run) -> str:
    waiting = [queued.id for queued in queued_runs()]
    place = waiting.index(run.id) + 1 if run.id in waiting else 1
    return "Starts in a moment." if place == 1 and not is_training() else f"Number {place} in the queue."


def _progress(state: State, epochs: int) -> tuple[float, str]:
    """The share that is done, and how far the training is, in words."""
    if state.status == Status.QUEUED:
        return 0.0, f"{epochs} epoch{'s' * (epochs != 1)}"
    if state.doing.startswith("measuring"):
        return 1.0, f"{state.epoch} of {epochs} epochs trained"
    done = min(state.epoch + state.batch / max(1, state.batches), epochs) if state.epoch < epochs else epochs
    parts = [f"epoch {min(state.epoch + 1, epochs)} of {epochs}"]
    if state.images_per_second:
        parts.append(f"{state.images_per_second:,.0f} images/s")
    if state.seconds_left is not None:
        parts.append(f"{roughly(state.seconds_left)} left")
    return done / epochs, " · ".join(parts)


def _show_buttons(run: Run, state: State) -> None:
    with st.container(horizontal=True):
        if state.is_active:
            is_ending = run.is_requested("stop") or run.is_requested("cancel")
            if state.status == Status.RUNNING:
                st.button(
                    "Stop",
                    icon=":material/stop:",
                    on_click=request,
                    args=(run, "stop"),
                    disabled=is_ending,
                    help="End now and keep the best network so far.",
                )
            with st.popover("Cancel", icon=":material/delete:", disabled=is_ending, help="End now and discard all networks."):
                st.write("End the run and discard its networks?")
                st.button("Yes, discard", type="primary", on_click=request, args=(run, "cancel"), disabled=is_ending)
        elif run.can_resume:
            st.button("Resume", icon=":material/play_arrow:", type="primary", on_click=resume, args=(run,))


def _show_curves(run: Run, state: State) -> None:
    """Loss and accuracy, large, and the learning rate, folded; while there is nothing to draw, their places."""
    curve, progress = run.curve(), run.progress()
    if not curve and not progress and not state.is_active:
        st.caption("The run ended before there was a curve to draw.")
        return
    epochs = run.config.epochs
    for column, quantity in zip(st.columns(2), ("accuracy", "loss"), strict=True):
        with column:
            st.markdown(f"**{quantity.capitalize()}**", help=explain(quantity, "training images", "validation images", "epoch"))
            if not curve and not progress:
                st.skeleton(height=CHART_HEIGHT)
                continue
            from digitcore.figures.training import curve_chart

            chart = curve_chart(quantity, curve, progress, epochs=epochs, best_epoch=state.best_epoch)
            st.plotly_chart(chart, key=f"train_{quantity}_chart", config=PLAIN)
    best = [row for row in curve if row["epoch"] and row["epoch"] == state.best_epoch]
    if best:
        st.caption(
            f"Best epoch {state.best_epoch}: of the validation images, {best[0]['val_accuracy']:.2%} right, "
            f"loss {best[0]['val_loss']:.4f}."
        )
    if sentence := note_on_overfitting(curve):
        st.caption(sentence, help=explain("overfitting"))
    with st.expander("Learning rate", icon=":material/show_chart:", key="train_learning_rate"):
        from digitcore.figures.training import learning_rate_chart

        rates = progress or run.history()
        st.caption("How large each change of the weights was.", help=explain("learning rate", "learning rate schedule"))
        st.plotly_chart(learning_rate_chart(rates, epochs=epochs), key="train_rate_chart", config=PLAIN)


def _show_events(state: State) -> None:
    if state.events:
        st.markdown("**What happened**")
    for epoch, sentence in state.events:
        st.caption(f"Epoch {epoch}: {sentence}" if epoch else sentence)
