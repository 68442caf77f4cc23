"""The page of layers: another digit, a click on a layer, what a network of 128 channels sends, and a step in the explorer.

Usage: python -m benchmarks.layers_page [ROUNDS]
"""

import os
import statistics
import sys
import tempfile
import time
from pathlib import Path

import keras
import numpy as np
from playwright.sync_api import Locator, Page, sync_playwright

from benchmarks.browser import HEADER, launch, row
from digitcore.datasets import mnist
from digitcore.explain.decompose import decompose
from digitcore.explain.network import Network
from digitcore.networks import registry
from digitcore.networks.recogniser import Recogniser
from digitcore.preprocessing.links import encode
from tests.server import PROJECT, running_server

RATIO_LIMIT, BYTES_LIMIT, STEP_LIMIT_SECONDS = 1.5, 700_000, 0.05
EXPLORER = (
    "Array.from(document.querySelectorAll('[data-testid=stBidiComponentIsolated]'), (node) => node.shadowRoot)"
    ".find((root) => root?.querySelector('[data-testid=explorer-keras]'))"
)
NUMBER = f"{EXPLORER}?.querySelector('[data-testid=explorer-keras]').dataset.value"
STEPS = f"""async () => {{
    const step = {EXPLORER}.querySelector('[data-testid=explorer-forward]'), times = []
    for (let n = 0; n < 40; n++) {{
        await new Promise(requestAnimationFrame)
        const start = performance.now()
        step.click()
        await new Promise((done) => requestAnimationFrame(() => setTimeout(done)))
        times.push((performance.now() - start) / 1000)
    }}
    return times
}}"""


def wide() -> keras.Model:
    """Two convolutions of 128 channels at the picture's full size."""
    layers = keras.layers
    return keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            layers.Conv2D(128, 3, padding="same", activation="relu", name="first"),
            layers.Conv2D(128, 3, padding="same", activation="relu", name="second"),
            layers.GlobalAveragePooling2D(),
            layers.Dense(10, activation="softmax"),
        ]
    )


def numbers(rounds: int, images: np.ndarray) -> tuple[list[float], list[float]]:
    """Seconds of one forward pass, and of all that the page shows of a digit; taken in turn, of the default model."""
    model = registry.load_model(registry.DEFAULT_MODEL)
    recogniser, network = Recogniser(model), Network(model)
    layer = next(layer for layer in network.layers if layer.kind == "convolution").name
    forward, page = [], []
    for number in range(rounds):
        image = images[number % len(images)][None]
        started = time.perf_counter()
        recogniser.probabilities(image)
        between = time.perf_counter()
        activations = {name: maps[0] for name, maps in network.activations(image).items()}
        decompose(network, activations, layer, (5, 5, 0))
        forward.append(between - started)
        page.append(time.perf_counter() - between)
    return forward, page


def open_layer(page: Page, url: str, image: np.ndarray, query: str) -> None:
    page.goto(f"{url}/layers?digit={encode(image)}&{query}")
    page.get_by_test_id("explorer-keras").wait_for()
    page.wait_for_timeout(1500)


def change_digit(page: Page, rounds: int) -> list[float]:
    """Seconds from the click for the next MNIST image to the explorer's new number."""
    page.get_by_role("radio", name="MNIST").click()
    page.wait_for_timeout(2500)
    return [until_new_number(page, page.get_by_test_id("stNumberInputStepUp").first) for _ in range(rounds)]


def change_layer(page: Page, rounds: int) -> list[float]:
    """Seconds from the click on a layer in the strip to the explorer's new number."""
    strip = page.locator(".st-key-layers_strip")
    titles = ("Conv 1b:", "Conv 2a:")
    return [until_new_number(page, strip.get_by_role("button", name=titles[number % 2])) for number in range(rounds)]


def until_new_number(page: Page, button: Locator) -> float:
    before = page.evaluate(NUMBER)
    started = time.perf_counter()
    button.click()
    page.wait_for_function(f"before => ![undefined, before].includes({NUMBER})", arg=before, polling=10)
    took = time.perf_counter() - started
    page.wait_for_timeout(900)
    return took


def rerun(page: Page, rounds: int) -> list[float]:
    """Seconds of Streamlit's own round trip on this page: the colours of the maps, which compute nothing of the network."""
    page.get_by_text("All 64 feature maps").click()
    times = []
    for number in range(rounds):
        name = ("one scale for each map", "one scale for the layer")[number % 2]
        words = ("Each map has its own scale", "From 0 (black)")[number % 2]
        page.get_by_text(name).first.scroll_into_view_if_needed()
        started = time.perf_counter()
        page.get_by_text(name).first.click()
        page.wait_for_function("words => document.body.innerText.includes(words)", arg=words, polling=10)
        times.append(time.perf_counter() - started)
        page.wait_for_timeout(500)
    page.get_by_text("All 64 feature maps").click()
    return times


def main() -> None:
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 10
    images = mnist.load_sample().x_test.astype(np.float32) / 255
    forward, whole = numbers(200, images)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        for name in ("cnn_v2", "sprint"):
            os.symlink(PROJECT / "models" / name, Path(folder) / name)
        wide().save(Path(folder) / "wide.keras")
        environment = {"DIGITLAB_MODELS": folder, "DIGITLAB_IDLE_WORKER": "0"}
        with running_server(Path(folder) / "log", environment=environment) as server:
            browser = launch(playwright)
            page = browser.new_context(viewport={"width": 1280, "height": 800}).new_page()
            received: list[int] = []
            page.on("websocket", lambda socket: socket.on("framereceived", lambda frame: received.append(len(frame))))
            open_layer(page, server.url, images[0], "model=cnn_v2&layer=conv1a")
            trips, changes, clicks = rerun(page, rounds), change_digit(page, rounds), change_layer(page, rounds)
            received.clear()
            open_layer(page, server.url, images[0], "model=wide&layer=second")
            sent = sum(received)
            steps = page.evaluate(STEPS)
            browser.close()
    print(HEADER)
    print(row("one compiled forward pass", forward))
    print(row("all numbers of the page", whole))
    ratio = statistics.median(b / a for a, b in zip(forward, whole, strict=True))
    print(f"ratio of these two: {ratio:.2f}")
    print(row("rerun of the page, same digit", trips))
    print(row("another digit -> its page", changes))
    print(row("a click on a layer -> its page", clicks))
    limit = RATIO_LIMIT * statistics.median(forward) + statistics.median(trips)
    print(f"(limit {limit * 1000:.0f} ms: {RATIO_LIMIT:g} forward passes and a rerun)")
    print(row("a step, 128 channels", steps))
    print(f"(limit {STEP_LIMIT_SECONDS * 1000:g} ms); sent for that page: {sent / 1e6:.2f} MB (limit {BYTES_LIMIT / 1e6:g})")


if __name__ == "__main__":
    main()
