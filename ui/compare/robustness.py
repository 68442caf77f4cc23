"""How the models' accuracy falls as images are corrupted: measured on request, in the background."""

from typing import TYPE_CHECKING

import pandas as pd
import streamlit as st

from digitcore.evaluation.corruptions import CORRUPTIONS
from server.services import services
from ui.compare.choices import choose_models
from ui.compare.curves import PLAIN
from ui.compare.headline import listed
from ui.compare.results import NO_LABELS, POLL_SECONDS, Results
from ui.shared.glossary import explain
from ui.shared.titles import title_of

if TYPE_CHECKING:
    from digitcore.evaluation.robustness import Robustness
    from server.evaluator import Evaluator


def show_robustness(results: Results) -> None:
    """A table of the mean accuracy under each corruption, and a curve over the amounts of one."""
    if not results.is_labelled:
        st.info(NO_LABELS)
        return
    from digitcore.evaluation import robustness

    models = choose_models(results)
    stored = {name: robustness.stored(results.entries[name], results.data) for name in models}
    missing = [name for name, result in stored.items() if result is None]
    measured = {name: result for name, result in stored.items() if result is not None}
    st.markdown("**How much accuracy is left when the images are distorted?**", help=explain("robustness", "distortion"))
    if missing:
        _offer(results, missing, models)
    if not measured:
        return
    measured = {models[name]: result for name, result in measured.items()}
    _show_table(measured)
    corruption = st.pills("Distortion", list(CORRUPTIONS), default="noise", required=True, key="compare_corruption", wrap=True)
    _show_curve(measured, corruption if corruption in CORRUPTIONS else "noise")


def _evaluator() -> "Evaluator":
    return services().robustness_evaluator


def _offer(results: Results, missing: list[str], titles: dict[str, str]) -> None:
    """A button that starts the missing measurements, and a progress bar while they run."""
    errors = _evaluator().errors(results.data)
    for name in missing:
        if name in errors:
            st.warning(f"The model **{name}** could not be measured: {errors[name]}", icon=":material/broken_image:")
    if any(name in _evaluator().progress(results.data) for name in missing):
        st.fragment(_wait, run_every=POLL_SECONDS)(results, missing)
    elif missing:
        passes = sum(len(corruption.amounts) for corruption in CORRUPTIONS.values())
        st.button(
            f"Measure {', '.join(titles[name] for name in missing)}",
            type="primary",
            icon=":material/play_arrow:",
            key="compare_measure",
            on_click=_evaluator().retry,
            args=(missing, results.data),
        )
        st.caption(f"Each model reads {passes} distorted versions of up to 2,000 images, which takes seconds to minutes.")


def _wait(results: Results, missing: list[str]) -> None:
    shares = _evaluator().progress(results.data)
    left = [name for name in shares if name in missing]
    if not left:
        st.rerun()
    done = 1 - sum(1 - shares[name] for name in left) / len(missing)
    st.progress(done, text=f"Measuring {title_of(left[0])} on distorted images")


def _show_table(measured: "dict[str, Robustness]") -> None:
    rows = [
        {"model": name, "not distorted": each.clean, "mean of all": each.overall, **each.mean}
        for name, each in measured.items()
    ]
    percent = {key: st.column_config.NumberColumn(format="percent") for key in rows[0] if key != "model"}
    table = pd.DataFrame(rows).sort_values("mean of all", ascending=False)
    columns = {"model": st.column_config.TextColumn(pinned=True), **percent}
    st.dataframe(table, hide_index=True, height="content", column_config=columns, key="compare_robustness_table")
    count = next(iter(measured.values())).count
    highest = table["mean of all"].max()
    best = [*table["model"][table["mean of all"] == highest]]
    st.caption(
        f"n = {count:,}. Accuracy, the mean over all strengths of a distortion. {listed(best, bold=True)} "
        f"{'has' if len(best) == 1 else 'have'} the highest mean of all, {highest:.1%}."
    )


def _show_curve(measured: "dict[str, Robustness]", name: str) -> None:
    from digitcore.figures.comparison import robustness_chart

    corruption = CORRUPTIONS[name]
    amounts = sorted([*corruption.amounts, corruption.unchanged])
    curves = {}
    for model, result in measured.items():
        at = dict(zip(corruption.amounts, result.accuracy[name], strict=True)) | {corruption.unchanged: result.clean}
        curves[model] = [at[amount] for amount in amounts]
    falls = corruption.unchanged == amounts[-1]
    st.plotly_chart(
        robustness_chart(amounts, curves, title=corruption.unit, reverse=falls),
        key="compare_robustness_chart",
        config=PLAIN,
        alt=f"Accuracy against the strength of {name}",
    )
    count = next(iter(measured.values())).count
    hardest = amounts[0] if falls else amounts[-1]
    end = ", ".join(f"{model} {values[0 if falls else -1]:.1%}" for model, values in curves.items())
    st.caption(
        f"n = {count:,}. {name.capitalize()}: {corruption.caption}; {corruption.unchanged:g} changes nothing. "
        f"Accuracy at {hardest:g}: {end}."
    )
