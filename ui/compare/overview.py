"""Which model is better: a sentence, a figure against size or speed, and all figures in a table."""

from typing import TYPE_CHECKING

import streamlit as st

from ui.compare.about import show_about
from ui.compare.headline import headline, listed
from ui.compare.latency import known_latencies, measure_button, show_where_measured
from ui.compare.pairs import show_pairs
from ui.compare.results import NO_LABELS, Results
from ui.compare.standing import Standing, standing_of
from ui.compare.table import show_table
from ui.shared.glossary import explain
from ui.shared.titles import titles_of

if TYPE_CHECKING:
    from digitcore.evaluation.latency import Latency

SIZE, SPEED = "Size", "Speed"


def show_overview(results: Results) -> None:
    """The best model in a sentence, all models in a figure; folded: all figures, all pairs; and one model in detail."""
    titles = titles_of([*results.entries])
    latencies = known_latencies(results)
    if results.is_labelled:
        standing = standing_of(results)
        st.markdown(f"#### {_sentence(results, standing, titles)}", anchors=False)
        _show_figure(results, standing, titles, latencies)
    else:
        st.info(NO_LABELS)
    with st.expander("All figures"):
        show_table(results, titles, latencies)
        show_where_measured(results, latencies)
        measure_button(results, latencies, key="compare_measure_all")
    show_pairs(results, titles)
    show_about(results, titles)


def _sentence(results: Results, standing: Standing, titles: dict[str, str]) -> str:
    return headline(
        {titles[name]: right for name, right in standing.right.items()},
        standing.count,
        alike=[titles[name] for name in standing.alike],
        sizes={titles[name]: size for name in standing.right if (size := parameters(results, name))},
    )


def _show_figure(results: Results, standing: Standing, titles: dict[str, str], latencies: "dict[str, Latency]") -> None:
    axis = st.segmented_control(
        "Against", [SIZE, SPEED], default=SIZE, required=True, key="compare_axis", label_visibility="collapsed"
    )
    if axis == SPEED:
        measure_button(results, latencies, key="compare_measure_speed")
        values = {name: latency.one_ms for name, latency in latencies.items()}
        title = "milliseconds for one image (logarithmic)"
    else:
        values = {name: size for name in standing.right if (size := parameters(results, name))}
        title = "parameters (logarithmic)"
    if not values:
        st.info("No speed is known yet." if axis == SPEED else "No model's card says how large the model is.")
        return
    figure = _figure((results.key, axis, tuple(values.items())), results, standing, titles, values, title)
    st.plotly_chart(figure, key="compare_accuracy", config={"displayModeBar": False}, alt=_described(standing, titles))
    st.caption(
        f"n = {standing.count:,} labelled images of {results.data.name}. {_legend(results, standing, values)}",
        help=explain("accuracy", "interval", "parameters"),
    )


def _legend(results: Results, standing: Standing, values: dict[str, float]) -> str:
    legend = "Bars: 95 % intervals."
    if len(standing.leading) < len(standing.right):
        legend += " Blue: the best model, and those that the images do not tell apart from it."
    if missing := len(results.evaluations) - len(values):
        legend += f" Not in the figure, because the value is not known: {missing}."
    return legend


def _described(standing: Standing, titles: dict[str, str]) -> str:
    best = [titles[name] for name, right in standing.right.items() if right == max(standing.right.values())]
    return f"Accuracy of {len(standing.right)} models with 95 % intervals; the highest is that of {listed(best)}."


@st.cache_resource(max_entries=20, show_spinner=False)
def _figure(
    key: tuple,
    _results: Results,
    _standing: Standing,
    _titles: dict[str, str],
    _values: dict[str, float],
    _title: str,
) -> object:
    from digitcore.figures.accuracy import ModelPoint, accuracy_chart

    points = []
    for name in (name for name in _standing.right if name in _values):
        interval = _results.evaluations[name].intervals["accuracy"]
        details = (
            f"{_standing.right[name]:,} of {_standing.count:,} right, {interval.value:.2%}",
            f"95 % interval: {interval.low:.2%} to {interval.high:.2%}",
            f"{_title.partition(' (')[0]}: {_values[name]:,.4g}" if _values[name] < 1000 else f"parameters: {_values[name]:,}",
        )
        points.append(
            ModelPoint(
                title=_titles[name],
                x=_values[name],
                accuracy=interval,
                is_leading=name in _standing.leading,
                details=details,
            )
        )
    return accuracy_chart(points, x_title=_title)


def parameters(results: Results, name: str) -> int | None:
    """A model's number of parameters, as its card says; None if it does not."""
    value = results.entries[name].card.get("parameters")
    return value if isinstance(value, int) and value > 0 else None
