"""What a visitor chooses counts, whenever a timer asks the server for news."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import assert_clean
from tests.server import PROJECT, Server, running_server

#: Longer than the page's timer takes, so that a tick comes between a click and its message, as on a slow device.
SLOW_TASKS = "const wait = setTimeout; window.setTimeout = (task, ms, ...rest) => wait(task, ms || 1000, ...rest)"


@pytest.fixture(scope="module")
def ticking(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server of a page with a timer, set up as the app's server is."""
    log = tmp_path_factory.mktemp("timers") / "log.txt"
    with running_server(log, script=PROJECT / "tests" / "browser" / "timer_app.py") as server:
        yield server
    assert_clean(server.log.read_text())


def test_a_tick_between_a_click_and_its_message(ticking: Server, desktop: Page) -> None:
    """The callback runs once, with the rerun that draws what it sets."""
    desktop.add_init_script(SLOW_TASKS)
    desktop.goto(ticking.url)
    expect(desktop.get_by_text(re.compile(r"^Tick \d+"))).to_be_visible()
    desktop.get_by_text("Two", exact=True).click()
    expect(desktop.get_by_text("The server has second, after 1 calls.")).to_be_visible()
    expect(desktop.get_by_label("Text")).to_have_value("second")
