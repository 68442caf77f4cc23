"""A saved model -> LiteRT, ONNX or SavedModel, in a zip, after the exported file has proved that it answers as Keras does."""

import importlib.metadata
import tempfile
import threading
import warnings
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from digitcore import files
from digitcore.datasets import mnist
from digitcore.errors import ExportError, summary
from digitcore.export.readme import NOTES_FILE, Exported, Signature, describe
from digitcore.networks import registry

if TYPE_CHECKING:
    import keras

#: The largest difference from Keras, of probabilities 0-1, that rounding may make.
TOLERANCE = 1e-4
TEST_IMAGES = 200
INPUT_NAME = "image"

#: Keras and its converters change global state while they work, so one export runs at a time.
_exporting = threading.Lock()


@dataclass(frozen=True, kw_only=True)
class _Format:
    """How to make a format and run it: its name in Keras, its file, the package that runs it, and how."""

    title: str
    keras_name: str
    file_name: str
    package: str
    run: Callable[[Path, list[np.ndarray]], tuple[list[np.ndarray], Signature]]


def export_model(name: str, format: str, *, directory: Path, file_name: str | None = None) -> Exported:
    """Export a saved model and prove the result on 200 test images, one alone and all at once.

    Args:
        name: of a model in ``models/``.
        format: ``"litert"``, ``"onnx"`` or ``"savedmodel"``.
        directory: where the zip goes; made if need be.
        file_name: of the zip; ``<name>-<format>.zip`` where None.

    Raises:
        ModelError: the model is missing or broken.
        ExportError: an unknown format, a failed conversion, a difference above ``TOLERANCE``, or a folder that cannot be
            written. No file is left then.
    """
    if format not in FORMATS:
        raise ExportError(f"{format!r} is no format to export to. The formats are: {', '.join(FORMATS)}.")
    made = FORMATS[format]
    entry = registry.find(name)
    dataset = mnist.load_mnist()
    images = dataset.x_test[:TEST_IMAGES, ..., None].astype(np.float32) / 255
    with _exporting, tempfile.TemporaryDirectory() as folder:
        exported = Path(folder) / made.file_name
        model = registry.load_model(name)  # a copy of its own: exporting marks the model's layers
        expected = np.asarray(model(images, training=False))
        try:
            _convert(model, made.keras_name, exported)
            (one, everything), signature = made.run(exported, [images[:1], images])
        except Exception as error:  # three converters and three runtimes raise many types
            raise ExportError(f"The model {name!r} cannot be exported as {made.title}: {summary(error)}") from error
        difference = max(_difference(one, expected[:1]), _difference(everything, expected))
        if not difference <= TOLERANCE:
            raise ExportError(
                f"The model {name!r} as {made.title} differs from Keras by {difference:.2g} on {len(images)} test images; "
                f"the limit is {TOLERANCE:g}. Nothing was kept."
            )
        result = Exported(
            path=directory / (file_name or f"{name}-{format}.zip"),
            format=format,
            largest_difference=difference,
            images=len(images),
            data=dataset.name,
            runtime=f"{made.package} {importlib.metadata.version(made.package)}",
        )
        proof = {"format": made.title, "largest_difference": difference, "images": len(images), "data": dataset.name}
        card = {**entry.card, "export": {**proof, "runtime": result.runtime}}
        try:
            _pack(result.path, exported, files.to_json(card), describe(name, made.title, made.file_name, signature, result))
        except OSError as error:
            raise ExportError(f"{result.path} cannot be written: {error.strerror or error}.") from error
    return result


def _convert(model: "keras.Model", keras_name: str, path: Path) -> None:
    import keras

    signature = [keras.InputSpec(shape=(None, 28, 28, 1), dtype="float32", name=INPUT_NAME)]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of one library about another
        model.export(str(path), format=keras_name, input_signature=signature, verbose=False)


def _difference(found: np.ndarray, expected: np.ndarray) -> float:
    if found.shape != expected.shape:
        raise ExportError(f"The exported model's output has the shape {found.shape}; expected {expected.shape}.")
    return float(np.abs(found - expected).max())


def _pack(path: Path, exported: Path, card: bytes, notes: str) -> None:
    with files.replacing(path) as temporary, zipfile.ZipFile(temporary, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in sorted(exported.rglob("*")) if exported.is_dir() else [exported]:
            archive.write(file, file.relative_to(exported.parent))
        archive.writestr(registry.CARD_FILE, card)
        archive.writestr(NOTES_FILE, notes)


def _run_litert(path: Path, batches: list[np.ndarray]) -> tuple[list[np.ndarray], Signature]:
    from ai_edge_litert.interpreter import Interpreter

    interpreter = Interpreter(str(path))
    (given,), (made,) = interpreter.get_input_details(), interpreter.get_output_details()
    outputs = []
    for batch in batches:
        interpreter.resize_tensor_input(given["index"], batch.shape)
        interpreter.allocate_tensors()
        interpreter.set_tensor(given["index"], batch)
        interpreter.invoke()
        outputs.append(interpreter.get_tensor(made["index"]))
    return outputs, Signature(input=given["name"], output=made["name"])


def _run_onnx(path: Path, batches: list[np.ndarray]) -> tuple[list[np.ndarray], Signature]:
    import onnxruntime

    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    (given,), (made,) = session.get_inputs(), session.get_outputs()
    outputs = [session.run([made.name], {given.name: batch})[0] for batch in batches]
    return outputs, Signature(input=given.name, output=made.name)


def _run_saved_model(path: Path, batches: list[np.ndarray]) -> tuple[list[np.ndarray], Signature]:
    import tensorflow as tf

    loaded = tf.saved_model.load(str(path))  # Keras has no part in this
    serve = loaded.signatures["serving_default"]
    (given,), (made,) = serve.structured_input_signature[1], serve.structured_outputs
    outputs = [serve(**{given: tf.constant(batch)})[made].numpy() for batch in batches]
    return outputs, Signature(input=given, output=made)


FORMATS = {
    "litert": _Format(title="LiteRT", keras_name="litert", file_name="model.tflite", package="ai-edge-litert", run=_run_litert),
    "onnx": _Format(title="ONNX", keras_name="onnx", file_name="model.onnx", package="onnxruntime", run=_run_onnx),
    "savedmodel": _Format(
        title="SavedModel", keras_name="tf_saved_model", file_name="saved_model", package="tensorflow", run=_run_saved_model
    ),
}
