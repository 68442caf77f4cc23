"""How soon the compare page shows its sentence, and its figure: the shipped models, and 200; beside a bare table.

All models are evaluated before.

Usage: python -m benchmarks.compare_page [ROUNDS]
"""

import contextlib
import json
import os
import statistics
import sys
import tempfile
import time
import zipfile
from dataclasses import asdict
from pathlib import Path

import numpy as np
from playwright.sync_api import Browser, sync_playwright

from benchmarks.browser import HEADER, launch, row, write_page
from digitcore import files, paths
from digitcore.datasets.evaluation_data import EvaluationSet, mnist_test
from digitcore.evaluation import latency, store
from digitcore.evaluation.evaluate import evaluate
from digitcore.evaluation.intervals import wilson
from digitcore.networks import registry
from tests.server import PROJECT, running_server

COPIES = 200
WARM_LIMIT_SECONDS, MANY_LIMIT_SECONDS = 1.5, 3.0
#: What a server does in the background when it starts is done after this.
SETTLE_SECONDS = 15
BARE_PAGE = """
import pandas as pd
import streamlit as st

st.dataframe(pd.DataFrame({name: range(4) for name in "abcdefgh"}))
st.write("Holm")
"""
#: Our page: the sentence that says which model is best, then the figure and the caption below it. The bare page: its table.
OUR_SENTENCE = """() => / images right/.test(document.querySelector('h4')?.innerText)"""
OUR_PAGE = """() => document.querySelector('.js-plotly-plot .main-svg') && /n = 10,000/.test(document.body.innerText)"""
BARE_TABLE = """() => document.querySelector('[data-testid=stDataFrame] canvas') && /Holm/.test(document.body.innerText)"""


def copy_models(folder: Path, count: int) -> None:
    """Put so many copies of a small model there, each with another hash and, on its card, another size."""
    original = (PROJECT / "models" / "lenet" / registry.MODEL_FILE).read_bytes()
    for number in range(count):
        place = folder / f"copy_{number:03}"
        place.mkdir(parents=True)
        (place / registry.MODEL_FILE).write_bytes(original)
        (place / registry.CARD_FILE).write_text(json.dumps({"parameters": 50_000 + 1000 * number}))
        with zipfile.ZipFile(place / registry.MODEL_FILE, "a") as archive:
            archive.comment = str(number).encode()


def pretend_evaluations(data: EvaluationSet) -> None:
    """Evaluate the first model; give the others its predictions, with a few changed."""
    first, *others = registry.list_models()
    evaluation = evaluate(first, data)
    latency.measure_latency(first, data)
    figures = json.loads(store.place(first, data, ".json").read_text())
    generator = np.random.default_rng(0)
    for entry in others:
        predictions = evaluation.predictions.copy()
        predictions[generator.choice(len(predictions), generator.integers(5, 200), replace=False)] = 0
        accuracy = wilson(int(np.sum(predictions == evaluation.labels)), len(predictions))
        figures["metrics"]["accuracy"], figures["intervals"]["accuracy"] = accuracy.value, asdict(accuracy)
        file = store.place(entry, data, ".npz")
        with files.replacing(file) as new:
            np.savez(new, labels=evaluation.labels, probabilities=evaluation.probabilities, predictions=predictions)
        files.write_json(file.with_suffix(".json"), figures)
        latency._file(entry).write_bytes(latency._file(first).read_bytes())


def open_page(browser: Browser, url: str, *shown: str) -> list[float]:
    """Seconds from a new visitor's request until each of these conditions holds."""
    page = browser.new_context(viewport={"width": 1280, "height": 800}).new_page()
    begun = time.perf_counter()
    page.goto(url)
    seconds = []
    for condition in shown:
        page.wait_for_function(condition, timeout=120_000, polling=20)
        seconds.append(time.perf_counter() - begun)
    page.context.close()
    return seconds


def change_view(browser: Browser, url: str) -> float:
    """Seconds from the click on another view to its pictures, on a page that is open."""
    page = browser.new_context(viewport={"width": 1280, "height": 800}).new_page()
    page.goto(f"{url}/compare")
    page.wait_for_function(OUR_PAGE, timeout=120_000)
    begun = time.perf_counter()
    page.get_by_role("radio", name="Mistakes").click()
    page.locator(".st-key-compare_matrix button").first.wait_for()
    seconds = time.perf_counter() - begun
    page.context.close()
    return seconds


def measure(browser: Browser, folder: Path, bare: str, rounds: int, *, name: str, limit: float) -> None:
    """Print the first visit to a server that has just settled, more visits beside a bare page's, and changes of the view."""
    with running_server(folder / "log") as server:
        time.sleep(SETTLE_SECONDS)
        address = f"{server.url}/compare"
        first = open_page(browser, address, OUR_SENTENCE, OUR_PAGE)
        visits = [
            open_page(browser, address, OUR_SENTENCE, OUR_PAGE) + open_page(browser, bare, BARE_TABLE) for _ in range(rounds)
        ]
        views = [change_view(browser, server.url) for _ in range(rounds)]
    sentences, figures, bares = map(list, zip(*visits, strict=True))
    print(row(f"{name}, first visit", first[-1:]))
    print(row(f"{name}, sentence", sentences))
    print(row(f"{name}, figure", figures))
    print(row("a bare table", bares))
    print(row(f"{name}, view changed", views))
    print(f"{name}: {statistics.median(sentences):.2f} s (limit {limit:g}); a bare table {statistics.median(bares):.2f} s")


def main() -> None:
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 7
    data = mnist_test()
    print(HEADER)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright, contextlib.ExitStack() as stack:
        browser = launch(playwright)
        stack.callback(browser.close)
        folder = Path(folder)
        os.environ |= {"DIGITLAB_EVALUATIONS": f"{folder}/evaluations", "DIGITLAB_RUNS": f"{folder}/runs"}
        os.environ["DIGITLAB_MODELS"] = str(PROJECT / "models")
        bare = stack.enter_context(running_server(folder / "bare_log", script=write_page(folder, BARE_PAGE)))
        for entry in registry.list_models():
            evaluate(entry, data)
            latency.measure_latency(entry, data)
        measure(browser, folder, bare.url, rounds, name="shipped models", limit=WARM_LIMIT_SECONDS)
        os.environ["DIGITLAB_MODELS"] = f"{folder}/models"
        copy_models(paths.models_dir(), COPIES)
        pretend_evaluations(data)
        measure(browser, folder, bare.url, rounds, name=f"{COPIES} models", limit=MANY_LIMIT_SECONDS)


if __name__ == "__main__":
    main()
