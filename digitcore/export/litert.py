"""LiteRT (formerly TensorFlow Lite), for phones and small devices."""

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from digitcore.export.keras_export import keras_export
from digitcore.export.result import Signature

if TYPE_CHECKING:
    import keras


def convert(model: "keras.Model", path: Path) -> None:
    """Write the model as ``.tflite``."""
    keras_export(model, path, "litert")


def run(path: Path, batches: list[np.ndarray]) -> tuple[list[np.ndarray], Signature]:
    """Run a ``.tflite`` file on batches, float32 ``(N, 28, 28, 1)``; return the outputs ``(N, 10)`` and the signature."""
    from ai_edge_litert.interpreter import Interpreter

    interpreter = Interpreter(str(path))
    (model_input,), (model_output,) = interpreter.get_input_details(), interpreter.get_output_details()
    outputs = []
    for batch in batches:
        interpreter.resize_tensor_input(model_input["index"], batch.shape)
        interpreter.allocate_tensors()
        interpreter.set_tensor(model_input["index"], batch)
        interpreter.invoke()
        outputs.append(interpreter.get_tensor(model_output["index"]))
    return outputs, Signature(input=model_input["name"], output=model_output["name"])
