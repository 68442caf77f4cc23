"""Export a saved model as LiteRT, ONNX or SavedModel, and verify that the exported file returns Keras's probabilities.

Keras and its converters change global state while they work, so the server exports in a separate process: ``child_process.py``.
"""

import importlib.metadata
import tempfile
import zipfile
from pathlib import Path

import numpy as np

from digitcore import files
from digitcore.datasets import mnist
from digitcore.errors import ExportError, summary
from digitcore.export.formats import FORMATS
from digitcore.export.parity import TEST_IMAGES, TOLERANCE, largest_difference
from digitcore.export.readme import NOTES_FILE, describe
from digitcore.export.result import Exported
from digitcore.networks import registry
from digitcore.networks.predict import as_input


def export_model(name: str, format: str, *, directory: Path, file_name: str | None = None) -> Exported:
    """Export a saved model and compare the result with Keras on 200 test images, first one alone, then all at once.

    Args:
        name: the name of a model in ``models/``.
        format: ``"litert"``, ``"onnx"`` or ``"savedmodel"``.
        directory: the folder for the zip; created if it is missing.
        file_name: the name of the zip; ``<name>-<format>.zip`` if None.

    Raises:
        ModelError: the model is missing or broken.
        ExportError: an unknown format, a failed conversion, a difference above ``TOLERANCE``, or a folder that cannot be
            written. In these cases no file is left.
    """
    if format not in FORMATS:
        raise ExportError(f"{format!r} is not an export format. The formats are: {', '.join(FORMATS)}.")
    target = FORMATS[format]
    entry = registry.find(name)
    dataset = mnist.load_mnist()
    images = as_input(dataset.x_test[:TEST_IMAGES])
    with tempfile.TemporaryDirectory() as folder:
        exported = Path(folder) / target.file_name
        model = registry.load_model(name)
        expected = np.asarray(model(images, training=False))
        try:
            target.convert(model, exported)
            (one, all_at_once), signature = target.run(exported, [images[:1], images])
        except Exception as error:  # three converters and three runtimes raise many types
            raise ExportError(f"The model {name!r} cannot be exported as {target.title}: {summary(error)}") from error
        difference = max(largest_difference(one, expected[:1]), largest_difference(all_at_once, expected))
        if not difference <= TOLERANCE:
            raise ExportError(
                f"The model {name!r} as {target.title} differs from Keras by {difference:.2g} on {len(images)} test images; "
                f"the limit is {TOLERANCE:g}. No file was saved."
            )
        result = Exported(
            path=directory / (file_name or f"{name}-{format}.zip"),
            format=format,
            largest_difference=difference,
            images=len(images),
            data=dataset.name,
            runtime=f"{target.package} {importlib.metadata.version(target.package)}",
        )
        proof = {"format": target.title, "largest_difference": difference, "images": len(images), "data": dataset.name}
        card = {**entry.card, "export": {**proof, "runtime": result.runtime}}
        try:
            _pack(result.path, exported, files.to_json(card), describe(name, target.title, target.file_name, signature, result))
        except OSError as error:
            raise ExportError(f"{result.path} cannot be written: {error.strerror or error}.") from error
    return result


def _pack(path: Path, exported: Path, card: bytes, notes: str) -> None:
    with files.replacing(path) as temporary, zipfile.ZipFile(temporary, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in sorted(exported.rglob("*")) if exported.is_dir() else [exported]:
            archive.write(file, file.relative_to(exported.parent))
        archive.writestr(registry.CARD_FILE, card)
        archive.writestr(NOTES_FILE, notes)
