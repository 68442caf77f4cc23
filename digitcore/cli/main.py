"""The command line: ``python -m digitcore COMMAND``.

The exit status is 0 for success, 1 for a failure and 2 for wrong usage. An error is one line on stderr.
"""

import argparse
import json
import logging
import sys
from collections.abc import Iterator, Sequence
from dataclasses import astuple
from pathlib import Path
from typing import Any

from digitcore.cli import models, search, train
from digitcore.errors import ConfigError, DigitcoreError
from digitcore.networks import registry
from digitcore.networks.backend import import_tensorflow
from digitcore.preprocessing.pictures import FILE_SUFFIXES


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status."""
    logging.basicConfig(level=logging.WARNING, format="%(message)s")
    options = _parser().parse_args(arguments)
    try:
        return options.run(options)
    except DigitcoreError as error:
        print(f"digitcore: {error}", file=sys.stderr)
        return 2 if isinstance(error, ConfigError) else 1
    except KeyboardInterrupt:
        print("digitcore: stopped.", file=sys.stderr)
        return 1


def _data(options: argparse.Namespace) -> int:
    from rich.console import Console
    from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    from digitcore.datasets import mnist as data

    columns = (SpinnerColumn(), BarColumn(), TextColumn("{task.percentage:>3.0f}% {task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True)) as bar:
        task = bar.add_task("MNIST", total=1.0)
        dataset = data.load_mnist(lambda share, text: bar.update(task, completed=share, description=text))
    sizes = [len(labels) for labels in (dataset.y_train, dataset.y_validation, dataset.y_test)]
    print("MNIST from {}, verified: {:,} training, {:,} validation and {:,} test images.".format(dataset.source, *sizes))
    return 0


def _recognise(options: argparse.Namespace) -> int:
    registry.find(options.model)  # a wrong name is refused here, before TensorFlow loads

    import_tensorflow(quiet=True)
    from digitcore.networks.recogniser import recognise

    status = 0
    for path in _pictures(options.paths):
        record: dict[str, Any] = {
            "path": str(path),
            **dict.fromkeys(("digit", "confidence", "probabilities")),
            "text": "",
            "digits": [],
        }
        notes: tuple[str, ...] = ()
        try:
            result = recognise(path, options.model)
        except DigitcoreError as error:
            status = 1
            record["error"] = str(error)
        else:
            notes = result.notes
            record |= {"digit": result.digit, "confidence": round(result.confidence, 6), "text": result.text}
            record |= {"probabilities": [round(float(p), 6) for p in result.probabilities], "error": result.reason}
            record["digits"] = [
                {"digit": found.digit, "best_guess": found.best_guess, "confidence": round(found.confidence, 6)}
                | {"box": list(astuple(found.box))}  # left, top, right, bottom
                for found in result.digits
            ]
        line = json.dumps(record) if options.json else " ".join([_in_words(record), *notes])
        print(line, flush=True)
    return status


def _in_words(record: dict[str, Any]) -> str:
    line = record["error"] or f"{record['text']} ({record['confidence']:.1%})"
    return line if line.startswith(record["path"]) else f"{record['path']}: {line}"


def _pictures(named: Sequence[Path]) -> Iterator[Path]:
    """The named files and, for each named folder, the pictures in it."""
    for path in named:
        if path.is_dir():
            yield from sorted(file for file in path.iterdir() if file.suffix.lower() in FILE_SUFFIXES)
        else:
            yield path


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m digitcore", description="Train networks on handwritten digits and use them."
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    data = commands.add_parser("data", help="download MNIST, verify it and store it")
    data.set_defaults(run=_data)

    train.add_command(commands)

    recognise = commands.add_parser("recognise", help="read the digits in pictures")
    recognise.set_defaults(run=_recognise)
    recognise.add_argument("paths", nargs="+", type=Path, metavar="FILE_OR_DIR", help="PNG, JPEG or WebP, or a folder of them")
    recognise.add_argument("--model", default=registry.DEFAULT_MODEL, help=f"default: {registry.DEFAULT_MODEL}")
    recognise.add_argument("--json", action="store_true", help="print one JSON object per line")

    models.add_commands(commands)
    search.add_commands(commands)
    return parser
