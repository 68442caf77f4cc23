"""Live panels of a training run: they poll its folder, so that they work in every tab, and after a reload."""

import streamlit as st

from digitcore.errors import RunError
from digitcore.runs.registry import list_runs, queued_runs
from digitcore.runs.run import Run
from digitcore.runs.state import State, Status
from ui.train.epoch_scrubber import show_looking_back

POLL_SECONDS = 1.0
COLOURS = {
    Status.QUEUED: "gray",
    Status.RUNNING: "blue",
    Status.FINISHED: "green",
    Status.FAILED: "red",
    Status.CANCELLED: "gray",
    Status.INTERRUPTED: "orange",
}


def watch(run: Run) -> None:
    """Everything about a run; while it waits or runs, drawn anew every second."""
    live = run.state().is_active
    st.fragment(_panel, run_every=POLL_SECONDS if live else None)(run, live)


def _panel(run: Run, live: bool) -> None:
    state = run.state()
    if state.is_active != live:
        st.rerun()  # the page as a whole: the pickers have a new model, and polling begins or ends
    try:
        _show(run, state)
    except RunError as error:
        st.error(str(error))  # its settings are damaged


def _show(run: Run, state: State) -> None:
    with st.container(horizontal=True, vertical_alignment="center", key="run_status"):
        st.badge(state.status, color=COLOURS[state.status])
        _say_how_it_is(run, state)
    if state.status == Status.RUNNING:
        _show_progress(run, state)
    _show_buttons(run, state)
    for epoch, sentence in state.events:
        st.caption(f"Epoch {epoch}: {sentence}")
    left, right = st.columns([6, 5], gap="large")
    with left:
        _show_curves(run, state)
    with right:
        if run.epochs_kept():
            show_looking_back(run, live=state.is_active)


def _say_how_it_is(run: Run, state: State) -> None:
    if state.status == Status.QUEUED:
        waiting = [queued.id for queued in queued_runs()]
        position = waiting.index(run.id) + 1 if run.id in waiting else 1
        st.write("Starts in a moment." if position == 1 and not _something_runs() else f"Number {position} in the queue.")
    elif state.status == Status.RUNNING:
        st.write(state.doing.capitalize())
    elif state.status == Status.FINISHED and state.metrics:
        metrics = state.metrics
        st.write(
            f"**{metrics['test_accuracy']:.2%}** of {metrics['test_images']:,} test images right, "
            f"after {state.training_seconds:,.0f} s of training. The model **{run.config.name}** is in every picker."
        )
    elif state.status == Status.FAILED:
        st.error(state.error)
    elif state.status == Status.INTERRUPTED:
        st.write("Its process has ended without a word. It can go on after its last finished epoch.")
    elif state.status == Status.CANCELLED:
        st.write("Its networks are discarded.")


def _something_runs() -> bool:
    return any(run.state().status == Status.RUNNING for run in list_runs())


def _show_progress(run: Run, state: State) -> None:
    epochs = run.config.epochs
    if state.doing.startswith("measuring"):
        st.progress(1.0, text=f"{state.epoch} of {epochs} epochs trained")
        return
    share = (state.epoch + state.batch / max(1, state.batches)) / epochs if state.epoch < epochs else 1.0
    about = [f"epoch {min(state.epoch + 1, epochs)} of {epochs}"]
    if state.images_per_second:
        about.append(f"{state.images_per_second:,.0f} images/s")
    if state.seconds_left is not None:
        about.append(f"{in_words(state.seconds_left)} left")
    st.progress(min(1.0, share), text=" · ".join(about))


def _show_buttons(run: Run, state: State) -> None:
    with st.container(horizontal=True):
        if state.is_active:
            asked = run.is_requested("stop") or run.is_requested("cancel")
            if state.status == Status.RUNNING:
                st.button(
                    "Stop",
                    icon=":material/stop:",
                    on_click=run.request,
                    args=("stop",),
                    disabled=asked,
                    help="End now and keep the best network so far.",
                )
            with st.popover("Cancel", icon=":material/delete:", disabled=asked, help="End now and discard its networks."):
                st.write("End the run and discard its networks?")
                st.button("Yes, discard", type="primary", on_click=run.request, args=("cancel",), disabled=asked)
        elif run.can_resume:
            st.button("Resume", icon=":material/play_arrow:", type="primary", on_click=_resume, args=(run,))


def _resume(run: Run) -> None:
    try:
        run.resume()
    except RunError as error:
        st.toast(str(error), icon=":material/error:")


def _show_curves(run: Run, state: State) -> None:
    history, progress = run.history(), run.progress()
    if not progress:
        st.caption("The curves appear here." if state.is_active else "It ended before there was a curve to draw.")
        return
    from digitcore.figures.training import training_chart

    chart = training_chart(history, progress, epochs=run.config.epochs, best_epoch=state.best_epoch)
    st.plotly_chart(chart, key="training_chart", config={"displayModeBar": False})
    if state.best_epoch and state.best_epoch <= len(history):
        best = history[state.best_epoch - 1]
        st.caption(f"Best epoch {best['epoch']}: validation loss {best['val_loss']:.4f}, accuracy {best['val_accuracy']:.2%}.")


def in_words(seconds: float) -> str:
    """A duration as people say it.

    Example:
        >>> in_words(90)
        '1 min 30 s'
    """
    minutes, rest = divmod(round(seconds), 60)
    if minutes >= 60:
        return f"{minutes // 60} h {minutes % 60} min"
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"
