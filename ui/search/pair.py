"""Two trials side by side: which settings differ, and what that did."""

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from digitcore.figures.search import value_in_words as result_in_words
from digitcore.search.records import TrialRecord
from digitcore.search.study import Study
from ui.search.words import parameter_title, value_in_words

PLAIN = {"displayModeBar": False}


def show_pair(study: Study, pair: Sequence[TrialRecord]) -> None:
    """What differs in a sentence and a table, and both curves in one figure."""
    first, second = pair
    st.markdown(f"#### Trial {first.number} and trial {second.number}", anchors=False)
    st.write(what_changed(first, second, study.config.objective))
    table = pd.DataFrame(
        [
            {
                "setting": parameter_title(name),
                f"trial {first.number}": _shown(name, first),
                f"trial {second.number}": _shown(name, second),
                "": "differs" if first.params.get(name) != second.params.get(name) else "same",
            }
            for name in study.config.space
        ]
    )
    st.table(table.set_index("setting"))
    curves = {f"trial {record.number}": record.curve for record in pair if record.curve}
    if curves:
        from digitcore.figures.training import runs_chart

        st.plotly_chart(runs_chart(curves), key="search_pair_chart", config=PLAIN)
    else:
        st.caption("Neither trial came to the end of an epoch, so there is no curve.")


def differing(first: TrialRecord, second: TrialRecord) -> list[str]:
    """The parameters that the two trials do not share, in the order of the first one."""
    names = dict.fromkeys([*first.params, *second.params])
    return [name for name in names if first.params.get(name) != second.params.get(name)]


def what_changed(first: TrialRecord, second: TrialRecord, objective: str) -> str:
    """The difference between two trials in sentences, such as "Only the learning rate differs"."""
    names = differing(first, second)
    titles = [parameter_title(name).lower() for name in names]
    if not names:
        settings = "Both trials have the same settings, so what differs is chance."
    elif len(names) == 1:
        change = f"{_shown(names[0], first)} became {_shown(names[0], second)}"
        settings = f"Only one setting differs, so it made the difference, or chance did: {titles[0]}, {change}."
    else:
        settings = f"{len(names)} settings differ, so no single one explains the result: {', '.join(titles)}."
    return f"{settings} {_results(first, second, objective)}"


def _results(first: TrialRecord, second: TrialRecord, objective: str) -> str:
    what = "validation loss" if objective == "loss" else "validation accuracy"
    without = [record for record in (first, second) if record.state != "complete" or record.value is None]
    if without:
        record = without[0]
        return f"Trial {record.number} is {record.state} and has no result{': ' + record.reason if record.reason else '.'}"
    values = f"{result_in_words(first.value, objective)} and {result_in_words(second.value, objective)}"
    if first.value == second.value:
        return f"Both have the same {what}, {result_in_words(first.value, objective)}."
    is_second = (second.value < first.value) == (objective == "loss")
    return f"Their {what} is {values}: trial {(second if is_second else first).number} is better."


def _shown(name: str, record: TrialRecord) -> str:
    return value_in_words(name, record.params[name]) if name in record.params else "not set"
