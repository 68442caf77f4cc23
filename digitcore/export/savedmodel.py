"""SavedModel, for TensorFlow Serving."""

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from digitcore.export.keras_export import keras_export
from digitcore.export.result import Signature

if TYPE_CHECKING:
    import keras


def convert(model: "keras.Model", path: Path) -> None:
    """Write the model as a SavedModel folder."""
    keras_export(model, path, "tf_saved_model")


def run(path: Path, batches: list[np.ndarray]) -> tuple[list[np.ndarray], Signature]:
    """Run a SavedModel without Keras on batches, float32 ``(N, 28, 28, 1)``; return outputs ``(N, 10)`` and signature."""
    import tensorflow as tf

    loaded = tf.saved_model.load(str(path))
    serve = loaded.signatures["serving_default"]
    (input_name,), (output_name,) = serve.structured_input_signature[1], serve.structured_outputs
    outputs = [serve(**{input_name: tf.constant(batch)})[output_name].numpy() for batch in batches]
    return outputs, Signature(input=input_name, output=output_name)
