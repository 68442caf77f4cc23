"""How a search goes: its status, how far it is, the best trial so far, and the buttons."""

from collections import Counter
from collections.abc import Sequence

import streamlit as st

from digitcore.errors import DigitcoreError
from digitcore.figures.search import value_in_words
from digitcore.jobs.full_training import train_fully
from digitcore.search.config import MAX_TRIALS
from digitcore.search.records import TrialRecord
from digitcore.search.study import Request, Study, StudyStatus
from server.services import services
from ui.search.actions import begin, pause, stop
from ui.search.models import TRAIN_PAGE
from ui.search.words import BADGES, BEST, settings_in_words
from ui.shared.durations import roughly
from ui.shared.glossary import explain
from ui.shared.settings import in_page_words

#: Status -> what it means for somebody who sees it for the first time.
SENTENCES = {
    StudyStatus.READY: "This search was made but never started.",
    StudyStatus.WAITING: "The next trial begins in a moment.",
    StudyStatus.PAUSED: "No new trial begins until you continue; a trial that runs is trained to its end.",
    StudyStatus.STOPPED: "The search was ended, or its time is up. It can be continued.",
    StudyStatus.FINISHED: "All trials are done. With more trials, the search can be continued.",
}


def show_status(study: Study, records: Sequence[TrialRecord]) -> None:
    """The status, and how many trials are done."""
    status, counts = study.status, Counter(record.state for record in records)
    ended = sum(record.is_done for record in records)
    total = max(study.budget, ended)
    with st.container(horizontal=True, vertical_alignment="center", key="search_status"):
        is_between = status == StudyStatus.WAITING and ended
        word, colour = BADGES[StudyStatus.RUNNING if is_between else status]
        st.badge(word, color=colour)
        if status in SENTENCES:
            st.write(SENTENCES[status])
    if study.request == Request.RUN and (problem := services().search_dispatcher.problem(study.name)):
        st.error(problem)
    parts = [f"{ended:,} of {total:,} trials done"]
    parts += [f"{counts[state]:,} {state}" for state in ("running", "pruned", "failed") if counts[state]]
    if status == StudyStatus.RUNNING and (left := study.seconds_left(records)) is not None:
        parts.append(f"{roughly(left)} left")
    st.progress(min(1.0, ended / total), text=" · ".join(parts))


def show_best(study: Study, records: Sequence[TrialRecord]) -> None:
    """The best value so far, large, with its settings."""
    best = study.best(records)
    if best is None:
        st.caption("The best trial will stand here as soon as one is complete.", help=explain("trial"))
        return
    objective = study.config.objective
    with st.container(border=True, key="search_best"):
        st.header(
            f"**{value_in_words(best.value, objective)}** {BEST[objective]} so far",
            anchor=False,
            help=explain("trial", "validation images"),
        )
        st.write(f"Trial {best.number}: {settings_in_words(best.params)}")
        if objective == "accuracy_and_parameters":
            st.caption(f"{len(study.pareto(records))} trials are on the Pareto front.", help=explain("Pareto front"))
        _show_train_fully(study, best)


def _show_train_fully(study: Study, best: TrialRecord) -> None:
    if st.button(
        "Train the best one fully",
        icon=":material/model_training:",
        type="primary" if study.status in (StudyStatus.FINISHED, StudyStatus.STOPPED) else "secondary",
        help="A normal training with these settings, all images and all epochs. The model also gets the file best_params.json.",
    ):
        try:
            run = train_fully(study, best.number)
        except DigitcoreError as error:
            st.error(f"The training cannot be started: {in_page_words(error)}")
        else:
            st.switch_page(TRAIN_PAGE, query_params={"view": "Watch", "run": run.id})


def show_buttons(study: Study, records: Sequence[TrialRecord]) -> None:
    """Pause and Stop while the study is active, otherwise Start or Continue."""
    with st.container(horizontal=True, vertical_alignment="bottom", key="search_buttons"):
        if study.status in (StudyStatus.WAITING, StudyStatus.RUNNING):
            st.button(
                "Pause",
                icon=":material/pause:",
                on_click=pause,
                args=(study,),
                help="The running trials are trained to their end; no other begins until you continue.",
            )
            st.button(
                "Stop", icon=":material/stop:", on_click=stop, args=(study,), help="End now. The search can be continued later."
            )
            return
        if study.status == StudyStatus.READY:
            st.button("Start", icon=":material/play_arrow:", type="primary", on_click=begin, args=(study,))
            return
        ended = sum(record.is_done for record in records)
        more = ended >= study.budget or study.status == StudyStatus.FINISHED
        trials = study.config.trials
        if more:
            trials = st.number_input(
                "Trials in all", min_value=1, max_value=MAX_TRIALS, value=min(MAX_TRIALS, ended + 20), step=5, width=160,
                key=f"search_more_{study.name}",
            )  # fmt: skip
        st.button(
            "Continue",
            icon=":material/play_arrow:",
            on_click=begin,
            args=(study, trials if more else None),
            disabled=more and trials <= ended,
        )
