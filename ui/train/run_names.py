"""What runs are called on the page, such as "Sprint, today 14:27"; their ids stay in addresses."""

import re
from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo

import streamlit as st

from digitcore.runs.run import Run
from ui.shared.titles import title_of

#: A run's id: when it was queued, in the server's time, and the name of its model.
ID = re.compile(r"(\d{8}-\d{6})-(.+)")


def names_of(runs: Sequence[Run]) -> dict[str, str]:
    """Each run's id and its name in the visitor's time; no two names are the same."""
    zone = visitor_zone()
    now = datetime.now(zone)
    names = {run.id: run_name(run.id, now) for run in runs}
    how_often = Counter(names.values())
    return {run_id: name if how_often[name] == 1 else f"{name} ({run_id})" for run_id, name in names.items()}


def run_name(run_id: str, now: datetime) -> str:
    """A run's name; ``now`` has the time zone in which it is given. An id of another form is its own name.

    Example:
        >>> run_name("20261125-142700-cnn_v2", datetime(2026, 11, 26, 8, 0).astimezone())
        'CNN v2, yesterday 14:27'
    """
    parts = ID.fullmatch(run_id)
    try:
        queued = datetime.strptime(parts[1], "%Y%m%d-%H%M%S").astimezone(now.tzinfo) if parts else None
    except (ValueError, OverflowError):
        queued = None
    if queued is None:
        return run_id
    days = {now.date(): "today", now.date() - timedelta(days=1): "yesterday"}
    day = days.get(queued.date()) or f"{queued.day} {queued:%B}" + ("" if queued.year == now.year else f" {queued.year}")
    return f"{title_of(parts[2])}, {day} {queued:%H:%M}"


def visitor_zone() -> tzinfo | None:
    """The browser's time zone; None, which is the server's, if the browser tells none that exists."""
    try:
        return ZoneInfo(st.context.timezone)
    except (KeyError, ValueError, TypeError, OSError):
        return None
