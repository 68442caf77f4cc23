"""The commands for saved models: ``models``, ``evaluate``, ``test-folder`` and ``export``."""

import argparse
import contextlib
import json
import sys
import warnings
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from digitcore import files
from digitcore.errors import ConfigError, DataError, ModelError
from digitcore.networks import registry
from digitcore.networks.backend import import_tensorflow, silence
from digitcore.networks.registry import ModelEntry

if TYPE_CHECKING:
    from digitcore.datasets.evaluation_data import EvaluationSet
    from digitcore.evaluation.folder_report import FolderReport, Total
    from digitcore.evaluation.store import Evaluation

#: As in ``export/formats.py``, which imports NumPy.
FORMATS = ("litert", "onnx", "savedmodel")


def add_commands(commands: argparse._SubParsersAction) -> None:
    """Add the commands to the parser's."""
    models = commands.add_parser("models", help="list the saved models")
    models.set_defaults(run=_models)

    evaluate = commands.add_parser("evaluate", help="evaluate saved models on MNIST's test images")
    evaluate.set_defaults(run=_evaluate)
    evaluate.add_argument("models", nargs="*", metavar="MODEL", help="default: all")
    evaluate.add_argument("--json", action="store_true", help="print one JSON object per line")

    test = commands.add_parser("test-folder", help="test every saved model on every picture of a folder")
    test.set_defaults(run=_test_folder)
    test.add_argument("folder", type=Path, metavar="DIR", help="PNG, JPEG or WebP; labels from 3/x.png, 3.png or 3_x.png")
    test.add_argument("--output", type=Path, metavar="FILE.png", help="draw every picture with every prediction")
    test.add_argument("--csv", type=Path, metavar="FILE.csv", help="write every prediction")
    test.add_argument("--json", action="store_true", help="print one JSON object per line, one for each model")

    export = commands.add_parser("export", help="convert a saved model and prove that its probabilities stay the same")
    export.set_defaults(run=_export)
    export.add_argument("model", metavar="MODEL")
    export.add_argument("--format", choices=FORMATS, required=True)
    export.add_argument("--output", type=Path, metavar="FILE.zip", help="default: MODEL-FORMAT.zip, here")
    export.add_argument("--json", action="store_true", help="print the result as a JSON object")


def _models(options: argparse.Namespace) -> int:
    entries = registry.list_models()
    for entry in entries:
        about = entry.test_result or "no card"
        if "parameters" in entry.card:
            about += f", {entry.card['parameters']:,} parameters"
        print(f"{entry.name:<{_width(entries)}}{'BROKEN: ' + entry.problem if entry.problem else about}")
    return 0


def _evaluate(options: argparse.Namespace) -> int:
    names = options.models or [entry.name for entry in registry.list_models() if not entry.problem]
    entries = [registry.find(name) for name in names]

    from digitcore.datasets import evaluation_data
    from digitcore.evaluation import store

    data = evaluation_data.mnist_test()
    status = 0
    for entry in entries:
        try:
            evaluation = store.stored(entry, data) or _evaluate_now(entry, data)
        except ModelError as error:
            print(f"digitcore: {entry.name}: {error}", file=sys.stderr)
            status = 1
        else:
            print(json.dumps(_as_json(evaluation)) if options.json else _as_line(evaluation, _width(entries)), flush=True)
    return status


def _evaluate_now(entry: ModelEntry, data: "EvaluationSet") -> "Evaluation":
    import_tensorflow(quiet=True)
    from digitcore.evaluation.evaluate import evaluate

    return evaluate(entry, data)


def _as_json(evaluation: "Evaluation") -> dict[str, Any]:
    intervals = {name: [interval.low, interval.high] for name, interval in evaluation.intervals.items()}
    return {"model": evaluation.model, "data": evaluation.data, **vars(evaluation.metrics), "intervals": intervals}


