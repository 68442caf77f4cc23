"""The maps of "Why this prediction?" held against an independent computation, against random weights, and against the clock.

Grad-CAM: the feature maps and the logits come from NumPy in float64, the gradients from central differences of the logit when a
whole feature map is raised or lowered, the stretching from SciPy. Nothing of TensorFlow takes part.

Sanity checks: Adebayo et al., "Sanity checks for saliency maps" (2018): with random weights a map has to change. The numbers
are Spearman's rank correlations of the map before and after, over the pixels with ink, since around them most maps are zero
whatever the weights; 1 would mean that the map does not depend on the weights.

Usage: python -m benchmarks.explanations [IMAGES]
"""

import statistics
import sys
import time
from collections.abc import Callable

import keras
import numpy as np
from keras import layers
from scipy.ndimage import map_coordinates
from scipy.stats import spearmanr

from benchmarks.numpy_network import forward
from digitcore.datasets import dataset
from digitcore.datasets import mnist as data
from digitcore.explain.ablation import ablate, importance_of_maps
from digitcore.explain.embedding import embed
from digitcore.explain.gradcam import default_layer, grad_cam
from digitcore.explain.network import Network
from digitcore.explain.occlusion import occlusion
from digitcore.explain.replay import answer
from digitcore.explain.saliency import saliency
from digitcore.explain.statistics import activation_statistics
from digitcore.networks import registry
from digitcore.networks.predict import as_input

GOAL = 0.99
STEP = 1e-4
MAPS = {"occlusion": occlusion, "saliency": saliency, "Grad-CAM": grad_cam}


def branching() -> keras.Model:
    """A network with a residual branch, trained a little."""
    keras.utils.set_random_seed(0)
    image = keras.Input((28, 28, 1))
    stem = layers.MaxPooling2D(2)(layers.Conv2D(16, 5, activation="relu")(image))
    branch = layers.Conv2D(16, 3, padding="same", activation="relu", name="residual")(stem)
    both = layers.Concatenate()([layers.Add()([stem, branch]), stem])
    deep = layers.MaxPooling2D(2, padding="same")(layers.Conv2D(24, 3, strides=2, padding="same", activation="relu")(both))
    hidden = layers.Dense(32, activation="relu")(layers.Flatten()(deep))
    return keras.Model(image, layers.Dense(10, "softmax")(hidden), name="branching")


def reference(network: Network, image: np.ndarray, digit: int, layer: str) -> np.ndarray:
    """Grad-CAM by central differences: the heatmap before scaling, float64 ``(H, W)``."""
    names = [entry.name for entry in network.layers]
    values = {names[0]: image[None, ..., None].astype(np.float64)}
    for name in names[: names.index(layer) + 1]:
        values[name] = forward(network, values, name)
    maps, channels = values[layer], values[layer].shape[-1]
    known = {name: np.repeat(value, 2 * channels, axis=0) for name, value in values.items()}
    known[layer] = maps + STEP * np.concatenate([np.eye(channels), -np.eye(channels)])[:, None, None, :]
    logits = forward(network, known, answer(network))[:, digit]
    slopes = (logits[:channels] - logits[channels:]) / (2 * STEP)
    return np.maximum(maps[0] @ (slopes / np.prod(maps.shape[1:3])), 0)


def stretched(raw: np.ndarray) -> np.ndarray:
    """Bilinear, ``(28, 28)``, over its largest."""
    along = [(np.arange(28) + 0.5) * side / 28 - 0.5 for side in raw.shape]
    return map_coordinates(raw / raw.max(), np.meshgrid(*along, indexing="ij"), order=1, mode="nearest")


def compare_grad_cam(network: Network, images: np.ndarray, layer: str) -> str:
    digits = network.activations(images)[answer(network)].argmax(axis=1)
    correlations, largest, blank = [], 0.0, 0
    for image, digit in zip(images, digits, strict=True):
        found, expected = grad_cam(network, image, int(digit), layer), reference(network, image, int(digit), layer)
        if not expected.any() or not found.raw.any():
            assert np.allclose(expected, found.raw, atol=1e-6)
            blank += 1
            continue
        largest = max(largest, np.abs(found.raw - expected).max() / expected.max())
        correlations.append(np.corrcoef(found.values.ravel(), stretched(expected).ravel())[0, 1])
    verdict = "good" if min(correlations) >= GOAL else "TOO LOW"
    return (
        f"{layer:<12}{min(correlations):>12.6f}{statistics.median(correlations):>12.6f}{largest:>14.1e}{blank:>8}   {verdict}"
    )


