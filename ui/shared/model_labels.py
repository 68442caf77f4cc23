"""What distinguishes each model, in plain words, from the models' cards."""

from collections.abc import Sequence
from numbers import Real

from digitcore.networks.registry import ModelEntry
from ui.shared.titles import titles_of

NO_RESULT = "no test result"


def model_labels(entries: Sequence[ModelEntry], *, with_results: bool = True) -> dict[str, str]:
    """A label for each model: its title, what it is best at, and, where there is room for it, its accuracy.

    Only models that were tested on the most images compete for the highest accuracy: with few images, it says little.

    Example: ``{"cnn_v2": "CNN v2 · most accurate · 99.51%", "mine": "Mine · no test result"}``
    """
    titles = titles_of([entry.name for entry in entries])
    results = {entry.name: result for entry in entries if (result := _test_result(entry))}
    most_images = max((images for _, images in results.values()), default=0)
    superlatives = {
        "most accurate": _highest({name: accuracy for name, (accuracy, images) in results.items() if images == most_images}),
        "smallest": _highest({entry.name: -count for entry in entries if (count := _parameters(entry))}),
    }
    return {
        entry.name: " · ".join(
            [
                titles[entry.name],
                *(words for words, names in superlatives.items() if entry.name in names),
                *([f"{results[entry.name][0]:.2%}" if entry.name in results else NO_RESULT] if with_results else []),
            ]
        )
        for entry in entries
    }


def model_facts(entry: ModelEntry) -> str:
    """What the card says about a model, in sentences."""
    result, parameters = _test_result(entry), _parameters(entry)
    tested = f"It read {result[0]:.2%} of {result[1]:,} test images right." if result else "There is no test result of it."
    return f"{tested} It has {parameters:,} parameters." if parameters else tested


def _highest(values: dict[str, float]) -> set[str]:
    """The names with the highest value, if there is something to compare with."""
    return {name for name, value in values.items() if value == max(values.values())} if len(values) > 1 else set()


# A card is a file that anybody can edit.


def _test_result(entry: ModelEntry) -> tuple[float, int] | None:
    metrics = entry.card.get("metrics")
    if not isinstance(metrics, dict):
        return None
    accuracy, images = metrics.get("test_accuracy"), metrics.get("test_images")
    return (accuracy, images) if isinstance(accuracy, Real) and isinstance(images, int) else None


def _parameters(entry: ModelEntry) -> int | None:
    count = entry.card.get("parameters")
    return count if isinstance(count, int) else None
