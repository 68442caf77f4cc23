"""Throughput of a run that is watched in a browser, against bare ``model.fit`` of the same network.

Usage: python -m benchmarks.watched [ROUNDS] [ARCHITECTURE]
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

from playwright.sync_api import sync_playwright

from benchmarks.browser import HEADER, launch, row
from digitcore.runs.config import Augmentation, TrainConfig
from digitcore.runs.registry import create_run
from digitcore.training.recipes import RECIPES
from tests.server import PROJECT, running_server

IMAGES = 10_000
EPOCHS = 3
LIMIT = 0.95

#: The time of each epoch but the first, which pays for compiling; validation is in it, as it is in ours.
BARE = """
import json, sys, time
from digitcore.runs.config import TrainConfig
import keras
from digitcore.datasets import mnist
from digitcore.networks import architectures
from digitcore.networks.predict import as_input

config = TrainConfig.from_json(json.loads(sys.argv[1]))
dataset = mnist.load_mnist()
x, y = as_input(dataset.x_train[: config.limit]), dataset.y_train[: config.limit]
model = architectures.build(config.architecture, **config.arguments)
model.compile(optimizer="adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
validation = (as_input(dataset.x_validation), dataset.y_validation)
times = [0.0]
clock = keras.callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: times.append(time.perf_counter()))
model.fit(x, y, batch_size=config.batch_size, epochs=config.epochs, validation_data=validation, verbose=0, callbacks=[clock])
print((times[-1] - times[1]) / (config.epochs - 1))
"""


def bare(config: TrainConfig) -> float:
    """Seconds per epoch."""
    command = [sys.executable, "-c", BARE, json.dumps(config.to_json())]
    return float(subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=True).stdout.split()[-1])


def watched(config: TrainConfig, url: str, playwright) -> float:
    """Seconds per epoch, with a page open that shows the run."""
    run = create_run(config)
    browser = launch(playwright)
    page = browser.new_context(viewport={"width": 1280, "height": 800}).new_page()
    page.goto(f"{url}/train?view=Watch&run={run.id}")
    times: dict[int, float] = {}
    while run.state().is_active:
        state = run.state()
        times.setdefault(state.epoch, state.training_seconds)
        time.sleep(0.05)
    page.get_by_text("test images right").wait_for()
    browser.close()
    return (run.state().training_seconds - times[1]) / (config.epochs - 1)


def main() -> None:
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    recipe = RECIPES[sys.argv[2] if len(sys.argv) > 2 else "cnn_v2"]
    config = replace(recipe, limit=IMAGES, epochs=EPOCHS, augmentation=Augmentation())
    ours, theirs = [], []
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        folders = {f"DIGITLAB_{name.upper()}": f"{folder}/{name}" for name in ("runs", "models")}
        os.environ |= folders
        with running_server(Path(folder) / "log", environment=folders) as server:
            for number in range(rounds):
                ours.append(watched(replace(config, name=f"watched_{number}"), server.url, playwright))
                time.sleep(8)  # until the next worker is ready
                theirs.append(bare(config))
                print(f"watched {ours[-1]:.2f} s an epoch, bare {theirs[-1]:.2f}", flush=True)
    print(HEADER)
    print(row(f"watched, {config.architecture}", [IMAGES / value for value in ours], "images/s", 1))
    print(row("bare model.fit", [IMAGES / value for value in theirs], "images/s", 1))
    ratio = statistics.median(b / a for a, b in zip(ours, theirs, strict=True))
    print(f"throughput, median of {rounds} pairs: {ratio:.2f} of bare fit's (limit {LIMIT})")


if __name__ == "__main__":
    main()
