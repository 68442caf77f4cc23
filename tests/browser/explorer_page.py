"""What the tests of the explorer share: a server for a script, and what the page shows."""

from collections.abc import Iterator
from pathlib import Path

from playwright.sync_api import Locator, Page

from tests.browser.conftest import assert_clean
from tests.server import PROJECT, Server, running_server


def serve(script: str, folder: Path) -> Iterator[Server]:
    """For a fixture: a server that runs a script of this folder; afterwards its log must hold no error."""
    path = Path(__file__).with_name(script)
    with running_server(folder / "log.txt", script=path, environment={"PYTHONPATH": str(PROJECT)}) as server:
        yield server
    assert_clean(server.log.read_text())


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
