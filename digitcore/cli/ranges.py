"""Read the ranges of a search as they are written on the command line."""

from typing import Any

from digitcore.errors import SettingError

EXPECTED = "write low:high, low:high:step, low:high:log, or values with commas between them, as in learning_rate=1e-4:1e-2:log"


def parse_range(text: str) -> tuple[str, Any]:
    """The parameter and Optuna's distribution that ``SETTING=RANGE`` describes.

    Raises:
        SettingError: it cannot be read, or the range is reversed or empty.
    """
    from digitcore.search.space import choices, number_range

    name, equals, values = (part.strip() for part in text.partition("="))
    if not equals or not name or not values:
        raise SettingError("range", text, EXPECTED)
    if ":" not in values:
        return name, choices(name, [_value(value.strip()) for value in values.split(",") if value.strip()])
    low, high, *rest = values.split(":")
    if len(rest) > 1:
        raise SettingError(name, values, EXPECTED)
    log = rest == ["log"]
    step = _number(name, rest[0]) if rest and not log else None
    return name, number_range(name, _number(name, low), _number(name, high), step=step, log=log)


def _value(text: str) -> Any:
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text


def _number(name: str, text: str) -> float:
    value = _value(text.strip())
    if isinstance(value, str):
        raise SettingError(name, text, EXPECTED)
    return value
