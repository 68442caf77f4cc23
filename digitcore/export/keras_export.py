"""Keras's own exporter, with an input that takes any number of images."""

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import keras

INPUT_NAME = "image"


def keras_export(model: "keras.Model", path: Path, keras_name: str) -> None:
    """Write a model in one of Keras's formats; the input is float32 ``(N, 28, 28, 1)`` and is named ``image``."""
    import keras

    signature = [keras.InputSpec(shape=(None, 28, 28, 1), dtype="float32", name=INPUT_NAME)]
    model.export(str(path), format=keras_name, input_signature=signature, verbose=False)
