"""Each click counts, whatever else asks the server for news at that moment."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import assert_clean
from tests.browser.waiting import expect
from tests.server import PROJECT, Server, running_server

#: Longer than the page's timer takes, so that a tick comes between a click and its message, as on a slow device.
SLOW_TASKS = "const wait = setTimeout; window.setTimeout = (task, ms, ...rest) => wait(task, ms || 1000, ...rest)"

#: The second button is pressed after the first one's message is sent, but before its run begins.
PRESS_BOTH = """async () => {
    const press = name => [...document.querySelectorAll("button")].find(button => button.innerText.trim() == name).click()
    press("First")
    await new Promise(resolve => setTimeout(resolve, 50))
    press("Second")
}"""


@pytest.fixture(scope="module")
def ticking(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server of a page with a timer, set up as the app's server is."""
    log = tmp_path_factory.mktemp("timers") / "log.txt"
    with running_server(log, script=PROJECT / "tests" / "browser" / "clicks_app.py") as server:
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


def test_clicks_in_a_row(ticking: Server, desktop: Page) -> None:
    """Two buttons that are pressed one right after the other both count, each time."""
    desktop.goto(ticking.url)
    expect(desktop.get_by_role("button", name="Second")).to_be_visible()
    for number in range(1, 6):
        desktop.evaluate(PRESS_BOTH)
        expect(desktop.get_by_text(f"{number} and {number} clicks")).to_be_visible()
