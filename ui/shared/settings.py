"""What the settings of a training are called on the page, a sentence about each, and its technical terms."""

from typing import Any, NamedTuple

from digitcore.errors import DigitcoreError, SettingError
from digitcore.training.recipes import RECIPES
from ui.shared.titles import title_of


class Setting(NamedTuple):
    """A setting on the page: its label, a sentence for somebody who sees it for the first time, and terms of the glossary."""

    label: str
    sentence: str
    terms: tuple[str, ...] = ()


SETTINGS = {
    "name": Setting("Name of the new model", "The other pages list the model under this name.", ("model",)),
    "architecture": Setting("Kind of network", "Which layers the network has, and in which order.", ("architecture",)),
    "filters": Setting(
        "Filters of the convolutions",
        "How many patterns each convolution looks for, from the first one to the last. More patterns take more time.",
        ("convolution", "kernel"),
    ),
    "kernel_size": Setting("Kernel size", "Height and width of the window that moves over the image, in pixels.", ("kernel",)),
    "dense_units": Setting(
        "Units of the dense layer", "How many numbers this layer makes of all that was found in the image.", ("dense layer",)
    ),
    "blocks": Setting(
        "Blocks in a stage", "How many residual blocks follow each other before the maps are halved.", ("convolution",)
    ),
    "dropout": Setting("Dropout", "The share of numbers that are set to 0 at random during training.", ("dropout",)),
    "data": Setting("Training images", "What the network learns from.", ("training images", "MNIST")),
    "folder": Setting("Folder", "Your own pictures, sorted by digit."),
    "leave_out_unreadable": Setting("Leave out pictures that cannot be read", "Otherwise such a picture ends the training."),
    "limited": Setting("Train on only part of the images", "Off: all of them, which gives the best network."),
    "limit": Setting("Number of images", "Fewer images take less time, and the network makes more mistakes afterwards."),
    "epochs": Setting("Maximum number of epochs", "How often the network sees all training images.", ("epoch",)),
    "stops_early": Setting("Stop when nothing improves", "Saves time: the best network is kept anyway.", ("early stopping",)),
    "early_stopping_patience": Setting(
        "Epochs to wait for an improvement", "So many epochs in a row without an improvement end the training.", ("patience",)
    ),
    "batch_size": Setting("Batch size", "After so many images, the network changes its weights once.", ("batch size",)),
    "learning_rate": Setting(
        "Learning rate",
        "How large each change is. Too large, and the network learns nothing; too small, and it takes long.",
        ("learning rate",),
    ),
    "schedule": Setting(
        "Learning rate schedule",
        "Large changes at first and small ones at the end often work best.",
        ("learning rate schedule",),
    ),
    "optimizer": Setting(
        "Optimiser", "The rule by which the weights are changed. Adam mostly works.", ("optimiser", "momentum")
    ),
    "seed": Setting("Seed", "Another number gives another random start, and a slightly different network.", ("seed",)),
    "shift": Setting("Shift", "Pixels to any side, at most."),
    "rotation": Setting("Rotation", "Degrees to the left or right, at most."),
    "scale": Setting("Scale", "0.1: up to a tenth wider, narrower, higher or lower."),
    "shear": Setting("Shear", "Degrees by which the digit slants, at most."),
    "elastic": Setting("Elastic", "Pixels by which parts of a stroke are moved, as by a shaky hand."),
    "thickness": Setting("Thickness", "1: strokes grow by up to a pixel on either side; they shrink at most half as far."),
    "noise": Setting("Noise", "Random grey dots: 0.5 is half of full brightness."),
    "styles": Setting("Other ways to write", "The share of digits that get one: a crossed 7, a slashed 0, a 1 with a flag."),
    "pens": Setting("Other pens", "The share of digits that are written anew with a thin, thick, broad or dotted pen."),
    "stretch": Setting("Stretched to a square", "The share of digits that get wider or higher, as some scanners make them."),
    "damage": Setting("Damage", "The share of images with blur, noise, faint ink, gaps, stains or other digits at the side."),
    "outliers": Setting(
        "Images without a digit", "0.1: one for ten digits. From letters, shapes and scribbles the network learns to be unsure."
    ),
    "monitor": Setting(
        "Choose the best epoch by", "The network of this epoch is the one that is saved.", ("validation images",)
    ),
    "early_stopping_min_delta": Setting(
        "Smallest improvement that counts", "Early stopping takes a smaller one for none.", ("early stopping",)
    ),
    "plateau_patience": Setting(
        "Epochs without improvement before the rate falls", "So many in a row make the rate fall.", ("patience",)
    ),
    "plateau_factor": Setting("Multiply the rate by", "0.5 halves it.", ("learning rate",)),
    "plateau_min_rate": Setting("Lowest learning rate", "The rate falls no further.", ("learning rate",)),
    "tensorboard": Setting("Also write TensorBoard logs", "For the program TensorBoard, which draws such curves too."),
}

#: What can be chosen for a setting, and what it is called.
CHOICES: dict[str, dict[str, str]] = {
    "architecture": {name: title_of(name) for name in RECIPES},
    "data": {"mnist": "MNIST", "sample": "5,000-image sample", "folder": "Labelled folder"},
    "schedule": {"one_cycle": "One cycle", "cosine": "Cosine", "plateau": "Reduce on plateau", "constant": "Constant"},
    "optimizer": {"adam": "Adam", "adamw": "AdamW", "sgd": "SGD, momentum 0.9", "rmsprop": "RMSprop"},
    "monitor": {"val_loss": "validation loss", "val_accuracy": "validation accuracy"},
}


def in_page_words(error: DigitcoreError) -> str:
    """The error's message; one about a setting in the words of its label."""
    if not isinstance(error, SettingError):
        return str(error)
    setting = SETTINGS.get(error.setting.removeprefix("Augmentation "))
    return f"{setting.label if setting else error.setting} is {_shown(error.value)}: {error.advice}."


def _shown(value: Any) -> str:
    """What a visitor has given, as it stands in the field."""
    if value is None or value in ("", []):
        return "empty"
    text = (
        ", ".join(map(str, value))
        if isinstance(value, list | tuple)
        else f"{value:g}"
        if isinstance(value, float)
        else str(value)
    )
    return text if len(text) <= 60 else f"{text[:60]}…"
