"""Which models a set of images can tell apart: tests of whether their difference in accuracy could be chance.

A test that does not reject does not show that models are equal: they are *not told apart* by these images.
"""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import bdtr

from digitcore.errors import DataError

if TYPE_CHECKING:
    from digitcore.evaluation.store import Evaluation

#: Two models are told apart if the corrected p-value is below this level.
SIGNIFICANCE = 0.05


@dataclass(frozen=True, kw_only=True)
class McNemar:
    """Two models on the same images: how many only the first reads correctly, how many only the second; two-sided p-value."""

    only_a: int
    only_b: int
    p_value: float


@dataclass(frozen=True, kw_only=True)
class ComparisonWithBest:
    """The most accurate of k models, compared with each of the others on the same images.

    Attributes:
        best: its name; None without models.
        others: the names of the other models, the most accurate first.
        tests: other model -> the test of the best (``a``) against this model (``b``), not corrected.
        corrected: other model -> the p-value after Holm's correction for k - 1 tests.
    """

    best: str | None
    others: tuple[str, ...]
    tests: Mapping[str, McNemar] = field(repr=False)
    corrected: Mapping[str, float] = field(repr=False)

    def told_apart(self, model: str) -> bool:
        """Whether the images tell the best model and this other one apart."""
        return self.corrected[model] < SIGNIFICANCE


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """All pairs of k models on the same images.

    Attributes:
        models: names, the most accurate first.
        tests: (one, another) in the order of ``models`` -> the test of these two, not corrected.
        corrected: the same pairs -> p-values after Holm's correction for k (k - 1) / 2 tests.
    """

    models: tuple[str, ...]
    tests: Mapping[tuple[str, str], McNemar] = field(repr=False)
    corrected: Mapping[tuple[str, str], float] = field(repr=False)

    def p(self, a: str, b: str) -> float:
        """The corrected p-value of two different models, in either order."""
        return self.corrected[(a, b) if (a, b) in self.corrected else (b, a)]

    def told_apart(self, a: str, b: str) -> bool:
        """Whether the images tell two models apart; False for a model and itself."""
        return a != b and self.p(a, b) < SIGNIFICANCE


def mcnemar(correct_a: np.ndarray, correct_b: np.ndarray) -> McNemar:
    """McNemar's exact test of whether the images that only one of two models reads correctly are split evenly between them.

    Source: Q. McNemar, "Note on the sampling error of the difference between correlated proportions or percentages"
    (Psychometrika, 1947), with the exact binomial distribution instead of chi-squared.

    Args:
        correct_a: bool ``(N,)``, whether the first model reads each image correctly.
        correct_b: bool ``(N,)``, the same for the second model.

    Example:
        >>> mcnemar(np.array([True, True, True]), np.array([True, False, False]))
        McNemar(only_a=2, only_b=0, p_value=0.5)
    """
    only_a, only_b = int(np.sum(correct_a & ~correct_b)), int(np.sum(correct_b & ~correct_a))
    return McNemar(only_a=only_a, only_b=only_b, p_value=float(_two_sided(only_a, only_b)))


def holm(p_values: Mapping[Hashable, float]) -> dict[Hashable, float]:
    """Correct p-values for multiple tests: rejecting those below a level makes any false rejection at most that likely.

    Source: S. Holm, "A simple sequentially rejective multiple test procedure" (Scandinavian Journal of Statistics, 1979).

    Returns:
        The corrected p-values under the same keys, in the same order.
    """
    keys, values = list(p_values), np.array(list(p_values.values()), float)
    order = np.argsort(values, kind="stable")
    corrected = np.empty(len(values))
    corrected[order] = np.minimum(1, np.maximum.accumulate(values[order] * np.arange(len(values), 0, -1)))
    return dict(zip(keys, corrected.tolist(), strict=True))


def could_tell_apart(count: int, comparisons: int = 1) -> bool:
    """Whether so many images can tell two models apart at all, even if one reads all of them correctly and the other none.

    Args:
        count: the number of labelled images.
        comparisons: the number of tests that Holm's correction counts.

    Example:
        >>> could_tell_apart(5), could_tell_apart(6), could_tell_apart(6, comparisons=3)
        (False, True, False)
    """
    return _two_sided(count, 0) * comparisons < SIGNIFICANCE


def compare_with_best(evaluations: "Sequence[Evaluation]") -> ComparisonWithBest:
    """Test the most accurate model against each of the others.

    Raises:
        DataError: the models were evaluated on different images.
    """
    ranked = _ranked(evaluations)
    return compare_correct({evaluation.model: evaluation.correct for evaluation in ranked})


def compare_correct(correct: Mapping[str, np.ndarray]) -> ComparisonWithBest:
    """Test the most accurate model against each of the others.

    Args:
        correct: model -> whether it reads each of the same N images correctly, bool ``(N,)``.
    """
    best, *others = sorted(correct, key=lambda model: (-int(correct[model].sum()), model)) or [None]
    tests = {other: mcnemar(correct[best], correct[other]) for other in others}
    return ComparisonWithBest(
        best=best, others=tuple(tests), tests=tests, corrected=holm({model: test.p_value for model, test in tests.items()})
    )


def compare_models(evaluations: "Sequence[Evaluation]") -> Comparison:
    """Test every pair of models.

    Raises:
        DataError: the models were evaluated on different images.
    """
    ranked = _ranked(evaluations)
    tests = {(a.model, b.model): mcnemar(a.correct, b.correct) for a, b in combinations(ranked, 2)}
    return Comparison(
        models=tuple(evaluation.model for evaluation in ranked),
        tests=tests,
        corrected=holm({pair: test.p_value for pair, test in tests.items()}),
    )


def _ranked(evaluations: "Sequence[Evaluation]") -> "list[Evaluation]":
    """The evaluations, all on the same images, the most accurate first."""
    if len({evaluation.checksum for evaluation in evaluations}) > 1:
        names = ", ".join(sorted({evaluation.data for evaluation in evaluations}))
        raise DataError(f"The models were evaluated on different images ({names}). Evaluate them on the same images.")
    return sorted(evaluations, key=lambda evaluation: (-(evaluation.metrics.accuracy or 0), evaluation.model))


def _two_sided(only_a: int, only_b: int) -> float:
    """The probability that as many tosses of a fair coin split at least this unevenly."""
    return min(1, 2 * bdtr(min(only_a, only_b), only_a + only_b, 0.5))
