"""Playwright's ``expect``, which looks more often.

With a limit of 2.5 s or more, Playwright looks twice a second, with a lower one ten times. In many tests this adds up to
minutes.
"""

import time
from collections.abc import Callable
from typing import Any

from playwright.sync_api import Locator, Page
from playwright.sync_api import expect as playwright_expect

WAIT_MS = 60_000  # for a machine that does other things too
BELOW_2500_MS = 2400
playwright_expect.set_options(timeout=WAIT_MS)  # where somebody uses Playwright's own


class _Assertions:
    """Playwright's assertions about a page or a locator, each tried again until it holds or the time is over."""

    def __init__(self, actual: Page | Locator) -> None:
        self.actual = actual

    def __getattr__(self, name: str) -> Callable[..., None]:
        check = getattr(playwright_expect(self.actual), name)

        def check_again(*arguments: Any, timeout: float = WAIT_MS, **options: Any) -> None:
            deadline = time.monotonic() + timeout / 1000
            while True:
                is_last = time.monotonic() + BELOW_2500_MS / 1000 >= deadline
                try:
                    return check(*arguments, timeout=BELOW_2500_MS, **options)
                except AssertionError:
                    if is_last:
                        raise

        return check_again


def expect(actual: Page | Locator) -> Any:
    """As Playwright's ``expect``; the limit is ``WAIT_MS`` if none is given."""
    return _Assertions(actual)
