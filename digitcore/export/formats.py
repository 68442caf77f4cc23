"""The formats that a model can be exported to."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from digitcore.export import litert, onnx, savedmodel
from digitcore.export.result import Signature


@dataclass(frozen=True, kw_only=True)
class Format:
    """One format: its title, its file's name, the package that runs it, and how a model is converted and run."""

    title: str
    file_name: str
    package: str
    convert: Callable[..., None]
    run: Callable[[Path, list[np.ndarray]], tuple[list[np.ndarray], Signature]]


#: Name -> format.
FORMATS = {
    "litert": Format(
        title="LiteRT", file_name="model.tflite", package="ai-edge-litert", convert=litert.convert, run=litert.run
    ),
    "onnx": Format(title="ONNX", file_name="model.onnx", package="onnxruntime", convert=onnx.convert, run=onnx.run),
    "savedmodel": Format(
        title="SavedModel",
        file_name="saved_model",
        package="tensorflow",
        convert=savedmodel.convert,
        run=savedmodel.run,
    ),
}
