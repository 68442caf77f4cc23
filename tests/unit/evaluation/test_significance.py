"""Which models a set of images tells apart."""

from types import SimpleNamespace

import numpy as np
import pytest
from scipy import stats

from digitcore.errors import DataError
from digitcore.evaluation.significance import (
    SIGNIFICANCE,
    compare_models,
    compare_with_best,
    could_tell_apart,
    holm,
    mcnemar,
)


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


def four_models():
    """Four models on 500 images, "a" far better than "d"."""
    generator = np.random.default_rng(3)
    shares = {"a": 0.9, "b": 0.8, "c": 0.82, "d": 0.5}
    return [evaluation(name, generator.random(500) < share) for name, share in shares.items()]


def test_with_the_best_holm_counts_k_minus_1_tests():
    """Each other model is tested against the best alone, and the p-values are corrected for these three tests."""
    models = four_models()
    right = {model.model: model.correct for model in models}
    comparison = compare_with_best(models)
    assert comparison.best == "a"
    assert comparison.others[-1] == "d"
    for name in "bcd":
        assert comparison.tests[name] == mcnemar(right["a"], right[name])
    assert comparison.corrected == holm({name: test.p_value for name, test in comparison.tests.items()})
    least = min(comparison.tests, key=lambda name: comparison.tests[name].p_value)
    assert comparison.corrected[least] == pytest.approx(3 * comparison.tests[least].p_value)


def test_all_pairs_holm_counts_every_pair():
    """All six pairs of four models are tested, and the p-values are corrected for six tests."""
    models = four_models()
    right = {model.model: model.correct for model in models}
    comparison = compare_models(models)
    assert comparison.models[0] == "a"
    assert comparison.models[-1] == "d"
    assert len(comparison.tests) == 6
    for (a, b), test in comparison.tests.items():
        assert test == mcnemar(right[a], right[b])
    assert comparison.corrected == holm({pair: test.p_value for pair, test in comparison.tests.items()})


def test_fewer_tests_tell_more_apart():
    """A difference that is significant among k - 1 tests may not be among all pairs."""
    a, b = split(9, 1, both=40)  # p = 0.021 alone
    models = [evaluation("a", a), evaluation("b", b), evaluation("c", b)]
    assert compare_with_best(models).told_apart("b")
    assert not compare_models(models).told_apart("a", "b")


def test_not_told_apart_either_way_round():
    """Whether two models are told apart does not depend on which is named first; a model is never told apart from itself."""
    a, b = split(2, 9, both=40)
    comparison = compare_models([evaluation("a", a), evaluation("b", b)])
    assert comparison.p("a", "b") == comparison.p("b", "a") == pytest.approx(0.06543, abs=5e-6)
    assert not comparison.told_apart("a", "b")
    assert not comparison.told_apart("b", "b")


def test_told_apart():
    """A large difference tells models apart."""
    a, b = split(60, 5)
    models = [evaluation("a", a), evaluation("b", b)]
    assert compare_models(models).told_apart("a", "b")
    assert compare_with_best(models).told_apart("b")


@pytest.mark.parametrize("models", [[], [evaluation("a", [True])]])
def test_nothing_to_compare(models):
    """No model, or a single one, gives no tests."""
    assert compare_models(models).tests == {}
    comparison = compare_with_best(models)
    assert (comparison.best, comparison.others) == ("a" if models else None, ())


def test_no_labelled_images():
    """Without labels, nothing tells models apart."""
    models = [evaluation("a", np.empty(0, bool)), evaluation("b", np.empty(0, bool))]
    assert not compare_models(models).told_apart("a", "b")
    assert not compare_with_best(models).told_apart("b")


@pytest.mark.parametrize("compare", [compare_models, compare_with_best])
def test_different_images(compare):
    """Models that read different images are not compared."""
    with pytest.raises(DataError, match="different images"):
        compare([evaluation("a", [True]), evaluation("b", [True], checksum="other")])


@pytest.mark.parametrize(("comparisons", "fewest"), [(1, 6), (3, 7), (199, 13)])
def test_images_that_are_too_few(comparisons, fewest):
    """With fewer images, not even the largest difference that is possible is told apart; with as many, it is."""
    for count in (0, 1, fewest - 1, fewest):
        largest = mcnemar(np.ones(count, bool), np.zeros(count, bool)).p_value
        corrected = min(holm(dict.fromkeys(range(comparisons), largest)).values())
        assert could_tell_apart(count, comparisons) == (corrected < SIGNIFICANCE) == (count == fewest)
