"""What the page of a run shows: its status, buttons, events, curves and epochs."""

import streamlit as st

from digitcore.errors import DigitcoreError, RunError
from digitcore.jobs.queue import resume_run
from digitcore.runs.registry import is_training, queued_runs
from digitcore.runs.run import Run
from digitcore.runs.state import State, Status
from ui.train.epoch_scrubber import show_epoch_scrubber

COLOURS = {
    Status.QUEUED: "gray",
    Status.RUNNING: "blue",
    Status.FINISHED: "green",
    Status.FAILED: "red",
    Status.CANCELLED: "gray",
    Status.INTERRUPTED: "orange",
}


def show_run(run: Run, state: State, dispatcher_problem: str | None = None) -> None:
    """Draw everything about a run.

    Args:
        run: the run to show.
        state: its state.
        dispatcher_problem: why no queued run starts, in a sentence; None if all is well.

    Raises:
        RunError: the run's settings are damaged.
    """
    with st.container(horizontal=True, vertical_alignment="center", key="train_status"):
        st.badge(state.status, color=COLOURS[state.status])
        _show_status(run, state, dispatcher_problem)
    if state.status == Status.RUNNING:
        _show_progress(run, state)
    _show_buttons(run, state)
    for epoch, sentence in state.events:
        st.caption(f"Epoch {epoch}: {sentence}" if epoch else sentence)
    left, right = st.columns([6, 5], gap="large")
    with left:
        _show_curves(run, state)
    with right:
        if run.epochs_kept():
            show_epoch_scrubber(run, live=state.is_active)


def _show_status(run: Run, state: State, dispatcher_problem: str | None) -> None:
    if state.status == Status.QUEUED:
        _show_place_in_queue(run, dispatcher_problem)
    elif state.status == Status.RUNNING:
        st.write(state.doing.capitalize())
    elif state.status == Status.FINISHED and state.metrics:
        metrics = state.metrics
        st.write(
            f"**{metrics['test_accuracy']:.2%}** of {metrics['test_images']:,} test images right, "
            f"after {state.training_seconds:,.0f} s of training. The model **{run.config.name}** is ready to use."
        )
    elif state.status == Status.FAILED:
        st.error(state.error)
    elif state.status == Status.INTERRUPTED:
        st.write("The training process ended unexpectedly. The run can be resumed after its last finished epoch.")
    elif state.status == Status.CANCELLED:
        st.write("The run was cancelled; its networks are discarded.")


def _show_place_in_queue(run: Run, dispatcher_problem: str | None) -> None:
    if dispatcher_problem:
        st.error(dispatcher_problem)
        return
    waiting = [queued.id for queued in queued_runs()]
    place = waiting.index(run.id) + 1 if run.id in waiting else 1
    st.write("Starts in a moment." if place == 1 and not is_training() else f"Number {place} in the queue.")


def _show_progress(run: Run, state: State) -> None:
    epochs = run.config.epochs
    if state.doing.startswith("measuring"):
        st.progress(1.0, text=f"{state.epoch} of {epochs} epochs trained")
        return
    share = (state.epoch + state.batch / max(1, state.batches)) / epochs if state.epoch < epochs else 1.0
    parts = [f"epoch {min(state.epoch + 1, epochs)} of {epochs}"]
    if state.images_per_second:
        parts.append(f"{state.images_per_second:,.0f} images/s")
    if state.seconds_left is not None:
        parts.append(f"{in_words(state.seconds_left)} left")
    st.progress(min(1.0, share), text=" · ".join(parts))


def _show_buttons(run: Run, state: State) -> None:
    with st.container(horizontal=True):
        if state.is_active:
            is_ending = run.is_requested("stop") or run.is_requested("cancel")
            if state.status == Status.RUNNING:
                st.button(
                    "Stop",
                    icon=":material/stop:",
                    on_click=_request,
                    args=(run, "stop"),
                    disabled=is_ending,
                    help="End now and keep the best network so far.",
                )
            with st.popover("Cancel", icon=":material/delete:", disabled=is_ending, help="End now and discard all networks."):
                st.write("End the run and discard its networks?")
                st.button("Yes, discard", type="primary", on_click=_request, args=(run, "cancel"), disabled=is_ending)
        elif run.can_resume:
            st.button("Resume", icon=":material/play_arrow:", type="primary", on_click=_resume, args=(run,))


def _request(run: Run, request: str) -> None:
    try:
        run.request(request)
    except RunError as error:
        st.toast(str(error), icon=":material/error:")


def _resume(run: Run) -> None:
    try:
        resume_run(run)
    except DigitcoreError as error:
        st.toast(str(error), icon=":material/error:")


def _show_curves(run: Run, state: State) -> None:
    history, progress = run.history(), run.progress()
    if not progress:
        st.caption("The curves will appear here." if state.is_active else "The run ended before there was a curve to draw.")
        return
    from digitcore.figures.training import training_chart

    chart = training_chart(history, progress, epochs=run.config.epochs, best_epoch=state.best_epoch)
    st.plotly_chart(chart, key="train_chart", config={"displayModeBar": False})
    if state.best_epoch and state.best_epoch <= len(history):
        best = history[state.best_epoch - 1]
        st.caption(f"Best epoch {best['epoch']}: validation loss {best['val_loss']:.4f}, accuracy {best['val_accuracy']:.2%}.")


def in_words(seconds: float) -> str:
    """A duration in words.

    Example:
        >>> in_words(90)
        '1 min 30 s'
    """
    minutes, seconds = divmod(round(seconds), 60)
    if minutes >= 60:
        return f"{minutes // 60} h {minutes % 60} min"
    return f"{minutes} min {seconds} s" if minutes else f"{seconds} s"
