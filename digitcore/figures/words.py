"""Digits and probabilities in words, the same in every figure and on every page."""


def percent(share: float) -> str:
    """A probability in percent, with one digit. A network is never certain, so that none is rounded to 100 %.

    Example:
        >>> percent(0.9723), percent(0.99999), percent(0.0)
        ('97.2%', '>99.9%', '0.0%')
    """
    return ">99.9%" if share >= 0.9995 else f"{share:.1%}"


def with_article(digit: int | str, *, bold: bool = False) -> str:
    """A digit as it stands in a sentence.

    Args:
        digit: 0 to 9.
        bold: whether the digit is bold, in Markdown.

    Example:
        >>> with_article(3), with_article(8, bold=True)
        ('a 3', 'an **8**')
    """
    return f"{'an' if str(digit) == '8' else 'a'} {f'**{digit}**' if bold else digit}"
