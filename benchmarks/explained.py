"""Numbers taken apart against Keras's own: for every model in models/, one with branches and one with 128-channel layers.

Usage: python -m benchmarks.explained [NUMBERS]

NUMBERS (200 unless given) random (layer, position) of each model are taken apart, each on another MNIST test image. Keras's own
number comes from a ``keras.Model`` that ends in the layer, through ``predict``. Layers are drawn evenly, so that small ones are
tried as often as large ones. The exit status is 1 where a number is more than LIMIT away.
"""

import sys
from collections import Counter
from dataclasses import dataclass

import keras
import numpy as np
from keras import layers

from digitcore.datasets import mnist
from digitcore.explain.decompose import decompose
from digitcore.explain.network import Network
from digitcore.networks import registry

LIMIT = 1e-4
SEED = 20240229


def branching() -> keras.Model:
    """Two branches over a shared stem, joined by addition and by concatenation, with strides, dilation and groups."""
    image = keras.Input((28, 28, 1))
    stem = layers.Conv2D(16, 3, strides=2, padding="same", activation="relu", name="stem")(image)
    left = layers.Conv2D(16, 3, dilation_rate=2, padding="same", groups=4, name="left_grouped")(stem)
    left = layers.LeakyReLU(name="left_relu")(layers.BatchNormalization(name="left_norm")(left))
    right = layers.SeparableConv2D(16, 5, padding="same", activation="relu", name="right_separable")(stem)
    right = layers.DepthwiseConv2D(3, padding="same", activation="tanh", name="right_depthwise")(right)
    added = layers.Add(name="add")([stem, left, right])
    joined = layers.Concatenate(name="concatenate")([added, layers.MaxPooling2D(3, 1, "same", name="max_pool")(stem)])
    x = layers.AveragePooling2D(3, 2, "same", name="average_pool")(joined)
    x = layers.Dense(32, "relu", name="dense")(layers.Flatten(name="flatten")(x))
    return keras.Model(image, layers.Softmax(name="softmax")(layers.Dense(10, name="logits")(x)))


def wide() -> keras.Model:
    """Four convolutions of 128 channels, each with batch normalisation."""
    model = keras.Sequential([keras.Input((28, 28, 1)), layers.Rescaling(2.0, -1.0, name="rescaling")])
    for i in range(1, 5):
        model.add(layers.Conv2D(128, 3, padding="same", use_bias=False, name=f"conv{i}"))
        model.add(layers.BatchNormalization(name=f"norm{i}"))
        model.add(layers.Activation("relu", name=f"relu{i}"))
        if i % 2 == 0:
            model.add(layers.MaxPooling2D(name=f"pool{i}"))
    model.add(layers.GlobalAveragePooling2D(name="average"))
    model.add(layers.Dropout(0.5, name="dropout"))
    model.add(layers.Dense(10, "softmax", name="probabilities"))
    return model


def unsettled(model: keras.Model, rng: np.random.Generator) -> keras.Model:
    """The model with biases, means and variances as training may leave them: untrained, they are zeros and ones."""
    for weight in model.weights:
        if "kernel" not in weight.path and "seed" not in weight.path:
            signs = rng.choice([1, -1], weight.shape) if "variance" not in weight.path else 1
            weight.assign(rng.uniform(0.5, 1.5, weight.shape) * signs)
    return model


@dataclass
class Result:
    """The largest |value - Keras| and |total - Keras|; numbers not 0, beyond LIMIT, and closed (not taken apart)."""

    value: float = 0.0
    total: float = 0.0
    active: int = 0
    beyond: int = 0
    opaque: int = 0


def measure(model: keras.Model, images: np.ndarray, numbers: int, rng: np.random.Generator) -> Result:
    network = Network(model)
    drawn = Counter(rng.choice([layer.name for layer in network.layers[1:]], numbers).tolist())
    result = Result()
    for name, count in drawn.items():
        layer = network[name]
        chosen = images[rng.choice(len(images), count, replace=False)]
        expected = keras.Model(model.inputs[0], layer.layer.output).predict(chosen[..., None], verbose=0)
        for image, own in zip(chosen, expected, strict=True):
            position = tuple(int(rng.integers(size)) for size in layer.shape)
            arrays = {each: batch[0] for each, batch in network.activations(image[None]).items()}
            decomposition = decompose(network, arrays, name, position)
            truth = float(own[position])
            value_error = abs(decomposition.value - truth)
            total_error = 0.0 if decomposition.total is None else abs(decomposition.total - truth)
            result.value, result.total = max(result.value, value_error), max(result.total, total_error)
            result.active += truth != 0
            result.beyond += not (value_error <= LIMIT and total_error <= LIMIT)  # a NaN is beyond as well
            result.opaque += decomposition.total is None
    return result


def main() -> None:
    numbers = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    images = mnist.load_mnist().x_test.astype(np.float32) / 255
    rng = np.random.default_rng(SEED)
    keras.utils.set_random_seed(SEED)
    models = {entry.name: registry.load_model(entry.name) for entry in registry.list_models() if not entry.problem}
    models |= {"(branches)": unsettled(branching(), rng), "(128 channels)": unsettled(wide(), rng)}
    print(f"{'model':<18}{'numbers':>8}{'not 0':>7}{'value':>10}{'sum of parts':>14}{f'beyond {LIMIT:g}':>15}{'closed':>8}")
    failed = 0
    for name, model in models.items():
        found = measure(model, images, numbers, rng)
        failed += found.beyond + found.opaque
        print(
            f"{name:<18}{numbers:>8}{found.active:>7}{found.value:>10.1e}{found.total:>14.1e}{found.beyond:>15}{found.opaque:>8}",
            flush=True,
        )
    sys.exit(bool(failed))


if __name__ == "__main__":
    main()
