"""How the models' accuracy falls as images are distorted: measured on request, in the background."""

from typing import TYPE_CHECKING

import pandas as pd
import streamlit as st

from digitcore.evaluation.corruptions import CORRUPTIONS
from ui.compare.curves import NO_LABELS, PLAIN
from ui.compare.results import POLL_SECONDS, Results, choose_models

if TYPE_CHECKING:
    from digitcore.evaluation.robustness import Robustness
    from server.evaluator import Evaluator


def show_robustness(results: Results) -> None:
    """A table of the mean accuracy under each distortion, and a curve over the strengths of one."""
    if not results.is_labelled:
        st.info(NO_LABELS)
        return
    from digitcore.evaluation import robustness

    models = choose_models(results)
    found = {name: robustness.stored(results.entries[name], results.data) for name in models}
    missing = [name for name, result in found.items() if result is None]
    found = {name: result for name, result in found.items() if result is not None}
    if missing:
        _offer(results, missing)
    if not found:
        return
    _show_table(found)
    distortion = st.pills("Distortion", list(CORRUPTIONS), default="noise", required=True, key="curve_of", wrap=True)
    _show_curve(found, distortion)


@st.cache_resource
def _evaluator() -> "Evaluator":
    from digitcore.evaluation.robustness import robustness
    from server.evaluator import Evaluator

    return Evaluator(robustness)


def _offer(results: Results, missing: list[str]) -> None:
    """A button that has the missing ones measured; a bar meanwhile."""
    for name, error in _evaluator().errors(results.data).items():
        if name in missing:
            st.warning(error, icon=":material/broken_image:")
            missing = [other for other in missing if other != name]
    if any(name in _evaluator().progress(results.data) for name in missing):
        st.fragment(_wait, run_every=POLL_SECONDS)(results, missing)
    elif missing:
        steps = sum(len(distortion.amounts) for distortion in CORRUPTIONS.values())
        st.button(
            f"Measure {', '.join(missing)}",
            type="primary",
            icon=":material/play_arrow:",
            on_click=_evaluator().ask,
            args=(missing, results.data),
        )
        st.caption(f"Each model reads up to 2,000 images {steps} times. That takes seconds to minutes.")


def _wait(results: Results, missing: list[str]) -> None:
    shares = _evaluator().progress(results.data)
    left = [name for name in shares if name in missing]
    if not left:
        st.rerun()
    done = 1 - sum(1 - shares[name] for name in left) / len(missing)
    st.progress(done, text=f"Distorting and reading, now {left[0]}")


def _show_table(found: "dict[str, Robustness]") -> None:
    rows = [
        {"model": name, "undistorted": each.clean, "mean of all": each.overall, **each.mean} for name, each in found.items()
    ]
    percent = {key: st.column_config.NumberColumn(format="percent") for key in rows[0] if key != "model"}
    table = pd.DataFrame(rows).sort_values("mean of all", ascending=False)
    columns = {"model": st.column_config.TextColumn(pinned=True), **percent}
    st.dataframe(table, hide_index=True, height="content", column_config=columns, key="robustness_table")
    count = next(iter(found.values())).count
    best = table.iloc[0]
    st.caption(f"Accuracy on {count:,} images, the mean over the strengths. **{best['model']}** keeps most: "
               f"{best['mean of all']:.1%} on average.")  # fmt: skip


def _show_curve(found: "dict[str, Robustness]", name: str) -> None:
    from digitcore.figures.comparison import robustness_chart

    distortion = CORRUPTIONS[name]
    amounts = sorted([*distortion.amounts, distortion.unchanged])
    curves = {}
    for model, result in found.items():
        at = dict(zip(distortion.amounts, result.accuracy[name], strict=True)) | {distortion.unchanged: result.clean}
        curves[model] = [at[amount] for amount in amounts]
    falls = distortion.unchanged == amounts[-1]
    st.plotly_chart(
        robustness_chart(amounts, curves, title=distortion.unit, reverse=falls), key="robustness_chart", config=PLAIN
    )
    hardest = amounts[0] if falls else amounts[-1]
    end = ", ".join(f"{model} {values[0 if falls else -1]:.1%}" for model, values in curves.items())
    st.caption(
        f"{name.capitalize()}: {distortion.caption}; {distortion.unchanged:g} changes nothing. Right at {hardest:g}: {end}."
    )