def randomised(model: keras.Model, *, last_only: bool) -> Network:
    """The same layers with new random weights: all of them, or the last dense layer's alone."""
    keras.utils.set_random_seed(1)
    copy = keras.models.clone_model(model)
    if last_only:
        kept = [weight for layer in model.layers[:-1] for weight in layer.get_weights()]
        copy.set_weights(kept + copy.layers[-1].get_weights())
    return Network(copy)


def rank_correlation(draw: Callable, networks: tuple[Network, Network], images: np.ndarray, digits: np.ndarray) -> float:
    values = []
    for image, digit in zip(images, digits, strict=True):
        before, after = (draw(network, image, int(digit)).values[image > 0] for network in networks)
        if np.ptp(before) and np.ptp(after):
            values.append(spearmanr(before, after).statistic)
    return statistics.median(values) if values else float("nan")


def milliseconds(call: Callable[[], object], rounds: int = 20) -> float:
    call()
    times = []
    for _ in range(rounds):
        started = time.perf_counter()
        call()
        times.append(1000 * (time.perf_counter() - started))
    return statistics.median(times)


def timings(network: Network, mnist: dataset.Dataset) -> dict[str, float]:
    """Median milliseconds of each, once it is compiled."""
    image, layer = as_input(mnist.x_test[:1])[0, ..., 0], default_layer(network)
    images, labels = mnist.x_test[:1000], mnist.y_test[:1000]
    return {
        "forward": milliseconds(lambda: network.activations(image[None])),
        **{kind: milliseconds(lambda draw=draw: draw(network, image, 7)) for kind, draw in MAPS.items()},
        "ablate one": milliseconds(lambda: ablate(network, image, layer, [0])),
        "ablate each": milliseconds(lambda: importance_of_maps(network, image, layer, 7)),
        "statistics": milliseconds(lambda: activation_statistics(network, layer, images), 3),
        "embedding": milliseconds(lambda: embed(network, images, labels), 3),
    }


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 50
    mnist = data.load_mnist()
    images = as_input(mnist.x_test[:count])[..., 0]
    models = {name: registry.load_model(name) for name in ("cnn_v1", "cnn_v2", "lenet", "sprint")}
    models["branching"] = branching()
    models["branching"].compile("adam", "sparse_categorical_crossentropy")
    models["branching"].fit(as_input(mnist.x_train[:5000]), mnist.y_train[:5000], batch_size=64, verbose=0)
    networks = {name: Network(model) for name, model in models.items()}

    print(f"Grad-CAM against NumPy and central differences, {count} test images of {mnist.name}, the network's own answer")
    print(f"{'':<12}{'layer':<12}{'lowest r':>12}{'median r':>12}{'difference':>14}{'blank':>8}   goal: r >= {GOAL}")
    for name, layer in [*((name, default_layer(network)) for name, network in networks.items()), ("branching", "residual")]:
        print(f"{name:<12}{compare_grad_cam(networks[name], images, layer)}", flush=True)

    print(f"\nRank correlation with the map of random weights, median of {count}")
    print(f"{'':<12}" + "".join(f"{kind + ', all':>18}{'last layer':>12}" for kind in MAPS))
    for name, network in networks.items():
        digits = network.activations(images)[answer(network)].argmax(axis=1)
        others = [randomised(network.model, last_only=last_only) for last_only in (False, True)]
        row = [[rank_correlation(draw, (network, other), images, digits) for other in others] for draw in MAPS.values()]
        print(f"{name:<12}" + "".join(f"{everything:>18.2f}{last:>12.2f}" for everything, last in row), flush=True)

    rows = {name: timings(network, mnist) for name, network in networks.items()}
    print("\nMedian milliseconds, once compiled; statistics and embedding of 1,000 images")
    print(f"{'':<12}" + "".join(f"{column:>14}" for column in rows["cnn_v2"]))
    for name, row in rows.items():
        print(f"{name:<12}" + "".join(f"{value:>14.1f}" for value in row.values()))


if __name__ == "__main__":
    main()
