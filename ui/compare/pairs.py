"""Every pair of the most accurate models: which of them the images tell apart."""

import pandas as pd
import streamlit as st

from ui.compare.results import Results, by_accuracy
from ui.shared.detail import shows_everything

#: More columns are hard to read, and each further pair makes every test stricter.
MAX_MODELS = 8


def show_pairs(results: Results, titles: dict[str, str]) -> None:
    """The p-values of all pairs, in a part of the page that is initially closed; only where everything is shown."""
    names = by_accuracy(results)[:MAX_MODELS]
    if not shows_everything() or not results.is_labelled or len(names) < 3:  # two models are compared in the table already
        return
    with st.expander("Every pair of models"):
        table, pairs = _pairs(results.key, tuple(names), results)
        shown = table.replace({"model": titles}).rename(columns=titles)
        st.dataframe(shown, hide_index=True, height="content", key="compare_pairs")
        st.caption(
            f"n = {results.count:,}. p-values of McNemar's exact test with Holm's correction for {pairs} pairs: below 0.05, "
            "the images tell the two models apart. These are more tests than against the best alone, so each is stricter."
        )


@st.cache_data(max_entries=20, show_spinner=False)
def _pairs(key: str, names: tuple[str, ...], _results: Results) -> tuple[pd.DataFrame, int]:
    from digitcore.evaluation.significance import compare_models

    comparison = compare_models([_results.evaluations[name] for name in names])
    table = pd.DataFrame({"model": comparison.models})
    for other in comparison.models:
        table[other] = ["" if name == other else f"{comparison.p(name, other):.2g}" for name in comparison.models]
    return table, len(comparison.tests)
