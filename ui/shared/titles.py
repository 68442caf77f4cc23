"""Titles for names that are made for files and code, such as "cnn_v2" and "global_average_pool"."""

import re

#: Words that are not written as they are spelled in a name.
WORDS = {
    "cnn": "CNN",
    "lenet": "LeNet",
    "resnet": "ResNet",
    "mlp": "MLP",
    "relu": "ReLU",
    "gelu": "GELU",
    "elu": "ELU",
    "mnist": "MNIST",
}


def title_of(name: str) -> str:
    """A name as a title: words apart, the first one with a capital letter.

    Example:
        >>> title_of("cnn_v2"), title_of("global_average_pool"), title_of("conv1a")
        ('CNN v2', 'Global average pool', 'Conv 1a')
    """
    apart = re.sub(r"(?<=[a-z]{3})(?=\d)", " ", name)  # "conv1" but not "v2"
    words = [WORDS.get(word.lower(), word) for word in re.split(r"[\s_]+", apart) if word]
    title = " ".join(words)
    return title[:1].upper() + title[1:]


def titles_of(names: list[str]) -> dict[str, str]:
    """Titles for several names; where two names would have the same title, both keep their names."""
    titles = {name: title_of(name) for name in names}
    return {name: title if list(titles.values()).count(title) == 1 else name for name, title in titles.items()}
