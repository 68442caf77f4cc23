"""Which models differ by more than chance."""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import bdtr

from digitcore.errors import DataError

if TYPE_CHECKING:
    from digitcore.evaluation.store import Evaluation

#: Differences with a corrected p-value below this are taken as real.
SIGNIFICANCE = 0.05


@dataclass(frozen=True, kw_only=True)
class McNemar:
    """Two models on the same images: how many only the first, and only the second, reads; and the two-sided p-value."""

    only_a: int
    only_b: int
    p_value: float


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """All pairs of several models on the same images.

    Attributes:
        models: names, the most accurate first.
        pairs: (one, another) in the order of ``models`` -> the test of those two alone.
        corrected: the same pairs -> p-values after Holm's correction for the number of pairs.
    """

    models: tuple[str, ...]
    pairs: Mapping[tuple[str, str], McNemar] = field(repr=False)
    corrected: Mapping[tuple[str, str], float] = field(repr=False)

    def p(self, a: str, b: str) -> float:
        """The corrected p-value of two models, in either order; 1 for a model and itself."""
        if a == b:
            return 1.0
        return self.corrected[(a, b) if (a, b) in self.corrected else (b, a)]

    def tied(self, a: str, b: str) -> bool:
        """Whether two models differ by no more than chance."""
        return self.p(a, b) >= SIGNIFICANCE

    def tied_with(self, model: str) -> tuple[str, ...]:
        """The other models that this one is tied with, the most accurate first."""
        return tuple(other for other in self.models if other != model and self.tied(model, other))

    @property
    def tied_groups(self) -> tuple[tuple[str, ...], ...]:
        """Sets of models, as large as can be of neighbours in accuracy, of which every two are tied.

        A model can be in several: being tied does not carry over from pair to pair.
        """
        groups: list[tuple[str, ...]] = []
        end = 0
        for start in range(len(self.models)):
            stop = max(end, start + 1)  # the models up to the last group's end are known to be tied
            while stop < len(self.models) and all(self.tied(self.models[stop], other) for other in self.models[start:stop]):
                stop += 1
            if stop > end and stop - start > 1:
                groups.append(self.models[start:stop])
            end = max(end, stop)
        return tuple(groups)


def mcnemar(correct_a: np.ndarray, correct_b: np.ndarray) -> McNemar:
    """McNemar's exact test of whether the images that only one of two models reads are split evenly between them.

    Source: Q. McNemar, "Note on the sampling error of the difference between correlated proportions or percentages"
    (Psychometrika, 1947); with the binomial distribution itself in place of chi-squared.

    Args:
        correct_a: bool ``(N,)``, whether the first model reads each image.
        correct_b: bool ``(N,)``, the second.

    Example:
        >>> mcnemar(np.array([True, True, True]), np.array([True, False, False]))
        McNemar(only_a=2, only_b=0, p_value=0.5)
    """
    only_a, only_b = int(np.sum(correct_a & ~correct_b)), int(np.sum(correct_b & ~correct_a))
    return McNemar(only_a=only_a, only_b=only_b, p_value=float(_two_sided(only_a, only_b)))


def holm(p_values: Mapping[Hashable, float]) -> dict[Hashable, float]:
    """Correct p-values for their number, so that the chance of even one false alarm among them stays where it was.

    Source: S. Holm, "A simple sequentially rejective multiple test procedure" (Scandinavian Journal of Statistics, 1979).

    Returns:
        The corrected p-values under the same keys, in the same order.
    """
    keys, values = list(p_values), np.array(list(p_values.values()), float)
    order = np.argsort(values, kind="stable")
    corrected = np.empty(len(values))
    corrected[order] = np.minimum(1, np.maximum.accumulate(values[order] * np.arange(len(values), 0, -1)))
    return dict(zip(keys, corrected.tolist(), strict=True))


def compare_models(evaluations: "Sequence[Evaluation]") -> Comparison:
    """Test every pair of models on the images that they were all evaluated on.

    Raises:
        DataError: they were evaluated on different images.
    """
    if len({evaluation.checksum for evaluation in evaluations}) > 1:
        names = ", ".join(sorted({evaluation.data for evaluation in evaluations}))
        raise DataError(f"Models were evaluated on different images ({names}): evaluate them on the same ones.")
    evaluations = sorted(evaluations, key=lambda evaluation: (-(evaluation.metrics.accuracy or 0), evaluation.model))
    models = tuple(evaluation.model for evaluation in evaluations)
    if len(models) < 2:
        return Comparison(models=models, pairs={}, corrected={})
    right = np.stack([evaluation.correct for evaluation in evaluations]).astype(np.float32)
    both = np.rint(right @ right.T).astype(int)
    only = np.diag(both)[:, None] - both  # [a, b]: how many a reads and b does not
    p_values = _two_sided(only, only.T).tolist()
    only = only.tolist()
    pairs = {
        (models[a], models[b]): McNemar(only_a=only[a][b], only_b=only[b][a], p_value=p_values[a][b])
        for a, b in combinations(range(len(models)), 2)
    }
    return Comparison(models=models, pairs=pairs, corrected=holm({pair: test.p_value for pair, test in pairs.items()}))


def _two_sided(only_a: np.ndarray | int, only_b: np.ndarray | int) -> np.ndarray:
    """The chance that a fair coin splits as many throws at least as unevenly."""
    fewer = np.minimum(only_a, only_b)
    return np.minimum(1, 2 * bdtr(fewer, np.add(only_a, only_b), 0.5))
