"""One recognition against its parts: the preprocessing alone, and the bare compiled network alone, in turn.

Usage: python -m benchmarks.recognition [ROUNDS] [MODEL]
"""

import io
import statistics
import sys
import time
from collections.abc import Callable

import numpy as np
import tensorflow as tf
from PIL import Image

from benchmarks.wild import draw_strokes
from digitcore.networks.recogniser import get_recogniser
from digitcore.networks.registry import DEFAULT_MODEL
from digitcore.preprocessing.ink import find_ink
from digitcore.preprocessing.mnist_style import to_mnist
from digitcore.preprocessing.pictures import load_picture

LIMIT = 1.3
SEVEN = [[[0, 0], [50, 0], [100, 0], [60, 120], [40, 220]]]


def seconds(call: Callable[[], object]) -> float:
    started = time.perf_counter()
    call()
    return time.perf_counter() - started


def main() -> None:
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 300
    recogniser = get_recogniser(sys.argv[2] if len(sys.argv) > 2 else DEFAULT_MODEL)
    file = io.BytesIO()
    Image.fromarray(draw_strokes(SEVEN)).convert("RGBA").save(file, "PNG")
    drawing = file.getvalue()

    model = recogniser.model
    bare = tf.function(lambda x: model(x, training=False), input_signature=[tf.TensorSpec((None, 28, 28, 1), tf.float32)])

    def preprocess() -> np.ndarray:
        return to_mnist(find_ink(load_picture(drawing).pixels).pixels)[0]

    image = tf.constant(preprocess()[None, ..., None])
    calls = {
        "recognise(drawing)": lambda: recogniser.recognise(drawing),
        "preprocessing": preprocess,
        "bare tf.function": lambda: bare(image).numpy(),
    }
    times: dict[str, list[float]] = {name: [] for name in calls}
    for i in range(rounds + 20):
        for name, call in calls.items():
            taken = seconds(call)
            if i >= 20:
                times[name].append(taken)
    print(f"{'':<24}{'median':>10}")
    for name, values in times.items():
        print(f"{name:<24}{1000 * statistics.median(values):>10.2f} ms")
    whole, *parts = times.values()
    ratio = statistics.median(w / (p + n) for w, p, n in zip(whole, *parts, strict=True))
    print(f"ratio to the sum of its parts, median of {rounds}: {ratio:.2f} (limit {LIMIT})")


if __name__ == "__main__":
    main()
