"""What the tests of the explorer share: a server for a script, and what the page shows."""

import contextlib
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlencode

from playwright.sync_api import Browser, Locator, Page

from tests.browser.actions import wait_until_idle
from tests.browser.conftest import assert_clean, new_page
from tests.browser.explorer.options import FIELD, NO_OPTIONS
from tests.browser.waiting import expect
from tests.server import PROJECT, Server, running_server


def serve(script: str, folder: Path) -> Iterator[Server]:
    """For a fixture: a server that runs a script of this folder; afterwards its log must hold no error."""
    path = Path(__file__).with_name(script)
    with running_server(folder / "log.txt", script=path, environment={"PYTHONPATH": str(PROJECT)}) as server:
        yield server
    assert_clean(server.log.read_text())


def staying_pages(chromium: Browser) -> Iterator[Callable[..., Page]]:
    """For a fixture: a function that gives the page of a size and kind, which stays open; to load one takes two seconds."""
    pages: dict[str, Page] = {}
    with contextlib.ExitStack() as stack:

        def page_of(size: dict[str, int], **options: object) -> Page:
            name = repr((size, options))
            if name not in pages:
                pages[name] = stack.enter_context(contextlib.contextmanager(new_page)(chromium, size, **options))
            return pages[name]

        yield page_of


def show_explorer(page: Page, server: Server, options: dict[str, object]) -> None:
    """Show a new explorer in a new session: with the page, or on the page if it is open already."""
    text = urlencode(options) or NO_OPTIONS
    if page.url.startswith(server.url):
        page.mouse.move(0, 0)
        field = page.get_by_label(FIELD, exact=True)
        field.fill("")
        field.press("Enter")
        expect(page.get_by_test_id("explorer")).to_have_count(0)
        wait_until_idle(page)
        field.fill(text)
        field.press("Enter")
    else:
        page.goto(f"{server.url}/?{text}")
    expect(part(page, "value")).to_have_attribute("data-value", re.compile("."))


def part(page: Page, name: str) -> Locator:
    return page.get_by_test_id(f"explorer-{name}")


def number(page: Page, name: str) -> float:
    return float(part(page, name).get_attribute("data-value"))


def numbers(table: Locator) -> list[float]:
    """The numbers in a table's cells, row by row."""
    return table.locator("td").evaluate_all("cells => cells.map(cell => Number(cell.dataset.value))")


def width_beyond_the_screen(page: Page) -> int:
    return page.get_by_test_id("stMain").evaluate("main => main.scrollWidth - main.clientWidth")


def boxes(page: Page) -> list[tuple[float, ...]]:
    """Where all visible elements of the explorer lie in it; not what takes a message, nor what fills a bar."""
    return page.get_by_test_id("explorer").evaluate("""root => {
        const from = root.getBoundingClientRect()
        return Array.from(root.querySelectorAll("*:not(.message, i, option)"), (node) => {
            const box = node.getBoundingClientRect()
            if (box.width) return [node.tagName, ...[box.x - from.x, box.y - from.y, box.width, box.height].map(Math.round)]
        })
    }""")
