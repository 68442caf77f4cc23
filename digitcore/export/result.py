"""The result of an export."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, kw_only=True)
class Exported:
    """A finished export.

    Attributes:
        path: the zip, with the model, ``card.json`` and ``PREPROCESSING.md``.
        format: "litert", "onnx" or "savedmodel".
        largest_difference: the largest one between a probability of the exported file, run in its own runtime, and Keras's.
        images: the number of test images that this was measured on.
        data: the data set that the images come from.
        runtime: the package that ran the exported file, with its version.
    """

    path: Path
    format: str
    largest_difference: float
    images: int
    data: str
    runtime: str


@dataclass(frozen=True, kw_only=True)
class Signature:
    """The names of the exported file's input and output."""

    input: str
    output: str
