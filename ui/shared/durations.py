"""Durations in words."""


def in_words(seconds: float) -> str:
    """A duration in words.

    Example:
        >>> in_words(90)
        '1 min 30 s'
    """
    minutes, seconds = divmod(round(seconds), 60)
    if minutes >= 60:
        return f"{minutes // 60} h {minutes % 60} min"
    return f"{minutes} min {seconds} s" if minutes else f"{seconds} s"


def roughly(seconds: float) -> str:
    """An estimated duration in words, no more exact than an estimate can be.

    Example:
        >>> roughly(3), roughly(43), roughly(200), roughly(5000)
        ('less than 5 s', 'about 45 s', 'about 3 min', 'about 1 h 20 min')
    """
    if seconds < 5:
        return "less than 5 s"
    if (rounded := 5 * round(seconds / 5)) < 60:
        return f"about {rounded} s"
    if (minutes := max(1, round(seconds / 60))) < 60:
        return f"about {minutes} min"
    hours, minutes = divmod(10 * round(seconds / 600), 60)
    return f"about {hours} h {minutes} min" if minutes else f"about {hours} h"
