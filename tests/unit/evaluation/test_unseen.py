"""Models are compared on pictures that none of them was trained on."""

import hashlib

import numpy as np
import pytest

from digitcore.datasets.evaluation_data import EvaluationSet
from digitcore.evaluation.unseen import unseen_part

IMAGES = np.random.default_rng(0).integers(0, 256, (30, 28, 28)).astype(np.uint8)
DATA = EvaluationSet(name="mine", images=IMAGES, labels=np.arange(30) % 10, files=tuple(f"{i}.png" for i in range(30)))


def trained_on(indices):
    """The card of a model that was trained on these pictures."""
    return {"data": {"seen": [hashlib.sha256(IMAGES[i].tobytes()).hexdigest()[:16] for i in indices]}}


def test_nothing_was_seen():
    """Models that have seen none of the pictures, also models without a card, are compared on the whole set."""
    found = unseen_part(DATA, {"bare": {}, "mnist": {"data": {"name": "mnist"}}, "other": {"data": {"seen": ["0" * 16]}}})
    assert found.data is DATA
    assert (found.seen, found.trained_on, found.left_out) == (0, {}, {})


def test_pictures_that_a_model_has_seen_are_cut_off():
    """What any of the models was trained on is taken out for all of them, and counted."""
    found = unseen_part(DATA, {"a": trained_on(range(12)), "b": trained_on(range(8, 16)), "c": {}})
    assert (found.data.images == IMAGES[16:]).all()
    assert found.data.files == DATA.files[16:]
    assert (found.seen, found.trained_on, found.left_out) == (16, {"a": 12, "b": 8}, {})


@pytest.mark.parametrize(("count", "is_cut"), [(20, True), (21, False), (30, False)])
def test_too_few_are_left(count, is_cut):
    """With fewer than ten pictures left, the model that has seen the others is left out, with the number that it has seen."""
    found = unseen_part(DATA, {"a": trained_on(range(count)), "b": {}})
    assert len(found.data) == (30 - count if is_cut else 30)
    assert found.left_out == ({} if is_cut else {"a": f"It was trained on {count} of these 30 pictures."})


def test_an_older_card():
    """A model that was trained on a folder of this name, by a card that lists no pictures, is left out."""
    card = {"config": {"data": "folder"}, "data": {"name": "mine"}}
    found = unseen_part(DATA, {"old": card, "other": {"config": {"data": "folder"}, "data": {"name": "yours"}}})
    assert "does not say which" in found.left_out["old"]
    assert (list(found.left_out), found.data) == (["old"], DATA)


@pytest.mark.parametrize("card", [{"data": None}, {"data": 3, "config": 5}, {"data": {"seen": 7}}, {"config": None}])
def test_cards_of_any_content(card):
    """A card that somebody edited breaks nothing."""
    assert unseen_part(DATA, {"a": card}).data is DATA
