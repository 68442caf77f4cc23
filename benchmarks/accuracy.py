"""How many digits that are not MNIST a saved model reads, drawn and photographed as a visitor would bring them.

Usage: python benchmarks/accuracy.py FOLDER [--model NAME]

FOLDER holds any of: usps_test.npz and semeion.npz (x uint8 (N, 16, 16) white on black, y), photo_digits.npz (x uint8
(N, H, W, 3), y), pen_strokes.jsonl.gz ({"y": 8, "strokes": [[[x, y], ...], ...]} a line). Nothing is tuned on them: every set
goes through ``digitcore.recognise`` as it is.
"""

import argparse
import gzip
import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

CANVAS_SIDE, PEN_WIDTH = 320, 20
ARRAY_SETS = ("usps_test.npz", "semeion.npz", "photo_digits.npz")
STROKE_SET = "pen_strokes.jsonl.gz"


def draw_strokes(strokes: list[list[list[float]]]) -> np.ndarray:
    """Draw pen strokes as the canvas does, black on white, fitted into its middle: uint8 ``(CANVAS_SIDE, CANVAS_SIDE)``."""
    points = np.array([point for stroke in strokes for point in stroke], float)
    low, size = points.min(axis=0), max(np.ptp(points, axis=0).max(), 1)
    scale = 0.7 * CANVAS_SIDE / size
    offset = (CANVAS_SIDE - np.ptp(points, axis=0) * scale) / 2
    image = Image.new("L", (CANVAS_SIDE, CANVAS_SIDE), 255)
    pen = ImageDraw.Draw(image)
    for stroke in strokes:
        path = [tuple((np.array(point) - low) * scale + offset) for point in stroke]
        pen.line(path, fill=0, width=PEN_WIDTH, joint="curve")
        for x, y in (path[0], path[-1]):
            pen.ellipse([x - PEN_WIDTH / 2, y - PEN_WIDTH / 2, x + PEN_WIDTH / 2, y + PEN_WIDTH / 2], fill=0)
    return np.asarray(image)


def pictures(path: Path) -> Iterator[tuple[np.ndarray, int]]:
    """The (picture, label) pairs of one file."""
    if path.name == STROKE_SET:
        with gzip.open(path, "rt") as lines:
            for line in lines:
                digit = json.loads(line)
                yield draw_strokes(digit["strokes"]), digit["y"]
    else:
        with np.load(path) as arrays:
            yield from zip(arrays["x"], arrays["y"].tolist(), strict=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--model", default="cnn_v2")
    options = parser.parse_args()

    from digitcore.networks.recogniser import recognise

    print(f"{'set':<24}{'digits':>8}{'right':>8}{'accuracy':>10}{'abstained':>11}{'several':>9}")
    for name in (*ARRAY_SETS, STROKE_SET):
        if not (options.folder / name).is_file():
            continue
        answers = [(recognise(picture, options.model), label) for picture, label in pictures(options.folder / name)]
        right = sum(answer.digit == label for answer, label in answers)
        abstained = sum(answer.digit is None for answer, _ in answers)
        several = sum(len(answer.digits) > 1 for answer, _ in answers)
        print(f"{name:<24}{len(answers):>8}{right:>8}{right / len(answers):>10.2%}{abstained:>11}{several:>9}", flush=True)


if __name__ == "__main__":
    main()
