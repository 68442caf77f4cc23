"""Differences between models that chance explains, and those that it does not."""

from types import SimpleNamespace

import numpy as np
import pytest
from scipy import stats

from digitcore.errors import DataError
from digitcore.evaluation.significance import Comparison, compare_models, holm, mcnemar


def split(only_a, only_b, both=5):
    """Which images each of two models reads."""
    a = [True] * only_a + [False] * only_b + [True] * both
    b = [False] * only_a + [True] * only_b + [True] * both
    return np.array(a), np.array(b)


def evaluation(model, correct, checksum="same"):
    """As much of an evaluation as is compared."""
    correct = np.array(correct)
    metrics = SimpleNamespace(accuracy=float(correct.mean()) if len(correct) else None)
    return SimpleNamespace(model=model, data=checksum, checksum=checksum, correct=correct, metrics=metrics)


def test_mcnemar_of_a_published_table():
    """The p-value of the table in M. P. Fay's vignette "Exact McNemar's test" (R package exact2x2) is the 0.06543 there."""
    found = mcnemar(*split(2, 9, both=21))
    assert (found.only_a, found.only_b, round(found.p_value, 5)) == (2, 9, 0.06543)


@pytest.mark.parametrize(("only_a", "only_b"), [(0, 0), (1, 0), (3, 3), (4, 3), (0, 12), (55, 28), (40, 41), (700, 900)])
def test_mcnemar_is_the_binomial_test(only_a, only_b):
    """The p-value is scipy's for a fair coin; where the models never differ it is 1."""
    expected = stats.binomtest(only_a, only_a + only_b).pvalue if only_a + only_b else 1
    assert mcnemar(*split(only_a, only_b)).p_value == pytest.approx(expected, rel=1e-9)


def test_holm():
    """Corrected p-values are those of R's ``p.adjust(c(0.01, 0.04, 0.03, 0.005), "holm")``."""
    found = holm({"a": 0.01, "b": 0.04, "c": 0.03, "d": 0.005})
    assert list(found) == ["a", "b", "c", "d"]
    assert list(found.values()) == pytest.approx([0.03, 0.06, 0.06, 0.02])


@pytest.mark.parametrize(("given", "expected"), [({}, {}), ({"a": 0.2}, {"a": 0.2}), ({1: 0.9, 2: 0.8}, {1: 1.0, 2: 1.0})])
def test_holm_at_its_ends(given, expected):
    """Nothing stays nothing, one p-value stays as it is, and none goes above 1."""
    assert holm(given) == expected


def test_every_pair_is_tested():
    """All pairs at once are what each pair alone is, corrected for their number."""
    generator = np.random.default_rng(3)
    models = [
        evaluation(name, generator.random(500) < share) for name, share in zip("abcd", (0.9, 0.8, 0.82, 0.5), strict=True)
    ]
    comparison = compare_models(models)
    assert comparison.models[0] == "a"
    assert comparison.models[-1] == "d"
    assert len(comparison.pairs) == 6
    right = {model.model: model.correct for model in models}
    for (a, b), found in comparison.pairs.items():
        assert found == mcnemar(right[a], right[b])
    assert comparison.corrected == holm({pair: test.p_value for pair, test in comparison.pairs.items()})


def test_tied_either_way_round():
    """Whether two models are tied does not depend on which is named first, and a model is tied with itself."""
    a, b = split(2, 9, both=40)
    comparison = compare_models([evaluation("a", a), evaluation("b", b)])
    assert comparison.p("a", "b") == comparison.p("b", "a") == pytest.approx(0.06543, abs=5e-6)
    assert comparison.tied("a", "b")
    assert comparison.tied("a", "a")
    assert comparison.tied_with("a") == ("b",)


def test_worse_by_more_than_chance():
    """Models that differ by more than chance are not tied."""
    a, b = split(60, 5)
    comparison = compare_models([evaluation("a", a), evaluation("b", b)])
    assert not comparison.tied("a", "b")
    assert comparison.tied_groups == ()


def comparison_of(models, tied):
    """A comparison in which the named pairs are tied."""
    pairs = [(a, b) for i, a in enumerate(models) for b in models[i + 1 :]]
    return Comparison(models=tuple(models), pairs={}, corrected={pair: 1.0 if "".join(pair) in tied else 0.0 for pair in pairs})


@pytest.mark.parametrize(
    ("tied", "expected"),
    [
        ((), ()),
        (("ab", "bc"), (("a", "b"), ("b", "c"))),
        (("ab", "bc", "ac"), (("a", "b", "c"),)),
        (("ab", "bc", "ac", "cd"), (("a", "b", "c"), ("c", "d"))),
        (("cd",), (("c", "d"),)),
    ],
)
def test_tied_groups(tied, expected):
    """A group holds neighbours of which every two are tied; being tied does not carry over."""
    assert comparison_of("abcd", tied).tied_groups == expected


@pytest.mark.parametrize("models", [[], [evaluation("a", [True])]])
def test_nothing_to_compare(models):
    """No model, or one, gives no pairs."""
    comparison = compare_models(models)
    assert (len(comparison.models), comparison.pairs, comparison.tied_groups) == (len(models), {}, ())


def test_no_labelled_images():
    """Without labels nothing tells models apart: all are tied."""
    comparison = compare_models([evaluation("a", np.empty(0, bool)), evaluation("b", np.empty(0, bool))])
    assert comparison.tied("a", "b")


def test_different_images():
    """Models that read different images are not compared."""
    with pytest.raises(DataError, match="different images"):
        compare_models([evaluation("a", [True]), evaluation("b", [True], checksum="other")])
