"""ONNX, for many runtimes and languages."""

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from digitcore.export.keras_export import keras_export
from digitcore.export.result import Signature

if TYPE_CHECKING:
    import keras


def convert(model: "keras.Model", path: Path) -> None:
    """Write the model as ``.onnx``."""
    keras_export(model, path, "onnx")


def run(path: Path, batches: list[np.ndarray]) -> tuple[list[np.ndarray], Signature]:
    """Run an ``.onnx`` file on batches, float32 ``(N, 28, 28, 1)``; return the outputs ``(N, 10)`` and the signature."""
    import onnxruntime

    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    (model_input,), (model_output,) = session.get_inputs(), session.get_outputs()
    outputs = [session.run([model_output.name], {model_input.name: batch})[0] for batch in batches]
    return outputs, Signature(input=model_input.name, output=model_output.name)
