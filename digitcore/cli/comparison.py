"""The command line's commands for saved models: ``test-folder`` and ``export``."""

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from digitcore import files
from digitcore.errors import ConfigError, DataError
from digitcore.networks import registry
from digitcore.networks.backend import import_tensorflow, silence

if TYPE_CHECKING:
    from digitcore.evaluation.folder_results import FolderTest

#: As in ``export.FORMATS``, which takes NumPy and MNIST along.
FORMATS = ("litert", "onnx", "savedmodel")


def add_commands(commands: argparse._SubParsersAction) -> None:
    """Add both to the parser's commands."""
    test = commands.add_parser("test-folder", help="test every saved model on every picture of a folder")
    test.set_defaults(run=_test_folder)
    test.add_argument("folder", type=Path, metavar="DIR", help="PNG, JPEG or WebP; labels from 3/x.png or 3_x.png")
    test.add_argument("--output", type=Path, metavar="FILE.png", help="draw every picture with every answer")
    test.add_argument("--csv", type=Path, metavar="FILE.csv", help="write every answer")
    test.add_argument("--json", action="store_true", help="one JSON object a line, one for each model")

    export = commands.add_parser("export", help="convert a saved model and prove that it answers as before")
    export.set_defaults(run=_export)
    export.add_argument("model", metavar="MODEL")
    export.add_argument("--format", choices=FORMATS, required=True)
    export.add_argument("--output", type=Path, metavar="FILE.zip", help="default: MODEL-FORMAT.zip, here")


def _test_folder(options: argparse.Namespace) -> int:
    from digitcore.evaluation import folder_results
    from digitcore.figures import folder_png

    _check_suffix(options.output, ".png")
    _check_suffix(options.csv, ".csv")
    if options.folder.is_dir():  # else the error comes before TensorFlow loads
        import_tensorflow(quiet=True)
    result = _with_bar(options.folder)
    for name, total in result.totals.items():
        found = {"model": name, "pictures": len(result.pictures), **vars(total)}
        right = f"{total.right:,} of {total.labelled:,} right ({total.share:.1%})" if total.labelled else "no labels"
        text = f"{name:<24}{right:<32}{total.abstained:,} abstained"
        print(json.dumps(found) if options.json else text)
    for note in result.notes:
        print(f"digitcore: {note}", file=sys.stderr)
    for problem in result.problems:
        print(f"digitcore: {problem.name}: {problem.reason}", file=sys.stderr)
    if options.csv:
        _write(options.csv, folder_results.to_csv(result).encode())
    if options.output:
        _write(options.output, folder_png.to_png(result))
    return 1 if result.problems else 0


def _with_bar(folder: Path) -> "FolderTest":
    from rich.console import Console
    from rich.progress import Progress

    from digitcore.evaluation import folder_report

    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("Reading")
        return folder_report.read_folder(folder, progress=lambda done, total: bar.update(task, completed=done, total=total))


def _export(options: argparse.Namespace) -> int:
    registry.find(options.model)  # a wrong name ends here, before TensorFlow loads
    output = options.output or Path(f"{options.model}-{options.format}.zip")
    _check_suffix(output, ".zip")

    import_tensorflow(quiet=True)
    with silence():  # the converters' own talk
        from digitcore.export.export import export_model

        result = export_model(options.model, options.format, directory=output.parent, file_name=output.name)
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
