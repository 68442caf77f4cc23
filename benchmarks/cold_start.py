"""A cold server: when the canvas is on screen, against a page with a canvas and nothing else, and when the first answer is.

Usage: python -m benchmarks.cold_start [ROUNDS]
"""

import statistics
import sys
import tempfile
import time
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from benchmarks.browser import BARE_PAGE, HEADER, draw_seven, launch, row, wait_for_canvas, write_page
from tests.server import PROJECT, running_server

CANVAS_LIMIT, ANSWER_LIMIT_SECONDS = 1.5, 6.0


def measure(browser: Browser, script: Path, log: Path, *, answer: bool) -> tuple[float, float]:
    """Seconds from the server's start to the canvas, and to the answer to a 7 drawn at once (0 where none is asked for)."""
    with running_server(log, script=script) as server:
        page = browser.new_context().new_page()
        page.goto(server.url)
        wait_for_canvas(page)
        canvas = time.perf_counter() - server.started
        if not answer:
            return canvas, 0.0
        draw_seven(page)
        page.mouse.up()
        page.wait_for_function("/^[0-9]/.test(document.querySelector('.st-key-answer')?.innerText ?? '')", timeout=60_000)
        return canvas, time.perf_counter() - server.started


def main() -> None:
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 7
    canvas, bare_canvas, answers = [], [], []
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        folder = Path(folder)
        bare_page = write_page(folder, BARE_PAGE)
        browser = launch(playwright)
        measure(browser, PROJECT / "app.py", folder / "log", answer=True)  # fill the disk's cache
        for _ in range(rounds):
            ours, answer = measure(browser, PROJECT / "app.py", folder / "log", answer=True)
            bare, _ = measure(browser, bare_page, folder / "log", answer=False)
            canvas.append(ours)
            answers.append(answer)
            bare_canvas.append(bare)
        browser.close()
    print(HEADER)
    print(row("canvas, recognise page", canvas))
    print(row("canvas, bare page", bare_canvas))
    print(row("first answer", answers))
    ratio = statistics.median(a / b for a, b in zip(canvas, bare_canvas, strict=True))
    print(f"ratio of the canvases, median of {rounds} pairs: {ratio:.2f} (limit {CANVAS_LIMIT})")
    print(f"first answer: {statistics.median(answers):.1f} s after the server's start (limit {ANSWER_LIMIT_SECONDS})")


if __name__ == "__main__":
    main()
