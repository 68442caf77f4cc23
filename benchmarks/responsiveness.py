"""While a network is trained: how soon an epoch is on the curve, how soon Stop acts, and what the recognise page feels of it.

Usage: python -m benchmarks.responsiveness [STROKES]
"""

import os
import statistics
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from benchmarks.browser import HEADER, launch, row, wait_for_canvas
from benchmarks.pen_up import open_page, pen_up_to_answer
from digitcore.runs.registry import create_run
from digitcore.runs.run import Run
from digitcore.training.recipes import RECIPES
from tests.server import running_server

LIMIT_SECONDS, RATIO_LIMIT = 2.0, 2.0
EPOCHS_SEEN, STOPS = 5, 5
SHORT_EPOCHS = replace(RECIPES["lenet"], data="sample", epochs=500, early_stopping_patience=None)
FULL_LOAD = replace(RECIPES["cnn_v2"], name="load")


def start(config) -> Run:
    """Start a run and wait until it trains."""
    run = create_run(config)
    while run.state().doing != "training":
        time.sleep(0.02)
    return run


def cancel(run: Run) -> None:
    """Cancel a run and wait until it has ended."""
    run.request("cancel")
    while run.state().is_active:
        time.sleep(0.05)


def epoch_to_curve(page: Page, run: Run) -> float:
    """Seconds from an epoch's row in the history to its mark on the page's validation curve."""
    shown = """() => {
        const chart = [...document.querySelectorAll('.js-plotly-plot')].find(one => one.data.some(t => t.name == 'validation'));
        return chart ? chart.data.find(trace => trace.name == 'validation').x.length : 0;
    }"""
    before = len(run.history())
    while len(run.history()) == before:
        time.sleep(0.01)
    finished = time.perf_counter()
    page.wait_for_function(f"({shown})() > {before}", polling=20)
    return time.perf_counter() - finished


def stop(page: Page, run: Run) -> float:
    """Seconds from the click on Stop to the end of training."""
    page.get_by_test_id("stMainBlockContainer").get_by_role("button", name="Stop").click()
    clicked = time.perf_counter()
    while run.state().doing in ("training", "validating"):
        time.sleep(0.01)
    return time.perf_counter() - clicked


def strokes(page: Page, url: str, count: int) -> list[float]:
    """The time from pen up to answer, so many times."""
    times = []
    for _ in range(count):
        page.goto(url)
        wait_for_canvas(page)
        time.sleep(1)
        times.append(pen_up_to_answer(page))
    return times


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 20
    curve, stops = [], []
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        folders = {f"DIGITLAB_{name.upper()}": f"{folder}/{name}" for name in ("runs", "models")}
        os.environ |= folders
        Path(folder, "models").mkdir()
        os.symlink(Path(__file__).resolve().parent.parent / "models" / "cnn_v2", Path(folder) / "models" / "cnn_v2")
        with running_server(Path(folder) / "log", environment=folders) as server:
            browser = launch(playwright)
            page = browser.new_context(viewport={"width": 1280, "height": 800}).new_page()
            for number in range(STOPS):
                run = start(replace(SHORT_EPOCHS, name=f"stop_{number}"))
                page.goto(f"{server.url}/train?view=Watch&run={run.id}")
                page.get_by_test_id("stMainBlockContainer").get_by_role("button", name="Stop").wait_for()
                if number == 0:
                    curve = [epoch_to_curve(page, run) for _ in range(EPOCHS_SEEN)]
                stops.append(stop(page, run))
                while run.state().is_active:
                    time.sleep(0.1)
            page.goto("about:blank")
            open_page(page, server.url)
            times: dict[str, list[float]] = {"at rest": [], "in training": []}
            for _ in range(2):
                times["at rest"] += strokes(page, server.url, count // 2)
                run = start(FULL_LOAD)
                times["in training"] += strokes(page, server.url, count // 2)
                cancel(run)
            browser.close()
    print(HEADER)
    print(row("epoch -> curve", curve, "s", 1))
    print(row("Stop -> training has ended", stops, "s", 1))
    print(f"limits: {LIMIT_SECONDS:g} s each")
    ends = [statistics.quantiles(values, n=20)[-1] for values in times.values()]
    for name, values in times.items():
        print(row(f"pen up -> answer, {name}", values))
    print(f"p95: {ends[1] * 1000:.0f} ms against {ends[0] * 1000:.0f}; ratio {ends[1] / ends[0]:.2f} (limit {RATIO_LIMIT:g})")


if __name__ == "__main__":
    main()
