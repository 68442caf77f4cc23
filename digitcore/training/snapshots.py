"""Read images with the network of each epoch of a run.

The file of an epoch is read once; each further image costs one forward pass per epoch. One compiled network serves all epochs
of a run: only its weights are replaced.
"""

import contextlib
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf

from digitcore.errors import RunError, summary
from digitcore.networks.architectures import INPUT_SHAPE
from digitcore.runs.run import Run

#: The limit for weights kept in memory; the least recently used are dropped. Forty epochs of CNN v1, the largest shipped
#: network, need 67 MB.
MAX_BYTES = 256 * 1024**2
#: Images that are read at once: the first layer's feature maps of CNN v2 take 9 MB for so many.
BATCH_SIZE = 50
#: Runs whose compiled network is kept.
MAX_NETWORKS = 4

Weights = list[np.ndarray]


@dataclass(frozen=True, kw_only=True, eq=False)
class Snapshot:
    """The network of one epoch, and its outputs for one image.

    Attributes:
        epoch: from 1, or 0 for the untrained network.
        probabilities: float32 ``(10,)``.
        layer: the first convolution's name; None if there is none.
        kernels: its kernels for the one input channel, float32 ``(filters, height, width)``.
        feature_maps: its output for the image, float32 ``(filters, H, W)``.
    """

    epoch: int
    probabilities: np.ndarray
    layer: str | None
    kernels: np.ndarray
    feature_maps: np.ndarray


def snapshot_of(run: Run, epoch: int, image: np.ndarray) -> Snapshot:
    """Read an image, float32 ``(28, 28)`` in 0-1, with the network as it was after an epoch.

    Raises:
        RunError: that epoch is not kept, or its file is damaged.
    """
    with _network_of(run, epoch) as network:
        probabilities, maps = (output.numpy()[0] for output in network.forward(image[None, :, :, None]))
        layer = network.layer
        kernel = None if layer is None else keras.ops.convert_to_numpy(layer.kernel)
    if kernel is None:
        nothing = np.empty((0, 1, 1), np.float32)
        return Snapshot(epoch=epoch, probabilities=probabilities, layer=None, kernels=nothing, feature_maps=nothing)
    return Snapshot(
        epoch=epoch,
        probabilities=probabilities,
        layer=layer.name,
        kernels=kernel[:, :, 0].transpose(2, 0, 1),
        feature_maps=maps.transpose(2, 0, 1),
    )


def probabilities_of(run: Run, epoch: int, images: np.ndarray) -> np.ndarray:
    """Read several images, float32 ``(N, 28, 28)`` in 0-1, with the network of an epoch: float32 ``(N, 10)``.

    Raises:
        RunError: that epoch is not kept, or its file is damaged.
    """
    with _network_of(run, epoch) as network:
        parts = [images[start : start + BATCH_SIZE, :, :, None] for start in range(0, len(images), BATCH_SIZE)]
        return np.concatenate([network.forward(part)[0].numpy() for part in parts])


@contextlib.contextmanager
def _network_of(run: Run, epoch: int) -> Iterator["_Network"]:
    """The network of an epoch, which no other thread uses inside the block.

    Raises:
        RunError: that epoch is not kept, or its file is damaged.
    """
    path = run.epoch_file(epoch)
    try:
        with _lock:
            weights = _weights(path, path.stat().st_mtime_ns)
            network = _networks[path.parent]
            network.model.set_weights(weights)
            yield network
    except FileNotFoundError as error:
        kept = ", ".join(map(str, run.epochs_kept())) or "none"
        raise RunError(f"Epoch {epoch} of the run {run.id} is not kept. The epochs kept are: {kept}.") from error
    except Exception as error:  # Keras raises many types for a bad file
        raise RunError(f"Epoch {epoch} of the run {run.id} cannot be read: {summary(error)}") from error


@dataclass(frozen=True, kw_only=True, eq=False)
class _Network:
    """The network of a run: its first convolution, and a compiled call that also returns that layer's output."""

    model: keras.Model
    layer: keras.layers.Layer | None
    forward: Callable[[np.ndarray], tuple[tf.Tensor, tf.Tensor]]


#: Held while an epoch is read, and while weights are replaced and used: the network is shared by all threads.
_lock = threading.Lock()
#: (epoch file, time of its last change) -> weights, the most recently used at the end.
_kept: OrderedDict[tuple[Path, int], Weights] = OrderedDict()
#: Folder of epochs -> network, the most recently used at the end.
_networks: OrderedDict[Path, _Network] = OrderedDict()


def _weights(path: Path, modified: int) -> Weights:
    """The weights of an epoch, from memory if its file has been read before."""
    key = path, modified
    if key not in _kept or path.parent not in _networks:
        model = keras.saving.load_model(path, compile=False, safe_mode=True)
        _kept[key] = model.get_weights()
        known = _networks.get(path.parent)
        if known is None or known.model.to_json() != model.to_json():
            _networks[path.parent] = _compiled(model)
    _kept.move_to_end(key)
    _networks.move_to_end(path.parent)
    while len(_kept) > 1 and sum(array.nbytes for weights in _kept.values() for array in weights) > MAX_BYTES:
        _kept.popitem(last=False)
    while len(_networks) > MAX_NETWORKS:
        _networks.popitem(last=False)
    return _kept[key]


def _compiled(model: keras.Model) -> _Network:
    layer = next((layer for layer in model.layers if isinstance(layer, keras.layers.Conv2D)), None)
    both = keras.Model(model.inputs[0], [model.outputs[0], layer.output if layer else model.outputs[0]])
    signature = [tf.TensorSpec((None, *INPUT_SHAPE), tf.float32)]
    forward = tf.function(lambda image: both(image, training=False), input_signature=signature)
    return _Network(model=model, layer=layer, forward=forward)
