"""Which pictures of a set are new to the models that are compared on it.

A model is likely to read a picture correctly if it was trained on it, which says nothing about other pictures. Models are
therefore compared on pictures that none of them has seen in training or validation. If too few such pictures are left, the
models that have seen some are left out instead.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from digitcore.datasets.evaluation_data import EvaluationSet, held_out_part

#: A comparison needs at least this many pictures.
MIN_PICTURES = 10


@dataclass(frozen=True, kw_only=True, eq=False)
class Unseen:
    """The pictures to compare models on, and the models that are left out.

    Attributes:
        data: the set, or the part of it that none of the compared models has seen.
        seen: number of pictures that were removed from the set.
        trained_on: compared model -> number of pictures of the set that it was trained or validated on, if there are any.
        left_out: model -> why it is not compared on this set.
    """

    data: EvaluationSet
    seen: int
    trained_on: dict[str, int]
    left_out: dict[str, str]


def unseen_part(data: EvaluationSet, cards: Mapping[str, dict]) -> Unseen:
    """Choose the pictures that models are compared on.

    Args:
        data: the chosen set.
        cards: model -> its card.
    """
    left_out = {name: _NO_RECORD for name, card in cards.items() if _may_have_seen(card, data)}
    known = {name: card for name, card in cards.items() if name not in left_out and has_record(card)}
    counts = {name: held_out_part(data, card)[1] for name, card in known.items()}
    trained_on = {name: count for name, count in counts.items() if count}
    part = data
    for name in trained_on:
        if len(part):
            part, _ = held_out_part(part, cards[name])
    if trained_on and len(part) < MIN_PICTURES:
        total = f"{len(data):,}"
        left_out |= {name: f"It was trained on {count:,} of these {total} pictures." for name, count in trained_on.items()}
        return Unseen(data=data, seen=0, trained_on={}, left_out=left_out)
    return Unseen(data=part, seen=len(data) - len(part), trained_on=trained_on, left_out=left_out)


_NO_RECORD = "It was trained on a folder of this name, and its card does not say which pictures it has seen."


def has_record(card: dict) -> bool:
    """Whether a model's card lists the pictures that it was trained and validated on."""
    return isinstance(card.get("data"), dict) and isinstance(card["data"].get("seen"), list)


def _may_have_seen(card: dict, data: EvaluationSet) -> bool:
    """Whether a card of an older version belongs to a model that was trained on a folder with the set's name."""
    config, trained = card.get("config"), card.get("data")
    if not isinstance(config, dict) or not isinstance(trained, dict) or has_record(card):
        return False
    return config.get("data") == "folder" and trained.get("name") == data.name
