"""How well a model reads digits that are not MNIST, drawn and photographed as a visitor would bring them, and what it refuses.

Usage: python -m benchmarks.wild FOLDER [--model NAME] [--figure FILE.svg]

FOLDER holds any of these; nothing is tuned on them, and every picture goes through ``digitcore.recognise`` as it is:

- ``*.npz`` with x uint8 ``(N, H, W)`` or ``(N, H, W, 3)`` and y ``(N,)``, and perhaps src ``(N,)``, where each picture is from;
- ``not_*.npz`` with x and perhaps cls ``(N,)``: pictures that show no digit;
- ``*.jsonl.gz`` with digits as pen strokes, ``{"y": 8, "strokes": [[[x, y], ...], ...]}`` a line, y down;
- ``sheets/`` with pictures of several digits, and labels.json: file -> {"rows": [text, ...]}.
"""

import argparse
import gzip
import json
import time
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

from digitcore.datasets.dataset import UNLABELLED
from digitcore.evaluation.calibration import reliability
from digitcore.figures import palette
from digitcore.networks import registry
from digitcore.networks.recogniser import Recognition, recognise

CANVAS_SIDE, PEN_WIDTH = 340, 20
HEADER = f"{'set':<26}{'pictures':>9}{'right':>8}{'accuracy':>10}{'unsure':>8}{'several':>9}{'ECE':>8}{'ms':>7}"


@dataclass(kw_only=True)
class Score:
    """What was read in the pictures of one set or source."""

    labels: list[int] = field(default_factory=list)
    answers: list[Recognition] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)

    def add(self, label: int, answer: Recognition, seconds: float) -> None:
        self.labels.append(label)
        self.answers.append(answer)
        self.seconds.append(seconds)

    @property
    def right(self) -> int:
        return sum(answer.text == str(label) for label, answer in zip(self.labels, self.answers, strict=True))

    @property
    def accuracy(self) -> float:
        return self.right / len(self.labels)

    @property
    def accepted(self) -> int:
        """How many pictures were called a digit, or several."""
        return sum(bool(answer.text.strip("?")) for answer in self.answers)

    def row(self, name: str) -> str:
        unsure = sum(not answer.text for answer in self.answers)
        several = sum(len(answer.text) > 1 for answer in self.answers)
        read = [(label, answer) for label, answer in zip(self.labels, self.answers, strict=True) if answer.confidence]
        probabilities = np.array([answer.probabilities for _, answer in read]).reshape(-1, 10)
        error = reliability(np.array([label for label, _ in read]), probabilities).expected_calibration_error or 0
        counts = f"{len(self.labels):>9}{self.right:>8}{self.accuracy:>10.2%}{unsure:>8}{several:>9}"
        return f"{name:<26}{counts}{error:>8.2%}{1000 * float(np.median(self.seconds)):>7.1f}"


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


def pictures(path: Path) -> Iterator[tuple[np.ndarray, int, str]]:
    """The picture, label and source of everything in one file; the source is empty if it is not known."""
    if path.name.endswith(".jsonl.gz"):
        with gzip.open(path, "rt") as lines:
            for line in lines:
                digit = json.loads(line)
                yield draw_strokes(digit["strokes"]), digit["y"], ""
        return
    with np.load(path) as arrays:
        images = arrays["x"]
        labels = arrays["y"].tolist() if "y" in arrays else [UNLABELLED] * len(images)
        sources = arrays["src"].tolist() if "src" in arrays else [""] * len(images)
        yield from zip(images, labels, sources, strict=True)


def read_set(path: Path, model: str) -> dict[str, Score]:
    """Source -> its score; all pictures together under the empty name."""
    scores: dict[str, Score] = defaultdict(Score)
    for picture, label, source in pictures(path):
        started = time.perf_counter()
        answer = recognise(picture, model)
        seconds = time.perf_counter() - started
        for name in {"", source}:
            scores[name].add(label, answer, seconds)
    return scores


def show_sheets(folder: Path, model: str) -> None:
    """Print what is read on each sheet beside what is written there."""
    labels = json.loads((folder / "labels.json").read_text())
    for name, sheet in labels.items():
        answer = recognise(folder / name, model)
        wanted = "".join(sheet["rows"])
        print(f"{name:<26}written {wanted!r}, read {answer.text!r}{'  right' if answer.text == wanted else ''}", flush=True)


def write_figure(path: Path, accuracies: dict[str, float], accepted: dict[str, float]) -> None:
    """A bar for each set, as an SVG file."""
    bars = [(name, share, palette.ACCENT) for name, share in accuracies.items()]
    bars += [(f"{name} called a digit", share, palette.OTHERS) for name, share in accepted.items()]
    parts = []
    for i, (name, share, colour) in enumerate(bars):
        y = 10 + 30 * i
        parts.append(f'<text x="190" y="{y + 15}" text-anchor="end">{name.replace("_", " ")}</text>')
        parts.append(f'<rect x="200" y="{y}" width="{400 * share:.1f}" height="20" rx="3" fill="{colour}"/>')
        parts.append(f'<text x="{208 + 400 * share:.1f}" y="{y + 15}">{share:.1%}</text>')
    size = f'width="680" height="{30 * len(bars) + 10}"'
    style = 'font-family="sans-serif" font-size="14" fill="#6b7280"'
    path.write_text(f'<svg xmlns="http://www.w3.org/2000/svg" {size} {style}>{"".join(parts)}</svg>\n')


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--model", default=registry.DEFAULT_MODEL)
    parser.add_argument("--figure", type=Path, help="also draw the accuracies into this SVG file")
    options = parser.parse_args()

    accuracies, accepted = {}, {}
    print(HEADER)
    for path in sorted([*options.folder.glob("*.npz"), *options.folder.glob("*.jsonl.gz")]):
        name = path.name.split(".")[0]
        scores = read_set(path, options.model)
        if name.startswith("not_"):
            share = scores[""].accepted / len(scores[""].labels)
            accepted[name] = share
            print(f"{name:<26}{len(scores[''].labels):>9} accepted as a digit: {share:.1%}", flush=True)
            continue
        accuracies[name] = scores[""].accuracy
        print(scores.pop("").row(name), flush=True)
        for source, score in sorted(scores.items()):
            print(score.row(f"  {source}"), flush=True)
    if accuracies:
        print(f"{'mean of the sets':<26}{np.mean(list(accuracies.values())):>27.2%}")
    if (options.folder / "sheets" / "labels.json").is_file():
        show_sheets(options.folder / "sheets", options.model)
    if options.figure:
        write_figure(options.figure, accuracies, accepted)


if __name__ == "__main__":
    main()
