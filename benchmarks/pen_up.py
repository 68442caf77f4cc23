"""Pen up -> answer: the recognise page against a page that only counts the canvas's dark pixels, drawn on in turn.

Usage: python -m benchmarks.pen_up [ROUNDS]
"""

import statistics
import sys
import tempfile
import time
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from benchmarks.browser import BARE_CANVAS_PAGE, HEADER, draw_seven, launch, row, wait_for_canvas, write_page
from tests.server import running_server

LIMIT = 1.25


def open_page(page: Page, url: str) -> None:
    """Open a page and draw once, so that everything is loaded."""
    page.goto(url)
    wait_for_canvas(page)
    pen_up_to_answer(page)


def pen_up_to_answer(page: Page) -> float:
    """Seconds from lifting the pen to a changed answer. The page is loaded anew for each stroke, so it starts blank."""
    draw_seven(page)
    before = page.locator(".st-key-answer").inner_text()
    page.evaluate(
        """before => {
            const answer = () => document.querySelector('.st-key-answer')?.innerText ?? '';
            window.answered = new Promise(done => {
                addEventListener('pointerup', () => { window.up = performance.now() }, {capture: true, once: true});
                addEventListener('mouseup', () => { window.up ??= performance.now() }, {capture: true, once: true});
                const look = () => /^[0-9]/.test(answer()) && answer() !== before
                    ? done(performance.now() - window.up) : requestAnimationFrame(look);
                look();
            });
        }""",
        before,
    )
    page.mouse.up()
    return page.evaluate("window.answered") / 1000


def main() -> None:
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 15
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        folder = Path(folder)
        with (
            running_server(folder / "app.log") as app,
            running_server(folder / "bare.log", script=write_page(folder, BARE_CANVAS_PAGE)) as bare,
        ):
            browser = launch(playwright)
            pages = {"recognise page": (browser.new_page(), app.url), "bare canvas page": (browser.new_page(), bare.url)}
            for page, url in pages.values():
                open_page(page, url)
            times: dict[str, list[float]] = {name: [] for name in pages}
            for _ in range(rounds):
                for name, (page, url) in pages.items():
                    page.bring_to_front()
                    page.goto(url)
                    wait_for_canvas(page)
                    time.sleep(1)  # let the first paint finish
                    times[name].append(pen_up_to_answer(page))
            browser.close()
    print(HEADER)
    for name, values in times.items():
        print(row(name, values))
    ours, theirs = times.values()
    ratio = statistics.median(a / b for a, b in zip(ours, theirs, strict=True))
    print(f"ratio, median of {rounds} pairs: {ratio:.2f} (limit {LIMIT})")


if __name__ == "__main__":
    main()
