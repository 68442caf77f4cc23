"""Ten horizontal bars, one for each digit: lighter than a chart, and readable by a screen reader."""

import html
from collections.abc import Sequence

import numpy as np
import streamlit as st

from digitcore.figures.palette import ACCENT, ACCENT_ON_DARK, OTHERS
from digitcore.figures.words import percent

STYLE = f"""<style>
.probability-bars {{ display: grid; gap: 0.25rem; font-size: 0.9375rem; }}
.probability-bars > div {{ display: grid; grid-template-columns: 1rem 1fr 3.75rem; gap: 0.5rem;
  align-items: center; line-height: 1.25; font-variant-numeric: tabular-nums; }}
.probability-bars i {{ height: 0.875rem; border-radius: 0.1875rem; background: rgb(128 128 128 / 15%); overflow: hidden; }}
.probability-bars b {{ display: block; height: 100%; background: {OTHERS}; }}
.probability-bars span {{ text-align: right; }}
.probability-bars .best {{ font-weight: 700; }}
.probability-bars .best b {{ background: {ACCENT}; background: light-dark({ACCENT}, {ACCENT_ON_DARK}); }}
</style>"""


def probability_bars(probabilities: Sequence[float] | np.ndarray, *, label: str = "Probability of each digit") -> None:
    """Show ten probabilities as bars. The largest is in the theme's colour and bold. Ten zeros have no largest.

    Args:
        probabilities: of the digits 0 to 9, in 0-1.
        label: what a screen reader calls the list.
    """
    st.html(bars_html(probabilities, label=label))


def bars_html(probabilities: Sequence[float] | np.ndarray, *, label: str) -> str:
    """The HTML of ``probability_bars``. The label must not come from a visitor."""
    shares = [float(share) for share in probabilities]
    best = max(range(len(shares)), key=shares.__getitem__) if any(shares) else None
    rows = "".join(_row(digit, share, is_best=digit == best) for digit, share in enumerate(shares))
    return f'<div class="probability-bars" role="list" aria-label="{label}">{rows}</div>{STYLE}'


def _row(digit: int, share: float, *, is_best: bool) -> str:
    bar = f'<i aria-hidden="true"><b style="width:{100 * share:.1f}%"></b></i>'
    return f'<div role="listitem"{" class=best" * is_best}>{digit}{bar}<span>{html.escape(percent(share))}</span></div>'