def _as_line(evaluation: "Evaluation", width: int) -> str:
    """The accuracy with its 95 % confidence interval, such as "99.51 % (99.36-99.63)", and the loss."""
    metrics, accuracy = evaluation.metrics, evaluation.intervals["accuracy"]
    interval = f"({100 * accuracy.low:.2f}-{100 * accuracy.high:.2f})"
    figures = f"{100 * accuracy.value:6.2f} % {interval:<17}loss {metrics.loss:.4f}"
    return f"{evaluation.model:<{width}}{figures}  on {metrics.count:,} images of {evaluation.data}"


def _width(entries: Iterable[ModelEntry]) -> int:
    """The width of the column of names."""
    return max((len(entry.name) for entry in entries), default=0) + 2


def _test_folder(options: argparse.Namespace) -> int:
    from digitcore.evaluation import folder_report
    from digitcore.figures import folder_png

    _check_suffix(options.output, ".png")
    _check_suffix(options.csv, ".csv")
    if options.folder.is_dir():  # otherwise the error comes before TensorFlow loads
        import_tensorflow(quiet=True)
    result = _with_bar(options.folder)
    if options.json:
        for name, total in result.totals.items():
            print(json.dumps({"model": name, "pictures": len(result.pictures), **vars(total)}))
    else:
        print("\n".join(_columns([(name, *_in_words(total)) for name, total in result.totals.items()])))
    for note in result.notes:
        print(f"digitcore: {note}", file=sys.stderr)
    for problem in result.problems:
        print(f"digitcore: {problem.name}: {problem.reason}", file=sys.stderr)
    if options.csv:
        _write(options.csv, folder_report.to_csv(result).encode())
    if options.output:
        _write(options.output, folder_png.to_png(result))
    return 1 if result.problems else 0


def _in_words(total: "Total") -> tuple[str, str]:
    right = f"{total.right:,} of {total.labelled:,} right ({total.share:.1%})" if total.labelled else "no labels"
    several = f", {total.several:,} read as several digits" if total.several else ""
    return right, f"{total.abstained:,} abstained{several}"


def _columns(rows: Sequence[tuple[str, ...]]) -> list[str]:
    """The rows as lines, each column as wide as its longest text."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return ["  ".join(f"{text:<{width}}" for text, width in zip(row, widths, strict=True)).rstrip() for row in rows]


def _with_bar(folder: Path) -> "FolderReport":
    from rich.console import Console
    from rich.progress import Progress

    from digitcore.evaluation import read_folder

    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("Reading")
        return read_folder.read_folder(folder, progress=lambda done, total: bar.update(task, completed=done, total=total))


def _export(options: argparse.Namespace) -> int:
    registry.find(options.model)  # a wrong name is refused here, before TensorFlow loads
    output = options.output or Path(f"{options.model}-{options.format}.zip")
    _check_suffix(output, ".zip")

    import_tensorflow(quiet=True)
    from digitcore.export.export_model import export_model

    warnings.simplefilter("ignore")  # the converters warn about each other
    # With --json, keep what the converters write: after a crash, the calling program has nothing else.
    with contextlib.nullcontext() if options.json else silence():
        result = export_model(options.model, options.format, directory=output.parent, file_name=output.name)
    if options.json:
        print(json.dumps({**vars(result), "path": str(result.path)}))
        return 0
    print(f"Saved in {result.path}")
    print(
        f"The largest difference from Keras is {result.largest_difference:.2g}, on {result.images} images of {result.data}, "
        f"by {result.runtime}."
    )
    return 0


def _check_suffix(path: Path | None, suffix: str) -> None:
    if path and path.suffix.lower() != suffix:
        raise ConfigError(f"The output is {path}; expected a name that ends in {suffix}.")


def _write(path: Path, content: bytes) -> None:
    try:
        files.write_bytes(path, content)
    except OSError as error:
        raise DataError(f"{path} cannot be written: {error.strerror or error}.") from error
    print(f"Saved in {path}", file=sys.stderr)
