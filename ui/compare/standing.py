"""How the models of a comparison stand: how many images each reads right, and which are told apart from the best."""

from dataclasses import dataclass

import streamlit as st

from ui.compare.results import Results


@dataclass(frozen=True, kw_only=True)
class Standing:
    """How the evaluated models stand on a labelled set.

    Attributes:
        right: model -> number of images that it reads right; the most accurate model first.
        count: the number of labelled images.
        corrected: model other than the best -> p-value of the test against the best, with Holm's correction.
        alike: the models that are not told apart from the best, without the best itself.
    """

    right: dict[str, int]
    count: int
    corrected: dict[str, float]
    alike: tuple[str, ...]

    @property
    def leading(self) -> set[str]:
        """The best model and those that are not told apart from it."""
        return {next(iter(self.right)), *self.alike}


def standing_of(results: Results) -> Standing:
    """The standing of the evaluated models; the images must have labels.

    Raises:
        DataError: a stored evaluation is damaged.
    """
    return _standing(results.key, results)


@st.cache_resource(max_entries=20, show_spinner=False)
def _standing(key: str, _results: Results) -> Standing:
    from digitcore.evaluation.significance import compare_with_best

    comparison = compare_with_best([*_results.evaluations.values()])
    metrics = {name: _results.evaluations[name].metrics for name in (comparison.best, *comparison.others)}
    return Standing(
        right={name: round(each.accuracy * each.count) for name, each in metrics.items()},
        count=metrics[comparison.best].count,
        corrected=dict(comparison.corrected),
        alike=tuple(name for name in comparison.others if not comparison.told_apart(name)),
    )
