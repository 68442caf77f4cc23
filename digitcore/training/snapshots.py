"""Looking back at a run: what its network made of a picture after each epoch."""

import threading
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import keras
import numpy as np

from digitcore.errors import RunError, summary
from digitcore.runs.run import Run


@dataclass(frozen=True, kw_only=True, eq=False)
class Snapshot:
    """A network after one epoch, looking at one picture.

    Attributes:
        epoch: from 1.
        probabilities: float32 ``(10,)``.
        layer: the first convolution's name; None where there is none.
        kernels: float32 ``(filters, height, width)`` of it, for the one input channel.
        feature_maps: float32 ``(filters, H, W)``, its output for the picture.
    """

    epoch: int
    probabilities: np.ndarray
    layer: str | None
    kernels: np.ndarray
    feature_maps: np.ndarray


#: Keras numbers its layers while it builds, for all threads.
_loading = threading.Lock()


def look_back(run: Run, epoch: int, image: np.ndarray) -> Snapshot:
    """Show a picture, float32 ``(28, 28)`` in 0-1, to the network as it was after an epoch.

    Raises:
        RunError: that epoch is not kept, or its file is damaged.
    """
    path = run.epoch_file(epoch)
    try:
        network, layer = _load(path, path.stat().st_mtime_ns)
    except FileNotFoundError as error:
        kept = ", ".join(map(str, run.epochs_kept())) or "none"
        raise RunError(f"Epoch {epoch} of the run {run.id} is not kept. Kept are: {kept}.") from error
    except Exception as error:  # Keras raises many types for a bad file
        raise RunError(f"Epoch {epoch} of the run {run.id} cannot be read: {summary(error)}") from error
    outputs = network(image[None, :, :, None], training=False)
    probabilities, maps = (keras.ops.convert_to_numpy(output)[0] for output in outputs)
    if layer is None:
        nothing = np.empty((0, 1, 1), np.float32)
        return Snapshot(epoch=epoch, probabilities=probabilities, layer=None, kernels=nothing, feature_maps=nothing)
    return Snapshot(
        epoch=epoch,
        probabilities=probabilities,
        layer=layer.name,
        kernels=keras.ops.convert_to_numpy(layer.kernel)[:, :, 0].transpose(2, 0, 1),
        feature_maps=maps.transpose(2, 0, 1),
    )


@lru_cache(maxsize=8)
def _load(path: Path, modified: int) -> tuple[keras.Model, keras.layers.Layer | None]:
    """The network with its first convolution as a second output, and that layer; read anew when the file changes."""
    with _loading:
        model = keras.saving.load_model(path, compile=False, safe_mode=True)
    layer = next((layer for layer in model.layers if isinstance(layer, keras.layers.Conv2D)), None)
    second = layer.output if layer else model.output
    return keras.Model(model.inputs[0], [model.outputs[0], second]), layer
