"""Evaluating every saved model on MNIST's test images against their bare forward passes, and reading 200 evaluations back.

Both sides read the same images in the same batches with the same compiled functions. An evaluation also loads and compiles the
model, computes all figures with their bootstrap intervals, and stores the result.

Usage: python -m benchmarks.evaluation [ROUNDS]
"""

import os
import shutil
import statistics
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

from digitcore.datasets.evaluation_data import EvaluationSet, mnist_test
from digitcore.evaluation import store
from digitcore.evaluation.evaluate import evaluate
from digitcore.evaluation.significance import compare_models, compare_with_best
from digitcore.networks import predict, registry
from digitcore.networks.backend import import_tensorflow

RATIO_LIMIT, READING_LIMIT_SECONDS, MANY = 1.3, 1.0, 200


def seconds(work: Callable[[], object]) -> float:
    """How long a call takes."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def evaluate_all(data: EvaluationSet, rounds: int) -> None:
    """Print, for each model and all together, the median seconds of each side and of their ratio in each round."""
    entries = [entry for entry in registry.list_models() if not entry.problem]
    recognisers = {entry.name: predict.load(entry) for entry in entries}
    bare: dict[str, list[float]] = {entry.name: [] for entry in entries}
    loading: dict[str, list[float]] = {entry.name: [] for entry in entries}
    whole: dict[str, list[float]] = {entry.name: [] for entry in entries}
    for number in range(rounds + 1):
        for entry in entries:
            sides = [
                (bare, lambda entry=entry: predict.predict(recognisers[entry.name], data.images)),
                (loading, lambda entry=entry: predict.load(entry)),
                (whole, lambda entry=entry: evaluate(entry, data)),
            ]
            for times, work in sides if number % 2 else reversed(sides):
                took = seconds(work)
                if number:  # the first round warms up
                    times[entry.name].append(took)
    print(
        f"{'seconds, ' + format(len(data), ',') + ' images':<24}{'bare':>8}{'loading':>9}{'whole':>8}{'whole/bare':>12}", end=""
    )
    print(f"{'whole/(bare+loading)':>22}")
    for times in (bare, loading, whole):
        times["all"] = [sum(each) for each in zip(*times.values(), strict=True)]
    for name in bare:
        trio = list(zip(bare[name], loading[name], whole[name], strict=True))
        ratios = statistics.median(c / a for a, _, c in trio), statistics.median(c / (a + b) for a, b, c in trio)
        middle = [statistics.median(times[name]) for times in (bare, loading, whole)]
        print(f"{name:<24}{middle[0]:>8.2f}{middle[1]:>9.2f}{middle[2]:>8.2f}{ratios[0]:>12.2f}{ratios[1]:>22.2f}")
    print(f"limit of whole/bare for all: {RATIO_LIMIT}")


def read_many(data: EvaluationSet, folder: Path) -> None:
    """Print how long it takes to list many models, read their evaluations and compare them."""
    model = registry.list_models()[-1]
    found = store.stored(model, data) or evaluate(model, data)
    os.environ["DIGITLAB_MODELS"] = str(folder)
    for number in range(MANY):
        copy = folder / f"copy_{number:03}.keras"
        shutil.copyfile(model.path, copy)
        with zipfile.ZipFile(copy, "a") as archive:
            archive.comment = str(number).encode()  # another file, the same network
    for entry in registry.list_models():
        for suffix, original in ((".npz", found.file), (".json", found.file.with_suffix(".json"))):
            shutil.copyfile(original, store.place(entry, data, suffix))
    store._sha256.cache_clear()
    read = lambda: [store.stored(entry, data) for entry in registry.list_models()]  # noqa: E731 - timed twice
    first, again = seconds(read), seconds(read)
    print(f"{MANY} evaluations read: {first:.2f} s, with every model's file hashed; again {again:.2f} s")
    print(
        f"limit: {READING_LIMIT_SECONDS} s; the best compared with each: "
        f"{seconds(lambda: compare_with_best(read())):.2f} s; 12 in pairs: {seconds(lambda: compare_models(read()[:12])):.2f} s"
    )


def main() -> None:
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 3
    with tempfile.TemporaryDirectory() as folder:
        os.environ["DIGITLAB_EVALUATIONS"] = f"{folder}/evaluations"
        import_tensorflow(quiet=True)  # as the app and the command line do: later collections pass its objects over
        data = mnist_test()
        evaluate_all(data, rounds)
        models = Path(folder) / "models"
        models.mkdir()
        read_many(data, models)


if __name__ == "__main__":
    main()
